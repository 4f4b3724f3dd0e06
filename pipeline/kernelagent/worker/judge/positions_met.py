"""Numbers of a module that positions along its free sizes meet, as integers or as floats.

``floor((arange(n) + 1) / 1024.0)`` is 0 up to 1,023 positions, ``sigmoid((arange(n) - 700.0) * 0.25)`` nearly so up to
700: a kernel that leaves it out is right until then. What is counted (``arange``, ones that are added up, a buffer of
places) is followed through what is computed of it alone, element by element, and its largest value at two sizes tells
at which one it comes to a number that it is compared with, cut, divided and rounded by, or taken away from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.case_sizes import Sizes
from kernelagent.worker.judge.kernel_accesses import line_in
from kernelagent.worker.judge.measured import Measure, other_sizes
from kernelagent.worker.judge.ties import COMPARES
from kernelagent.worker.problem import Specimen, make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy

_FARTHEST = 1 << 20
"""A size beyond it is no input's."""
_ROUNDED = 1e-5
"""Of a size that is computed of float32 numbers."""
_COUNTS = frozenset({"arange", "linspace"})
_ADDS_UP = frozenset({"cumsum", "cumulative_sum"})
_KEEPS = frozenset({"_to_copy", "clone", "copy", "floor_divide", "rsub", "cat", "stack", "repeat", "contiguous"})
"""Operators that give what is counted on, beside views and those of one element."""
_SCALES = frozenset({"div", "mul", "floor_divide"})
_DIVIDES = frozenset({"floor_divide", "remainder", "fmod"})
_CUTS = frozenset({"clamp", "clamp_min", "clamp_max", "minimum", "maximum", "hardtanh", "threshold"})
_ROUNDS = {"floor": 1.0, "trunc": 1.0, "ceil": 1.0, "_to_copy": 1.0, "round": 0.5}
"""What comes to 0, or to 1 with ``ceil``, up to this."""


@dataclass(frozen=True)
class _Met:
    place: tuple[str, int]
    """The operator, and the number among its own."""
    number: float
    told: int | float
    """It, or what was divided by before it was rounded."""
    line: int
    least: float
    most: float
    """Of what meets it."""
    shape: tuple[int, ...]


def positions_met(problem: Problem, model: torch.nn.Module, sizes: Sizes, specimen: Specimen) -> list[Measure]:
    """``specimen``: inputs of ``sizes``. Numbers that are met at these already are none."""
    first = _heard(problem, model, specimen)
    if not first:
        return []
    more = other_sizes(problem, sizes)
    try:
        second = _heard(problem, model, make_inputs(problem, more, seed=1))
    except Exception:  # noqa: BLE001  the module may refuse these sizes in any way
        return []
    if [met.place for met in first] != [met.place for met in second]:
        return []
    found: dict[Measure, None] = {}
    for a, b in zip(first, second, strict=True):
        if (a.number, a.told) != (b.number, b.told):
            continue
        pairs = set(zip(a.shape, b.shape, strict=False))
        along = [s for s in sizes if (sizes[s], more[s]) in pairs] or [*sizes]
        for symbol in along:
            reach = _reach(a, b, sizes[symbol], more[symbol])
            if reach is not None:
                found[Measure(symbol, a.told, reach, f"{a.told:,} (line {a.line})" if a.line else f"{a.told:,}")] = None
    return [*found]


def _reach(a: _Met, b: _Met, size: int, other: int) -> int | None:
    """The largest size at which nothing is past the number, as far as what meets it grows by the same with each."""
    for sign, one, two in ((1, a.most, b.most), (-1, -a.least, -b.least)):
        left, grown = sign * a.number - one, two - one
        if left >= 0 and grown > 0 and other > size:
            reach = size + left * (other - size) / grown
            if 2 <= reach <= _FARTHEST:
                return math.floor(reach * (1 + _ROUNDED))
    return None


def _heard(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> list[_Met]:
    copy = deep_copy(model)
    with _Following(problem.file, [*copy.parameters(), *copy.buffers()]) as following, torch.no_grad():
        copy(*specimen.args, **specimen.kwargs)
    return following.met  # type: ignore[no-any-return]


class _Following(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What hangs on no input, and what of it is counted."""

    def __init__(self, file: str, state: Sequence[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.met: list[_Met] = []
        self._file = file
        self._fixed = {id(tensor): tensor for tensor in state}
        self._scale: dict[int, int | float | None] = {id(t): None for t in state if _is_counted(t)}
        """What is counted → what it was last divided by, or multiplied with."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__.rstrip("_")
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        made_of = [] if name.startswith("new_") or name.endswith("_like") else tensors
        is_fixed = torch.Tag.nondeterministic_seeded not in func.tags and all(id(t) in self._fixed for t in made_of)
        counted = next((t for t in made_of if id(t) in self._scale), None) if is_fixed else None
        numbers = [*self._numbers(args)] if counted is not None else []
        if counted is not None and counted.numel():
            self._meets(name, counted, numbers, kwargs)
        result = func(*args, **kwargs)
        is_kept = func.is_view or torch.Tag.pointwise in func.tags or name in _KEEPS
        for made in (leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)):
            self._fixed.pop(id(made), None)
            scale = self._scale.pop(id(made), None) if counted is None else self._scale[id(counted)]
            if is_fixed:
                self._fixed[id(made)] = made
                if name in _COUNTS or name in _ADDS_UP or (counted is not None and is_kept):
                    self._scale[id(made)] = numbers[0] if name in _SCALES and numbers else scale
        return result

    def _numbers(self, args: Sequence[Any]) -> Iterator[int | float]:
        for arg in args:
            value = arg
            if (
                isinstance(arg, torch.Tensor)
                and arg.numel() == 1
                and not arg.is_complex()
                and id(arg) not in self._scale
            ):
                value = arg.item()
            if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
                yield value

    def _meets(self, name: str, counted: torch.Tensor, numbers: list[int | float], kwargs: dict[str, Any]) -> None:
        if counted.is_complex() or counted.dtype == torch.bool:
            return
        told: list[tuple[float, int | float]] = []
        if name in COMPARES | _CUTS | _DIVIDES or (name == "div" and kwargs.get("rounding_mode")):
            told = [(float(n), n) for n in numbers]
        elif name in ("sub", "rsub"):
            told = [(float(n), n) for n in numbers[:1]]
        elif name == "add":
            told = [(-float(n), -n) for n in numbers[:1] if n < 0]
        elif name in _ROUNDS and counted.is_floating_point() and (name != "_to_copy" or _makes_integers(kwargs)):
            told = [(_ROUNDS[name], self._scale[id(counted)] or 1)]
        least, most = float(counted.min()), float(counted.max())
        line = (line_in(self._file) or 0) if told else 0
        for number, of_module in told:
            place = name, sum(met.place[0] == name for met in self.met)
            self.met.append(_Met(place, number, of_module, line, least, most, tuple(counted.shape)))


def _makes_integers(kwargs: dict[str, Any]) -> bool:
    dtype = kwargs.get("dtype")
    return isinstance(dtype, torch.dtype) and not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)


def _is_counted(tensor: torch.Tensor) -> bool:
    """Whether a row of it is 0, 1, 2 ..."""
    if tensor.dim() == 0 or tensor.shape[-1] < 2 or tensor.is_complex() or not tensor.numel():
        return False
    row = tensor.detach().reshape(-1, tensor.shape[-1])[0].double()
    return bool((row == torch.arange(len(row), dtype=torch.float64)).all())
