"""What a module rounds, in one call of it: the argument of each rounding, and how far its value is known.

``round(x / s)`` may be computed as a quotient, or as a product with the inverse of ``s``, which is one of the two
numbers next to it. A call with either of them in place of each quotient shows what no sound kernel goes beyond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge.sureness import MOVES, SURE, Sureness, are_short, is_short

EXACT, INVERSE, COMPUTED, UNKNOWN = range(4)
"""As it was given, or as every arithmetic gives it; one by such a number; made of such numbers in one product or
quotient, and short numbers added to it; anything else."""
End = Literal["low", "high"]
_ROUNDINGS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "round": torch.round,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "trunc": torch.trunc,
    "fix": torch.trunc,
}


@dataclass(frozen=True)
class Rounding:
    argument: torch.Tensor
    result: torch.Tensor
    """Whole numbers."""
    is_to_nearest: bool
    """Its edges are halves, else whole numbers."""
    kind: int
    """Of the argument."""


class Edges(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """``end``: the call is one in float64, with quotients as products with the number of 32 bits below or above the
    inverse, and products with numbers that are not whole, which may be inverses, likewise."""

    def __init__(self, end: End | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[Rounding] = []
        self._end = end
        self._sureness = Sureness()
        self._kinds: dict[int, tuple[torch.Tensor, int]] = {}  # held, so that no other tensor gets the number

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        given = self._rounded(name, args, kwargs)
        if given is not None:
            self.found.append(given)
        if _is_fake(name) and args[0].dtype is torch.float64:  # some take float32 alone
            return tree_map(_wide, func(*tree_map(_narrow, args), **tree_map(_narrow, kwargs)))
        if self._end is not None:
            return self._at_the_end(func, name, args, kwargs)
        leaves = tree_leaves((args, kwargs))
        before = self._sureness.of([leaf for leaf in leaves if isinstance(leaf, torch.Tensor)])
        kind = self._kind(func, name, args, kwargs)
        result = func(*args, **kwargs)
        self._sureness.note(func, name, args, kwargs, before, result)
        for tensor in (leaf for leaf in tree_leaves(result) if _is_float(leaf)):
            self._kinds[id(tensor)] = (tensor, EXACT if self._sureness.of([tensor]) == SURE else kind)
        return result

    def _of(self, value: Any) -> int:
        return self._kinds.get(id(value), (value, EXACT))[1] if isinstance(value, torch.Tensor) else EXACT

    def _rounded(self, name: str, args: Any, kwargs: Any) -> Rounding | None:
        if not args or not _is_float(args[0]) or not args[0].numel():
            return None
        x, kind = args[0].detach().clone(), self._of(args[0])
        if _is_fake(name):
            scale = args[1]
            if "channel" in name:
                scale = scale.reshape([-1 if n == args[3] else 1 for n in range(x.dim())])
            x, name, kind = x * self._inverse(scale), "round", max(kind, self._of(args[1]), COMPUTED)
        elif name == "round" and (decimals := kwargs.get("decimals", 0)):
            power = 10.0 ** abs(decimals)
            by = self._number(power) if decimals > 0 else self._inverse(power)
            x, kind = x * by, COMPUTED if kind == EXACT else UNKNOWN
        elif name == "_to_copy":
            to = kwargs.get("dtype")
            if to is None or to.is_floating_point or to.is_complex or to == torch.bool:
                return None
            name = "trunc"
        if name not in _ROUNDINGS:
            return None
        return Rounding(x, _ROUNDINGS[name](x).double(), name == "round", kind)

    def _at_the_end(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        is_quotient = name == "div" and kwargs.get("rounding_mode") is None
        if is_quotient and (_is_float(args[0]) or _is_float(args[1])):
            quotient = args[0] * self._inverse(args[1])
            return args[0].copy_(quotient) if func._schema.is_mutable else quotient
        if name == "reciprocal" and _is_float(args[0]):
            return self._inverse(args[0])
        if name == "mul" and _is_float(args[0]) and isinstance(args[1], float) and args[1] % 1 != 0:
            args = (args[0], self._number(args[1]))
        return func(*args, **kwargs)

    def _inverse(self, divisor: Any) -> Any:
        """One by it; at an end, the last float32 before or the first behind that."""
        if self._end is None:
            return 1.0 / (divisor if isinstance(divisor, torch.Tensor) else torch.tensor(divisor, dtype=torch.float32))
        if isinstance(divisor, torch.Tensor):
            return _beside(1.0 / divisor.double(), self._end)
        given = torch.tensor([divisor, torch.tensor(float(divisor)).float().item()], dtype=torch.float64)
        ends = _beside(1.0 / given, self._end)
        return float(ends.min() if self._end == "low" else ends.max())

    def _number(self, number: float) -> float:
        if self._end is None or not number:
            return number
        exact = torch.tensor(number, dtype=torch.float64)
        others = [number, float(exact.float()), float(1.0 / (1.0 / exact).float().double())]
        return min(others) if self._end == "low" else max(others)

    def _kind(self, func: Any, name: str, args: Any, kwargs: Any) -> int:
        operands = [leaf for leaf in tree_leaves((args, kwargs)) if _is_float(leaf)]
        kinds = sorted(map(self._of, operands))
        if not operands or name in _ROUNDINGS:
            return EXACT
        if func.is_view or name in MOVES or (name == "_to_copy" and _is_wider(operands[0], kwargs)):
            return kinds[-1]
        if name == "reciprocal":
            return INVERSE if kinds[-1] == EXACT else UNKNOWN
        if name == "div" and kwargs.get("rounding_mode") is None:
            over, under = self._of(args[0]), self._of(args[1])
            if _are_powers_of_two(args[1]):
                return over
            if over == under == EXACT:
                return INVERSE if _are_ones(args[0]) else COMPUTED
            return UNKNOWN
        if name == "mul":
            if any(map(_are_powers_of_two, args)):
                return kinds[-1]
            return COMPUTED if kinds[-1] == EXACT or kinds == [EXACT, INVERSE] else UNKNOWN
        if name in ("add", "sub", "rsub"):
            rough = [a for a in (*args, *kwargs.values()) if not _is_short(a)]
            if kinds[-1] == EXACT or (kinds[-1] == COMPUTED and len(rough) <= 1):
                return COMPUTED
        return UNKNOWN


def _is_fake(name: str) -> bool:
    """Whether it rounds to the steps of a scale and multiplies by it again."""
    return name.lstrip("_").startswith("fake_quantize")


def _beside(values: torch.Tensor, end: End) -> torch.Tensor:
    near = values.float()
    step = torch.nextafter(near, torch.full_like(near, -torch.inf if end == "low" else torch.inf))
    is_past = near.double() > values if end == "low" else near.double() < values
    return torch.where(is_past, step, near).double()


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point()


def _is_wider(tensor: torch.Tensor, kwargs: Any) -> bool:
    to = kwargs.get("dtype") or tensor.dtype
    return bool(to.is_floating_point) and torch.finfo(to).eps <= torch.finfo(tensor.dtype).eps


def _are_powers_of_two(value: Any) -> bool:
    tensor = _as_tensor(value)
    return tensor is not None and bool((torch.frexp(tensor).mantissa.abs() == 0.5).all())


def _are_ones(value: Any) -> bool:
    tensor = _as_tensor(value)
    return tensor is not None and bool((tensor == 1).all())


def _is_short(value: Any) -> bool:
    return are_short(value) if isinstance(value, torch.Tensor) else is_short(float(value))


def _as_tensor(value: Any) -> torch.Tensor | None:
    if isinstance(value, torch.Tensor):
        return value.detach().double()
    return torch.tensor(float(value), dtype=torch.float64) if isinstance(value, (int, float)) else None


def _narrow(leaf: Any) -> Any:
    return leaf.float() if _is_float(leaf) else leaf


def _wide(leaf: Any) -> Any:
    return leaf.double() if _is_float(leaf) else leaf
