"""Calls that ``torch.export`` cannot take as they are made, said in others that it can.

* ``float(t)`` and ``int(t)`` have to give Python's own numbers, and no tensor that is traced has one. Within the files
  of the module's classes the two names mean functions that give a symbol instead.
* ``batch_norm`` takes its momentum as a number. Where that is read off a tensor (``momentum=None`` counts batches in a
  buffer), the running statistics are averaged in tensors.
* ``max_pool1d`` asks for its length as a number, which would fix it; ``max_pool2d`` of one row does not.
* Recurrences stay whole (:mod:`~kernelagent.worker.capture.recurrent_operators`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kernelagent.worker.capture.recurrent_operators import stand_in

_SYMBOLIC = (torch.SymInt, torch.SymFloat)


class _FloatNames(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return type(value) in (float, torch.SymFloat)


class _Float(float, metaclass=_FloatNames):
    """``float`` as far as anyone can tell, but that a traced tensor gives a symbol."""

    def __new__(cls, value: Any = 0.0) -> Any:
        number = value.item() if type(value).__module__.startswith("torch") and hasattr(value, "item") else value
        return torch.sym_float(number) if type(number) in _SYMBOLIC else float(number)  # type: ignore[no-untyped-call]


class _IntNames(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return type(value) in (int, bool, torch.SymInt)


class _Int(int, metaclass=_IntNames):
    """The same of ``int``."""

    def __new__(cls, value: Any = 0, *base: Any) -> Any:
        number = value.item() if type(value).__module__.startswith("torch") and hasattr(value, "item") else value
        return torch.sym_int(number) if type(number) in _SYMBOLIC else int(number, *base)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def symbolic_numbers(model: torch.nn.Module) -> Iterator[None]:
    """While it lasts, ``float`` and ``int`` in the files of the module's classes keep what they are given symbolic."""
    spaces = {id(space): space for module in model.modules() for space in _namespaces(type(module))}
    changed = []
    for space in spaces.values():
        for name, symbolic in (("float", _Float), ("int", _Int)):
            if name not in space:
                space[name] = symbolic
                changed.append((space, name))
    try:
        yield
    finally:
        for space, name in changed:
            del space[name]


def _namespaces(cls: type) -> Iterator[dict[str, Any]]:
    for base in cls.__mro__:
        forward = vars(base).get("forward")
        if forward is not None and hasattr(forward, "__globals__"):
            yield forward.__globals__


class Rewrites(TorchFunctionMode):
    """Around a trace: calls of PyTorch's functions on their way."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is functional.batch_norm and type(kwargs.get("momentum")) in _SYMBOLIC:
            return _batch_norm(*args, **kwargs)
        if func in (torch.max_pool1d, functional.max_pool1d) and not kwargs.get("return_indices"):
            return _max_pool1d(*args, **{name: given for name, given in kwargs.items() if name != "return_indices"})
        whole = None if kwargs else stand_in(func, args)
        if whole is not None:
            return whole(*args)
        return func(*args, **kwargs)


def _batch_norm(
    input: torch.Tensor,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    if not training or running_mean is None or running_var is None:
        return functional.batch_norm(input, running_mean, running_var, weight, bias, training, 0.0, eps)
    newest = running_mean.clone(), running_var.clone()
    out = functional.batch_norm(input, *newest, weight, bias, training, 1.0, eps)
    for old, new in zip((running_mean, running_var), newest, strict=True):
        old.copy_(old * (1.0 - momentum) + new * momentum)
    return out


def _max_pool1d(
    input: torch.Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> torch.Tensor:
    kernel = _only(kernel_size)
    of_rows = (1, kernel), (1, _only(stride, kernel)), (0, _only(padding)), (1, _only(dilation))
    return functional.max_pool2d(input.unsqueeze(-2), *of_rows, ceil_mode).squeeze(-2)


def _only(value: Any, default: Any = None) -> Any:
    """Of a number, or of a list of one; an empty one means the default."""
    if isinstance(value, (list, tuple)):
        return value[0] if value else default
    return default if value is None else value
