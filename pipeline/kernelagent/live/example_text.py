"""Live example inputs as a Python expression: the judge draws others like them, at other sizes.

A tensor becomes the factory call that it looks like: ``torch.randn(4, 8)``, ``torch.randint(0, 100, (4, 8))``. Values
themselves are kept of what is no tensor, and of ramps, masks and constants.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kernelagent.errors import BadExampleInputs

if TYPE_CHECKING:
    import torch

_HINT = 'Say what they are yourself: fuse(module, inputs="(torch.randn(4, 8),)").'
_MOST_LOOKED_AT = 1 << 20


def inputs_text(example: Any) -> str:
    """A tensor is the only argument, a tuple or a list are the positional ones, a dict the keyword ones, nested as
    they like. Raises ``BadExampleInputs`` for what is neither a tensor nor plain data."""
    import torch

    if isinstance(example, torch.Tensor):
        return f"({_text(example)},)"
    if isinstance(example, dict) and all(isinstance(key, str) for key in example):
        return _text(example)
    if type(example) in (tuple, list):
        return _text(tuple(example))
    raise BadExampleInputs(
        f"example inputs of type {type(example).__name__}.", hint="Give a tensor, a tuple or a dict."
    )


def _text(value: Any) -> str:
    import torch

    if isinstance(value, torch.Tensor):
        return tensor_text(value.detach())
    if type(value) is tuple:
        return f"({''.join(f'{_text(one)}, ' for one in value).strip()})"
    if type(value) is list:
        return f"[{', '.join(map(_text, value))}]"
    if type(value) is dict:
        return f"{{{', '.join(f'{_text(key)}: {_text(one)}' for key, one in value.items())}}}"
    if value is None or type(value) in (bool, int, str):
        return repr(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value) if isinstance(value, torch.dtype) else f"torch.{value!r}"
    raise BadExampleInputs(f"an example input of type {type(value).__name__} has no text.", hint=_HINT)


def tensor_text(tensor: torch.Tensor) -> str:
    """One call that makes a tensor of this shape, dtype and kind of values; on the CPU, for the judge moves it."""
    import torch

    if tensor.is_meta:
        raise BadExampleInputs("an example input is on the meta device and holds no values.", hint=_HINT)
    if tensor.layout is not torch.strided or tensor.is_quantized:
        kind = "quantized" if tensor.is_quantized else str(tensor.layout)
        raise BadExampleInputs(f"an example input is {kind} and has no plain values.", hint=_HINT)
    order = _order(tensor)
    made = _filled(tensor.permute(order).cpu() if order else tensor.cpu())
    return f"{made}.permute{tuple(order.index(axis) for axis in range(len(order)))}" if order else made


def _order(tensor: torch.Tensor) -> list[int]:
    """Its dimensions as they lie in memory; empty where that is their own order, or some are not dense."""
    order = sorted(range(tensor.dim()), key=lambda axis: -int(tensor.stride()[axis]))
    return order if not tensor.is_contiguous() and tensor.permute(order).is_contiguous() else []


def _filled(tensor: torch.Tensor) -> str:
    import torch

    shape, dtype = tuple(tensor.shape), tensor.dtype
    kind = "" if dtype == torch.float32 else f", dtype={dtype}"
    whole = dtype != torch.bool and not dtype.is_floating_point and not dtype.is_complex
    if not tensor.numel():
        return f"torch.empty({shape}{kind})"
    if dtype.is_complex:
        return f"torch.randn({shape}{kind})"
    if dtype.itemsize == 1 and dtype.is_floating_point:
        return f"torch.randn({shape}).to({dtype})"
    if mask := _mask(tensor, kind):
        return mask
    if dtype == torch.bool:
        return f"torch.rand({shape}) < 0.5"
    looked_at = tensor.flatten()[:_MOST_LOOKED_AT]
    looked_at = looked_at if whole else looked_at.double()
    least, most = looked_at.min().item(), looked_at.max().item()
    if not math.isfinite(least) or not math.isfinite(most):
        raise BadExampleInputs("an example input holds infinities or NaN.", hint=_HINT)
    if least == most:
        if least in (0, 1):
            return f"torch.{'ones' if least else 'zeros'}({shape}{kind})"
        return f"torch.full({shape}, {least!r}, dtype={dtype})"
    if whole:
        wide = "" if dtype == torch.int64 else kind
        return _ramp(tensor, wide) or f"torch.randint({least}, {most + 1}, {shape}{wide})"
    if least >= 0:
        return f"torch.rand({shape}{kind})" + (f" * {most:.3g}" if not 0.1 <= most <= 1 else "")
    spread = float(looked_at.std())
    return f"torch.randn({shape}{kind})" + (f" * {spread:.2g}" if not 0.2 <= spread <= 5 else "")


def _ramp(tensor: torch.Tensor, kind: str) -> str:
    """Positions: ``0, 1, 2 ...``, in each row."""
    import torch

    size = tensor.shape[-1] if tensor.dim() else 0
    if size < 3 or not bool((tensor == torch.arange(size, dtype=tensor.dtype)).all()):
        return ""
    rows = tuple(tensor.shape[:-1])
    return f"torch.arange({size}{kind})" + (f".repeat({', '.join(map(str, (*rows, 1)))})" if rows else "")


def _mask(tensor: torch.Tensor, kind: str) -> str:
    """A triangle of ones, or of minus infinity, over square last dimensions; of bools also what is one value."""
    import torch

    shape = tuple(tensor.shape)
    if tensor.dtype == torch.bool and bool((tensor == tensor.flatten()[0]).all()):
        return f"torch.{'ones' if bool(tensor.flatten()[0]) else 'zeros'}({shape}{kind})"
    if tensor.dim() < 2 or shape[-1] != shape[-2] or shape[-1] < 2:
        return ""
    shapes = {f"torch.ones({shape}{kind})": torch.ones(shape, dtype=tensor.dtype)}
    if tensor.dtype.is_floating_point:
        text = f"torch.full({shape}, -torch.inf{kind})"
        shapes[text] = torch.full(shape, -math.inf, dtype=tensor.dtype)
    for text, full in shapes.items():
        for side in (".tril()", ".triu()", ".tril(-1)", ".triu(1)"):
            name, _, by = side[1:-1].partition("(")
            if torch.equal(tensor, getattr(full, name)(int(by or 0))):
                return text + side
    return ""
