"""Whole numbers that the module measures along its free dimensions: where slices begin and end, diagonals, pads,
shifts, windows, steps, lengths of chunks.

``x[:, -600:]`` keeps everything of 600 frames, ``triu(-300)`` of 301: a kernel that leaves it out is right until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.judge.case_sizes import PAST_ELEMENTS, SMALL_ELEMENTS, Sizes, elements, one_more, smallest
from kernelagent.worker.problem import Specimen, make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.sizes import fit

LARGEST = 1 << 16
_MOST = 2
"""Numbers along one size that are tried, the largest first; what lies past it is past the smaller ones, too."""
_FEW = 1 << 12
"""Elements of a case that is to be tried in any case, however slow the kernel is."""
_AT_A_DIM = frozenset(
    {"start", "end", "step", "index", "length", "split_size", "split_sizes", "shifts", "repeats", "size", "k"}
)
"""Names of arguments, in ATen's schemas, that count elements along ``dim``, ``dims`` or ``dimension``."""
_FROM_THE_LAST = frozenset({"pad", "padding"})
"""Pairs of amounts, the last dimension's first, where they are two for each."""
_TRAILING = frozenset({"padding", "stride", "output_size"})
"""One for each of the last dimensions."""
_ALLOCATES = frozenset({"new_empty", "new_zeros", "new_ones", "new_full", "expand", "view", "_unsafe_view", "reshape"})
_ALLOCATES |= {"as_strided", "empty_like", "resize_"}
"""Their ``size`` is a whole shape."""


@dataclass(frozen=True)
class Measure:
    symbol: str
    """The free size."""
    number: int | float
    """The module's, without its sign."""
    reach: int
    """The largest size at which it still cuts nothing off, moves nothing, leaves nothing out."""
    told: str = ""
    """How a verdict names it where no larger size was tried; empty: by its number."""


@dataclass(frozen=True)
class _Met:
    """A number at one place of one call."""

    place: tuple[str, str, int]
    """The operator, the argument, the number among its own."""
    number: int
    reach: int
    size: int
    """Of the dimension that it is measured along."""


def measures_of(problem: Problem, model: torch.nn.Module, sizes: Sizes, specimen: Specimen) -> list[Measure]:
    """``specimen``: inputs of ``sizes``. What differs at other sizes was computed from them, and is none of its own."""
    first = _heard(model, specimen)
    more = other_sizes(problem, sizes)
    try:
        second = _heard(model, make_inputs(problem, more, seed=1))
    except Exception:  # noqa: BLE001  the module may refuse these sizes in any way
        second = []
    if [met.place for met in first] != [met.place for met in second]:
        more, second = sizes, first
    found: dict[Measure, None] = {}
    for a, b in zip(first, second, strict=True):
        if a.number != b.number or not 2 <= a.number <= LARGEST:
            continue
        along = [s for s in sizes if (a.size, b.size) == (sizes[s], more[s])]
        if not along and a.size != b.size:
            along = [*sizes]
        found |= {Measure(symbol, a.number, a.reach): None for symbol in along}
    return [*found]


def other_sizes(problem: Problem, sizes: Sizes) -> Sizes:
    """Of which no half or quarter is that of ``sizes``, where they are no more than can be computed in no time."""
    twice = {f.symbol: fit(f, 2 * sizes[f.symbol] + 1) for f in problem.free_sizes}
    return twice if elements(problem, twice) <= PAST_ELEMENTS else one_more(problem, sizes)


def sizes_around(
    problem: Problem, measures: Sequence[Measure], covered: Mapping[str, int]
) -> tuple[list[tuple[Sizes, str]], list[tuple[Sizes, str]], list[int | float]]:
    """Sizes just past the numbers; those well past, and at them; and the numbers that are too large for either, but for
    those with words of their own (``told``). ``covered``: sizes tried anyway.
    What the trace allows at most is no bound: that is often such a number itself."""
    above: list[tuple[Sizes, str]] = []
    others: list[tuple[Sizes, str]] = []
    dear: dict[int | float, None] = {}
    for free in problem.free_sizes:
        by_reach = {m.reach: m for m in measures if m.symbol == free.symbol and 2 * m.reach >= covered[free.symbol]}
        tried = 0
        for reach in sorted(by_reach, reverse=True):
            number = by_reach[reach].number
            if (past := cheap_at(problem, free, reach + 1, _FEW)) is None:
                dear |= {} if by_reach[reach].told else {number: None}
                continue
            above.append((past, f"past the module's {number}"))
            if not tried:
                more = (cheap_at(problem, free, 2 * reach + 1), "well past"), (cheap_at(problem, free, reach), "at")
                others += [(sizes, f"{where} the module's {number}") for sizes, where in more if sizes is not None]
            tried += 1
            if tried == _MOST:
                break
    return above, others, [*dear]


def cheap_at(problem: Problem, free: FreeSize, size: int, most: int = SMALL_ELEMENTS) -> Sizes | None:
    """``free`` at ``size``, or the next that its step allows, with few of the others, or the fewest where those make
    more than ``most`` elements; ``None`` where that is much, too."""
    size = -(-max(size, free.minimum) // free.multiple_of) * free.multiple_of
    few = {f.symbol: fit(f, 2 + n) for n, f in enumerate(problem.free_sizes)}
    choices = [few | {free.symbol: size}, smallest(problem) | {free.symbol: size}]
    for sizes, bound in zip(choices, (most, PAST_ELEMENTS), strict=True):
        if elements(problem, sizes) <= bound:
            return sizes
    return None


def _heard(model: torch.nn.Module, specimen: Specimen) -> list[_Met]:
    met: list[_Met] = []
    with _Listening(met), _Indexed(met), torch.no_grad():
        deep_copy(model)(*specimen.args, **specimen.kwargs)
    return met


class _Indexed(TorchFunctionMode):
    """Ends of slices as they are written: one past the end of a tensor reaches no operator."""

    def __init__(self, met: list[_Met]) -> None:
        super().__init__()
        self._met = met

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            tensor, index = args[:2]
            for n, (dim, number) in enumerate(_ends(index if isinstance(index, tuple) else (index,), tensor.dim())):
                if dim < tensor.dim():
                    self._met.append(_Met(("index", "end", n), abs(number), abs(number), tensor.shape[dim]))
        return func(*args, **(kwargs or {}))


def _ends(index: tuple[Any, ...], rank: int) -> Iterator[tuple[int, int]]:
    """Each number of a slice in ``index``, with the dimension that it is along."""
    taken = [_dims_taken(one) for one in index]
    dim = 0
    for one, dims in zip(index, taken, strict=True):
        if one is Ellipsis:
            dim += max(rank - sum(taken), 0)
        elif isinstance(one, slice):
            yield from ((dim, n) for n in (one.start, one.stop) if type(n) is int)
        dim += dims


def _dims_taken(one: Any) -> int:
    if one is None or one is Ellipsis or isinstance(one, bool):
        return 0
    is_mask = isinstance(one, torch.Tensor) and one.dtype in (torch.bool, torch.uint8)
    return one.dim() if is_mask else 1


class _Listening(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What operators are given."""

    def __init__(self, met: list[_Met]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._met = met

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        parameters = func._schema.arguments
        named = {a.name: a.default_value for a in parameters} | dict(
            zip((a.name for a in parameters), args, strict=False)
        )
        named |= kwargs or {}
        tensor = next((value for value in named.values() if isinstance(value, torch.Tensor)), None)
        if tensor is not None and tensor.dim() and name not in _ALLOCATES:
            for n, (argument, dim, number, reach) in enumerate(_measured(named, tensor.dim())):
                if -tensor.dim() <= dim < tensor.dim():
                    self._met.append(_Met((name, argument, n), abs(number), abs(reach), tensor.shape[dim]))
        return func(*args, **(kwargs or {}))


def _measured(named: dict[str, Any], rank: int) -> Iterator[tuple[str, int, int, int]]:
    """Each number's argument, dimension, itself, and how far it reaches."""
    for argument, value in named.items():
        numbers = _integers(value)
        if argument in ("diagonal", "offset"):
            both = named.get("dim1", -2), named.get("dim2", -1)
            yield from ((argument, dim, n, abs(n) + 1) for n in numbers for dim in both)
        elif argument == "kernel_size" or (argument == "dilation" and "weight" in named):
            yield from _windows(named)
        elif argument == "pad" or (argument in _FROM_THE_LAST and _is_in_pairs(named)):
            yield from ((argument, -1 - n // 2, number, number) for n, number in enumerate(numbers))
        elif argument in _TRAILING:
            yield from ((argument, n - len(numbers), number, number) for n, number in enumerate(numbers))
        elif argument == "repeats" and len(numbers) == rank:
            yield from ((argument, dim, number, number) for dim, number in enumerate(numbers))
        elif argument in _AT_A_DIM:
            given = next((named[name] for name in ("dim", "dims", "dimension") if name in named), -1)
            dims = tuple(_integers(given)) or tuple(range(rank))
            yield from ((argument, dim, number, number) for number in numbers for dim in dims)


def _windows(named: dict[str, Any]) -> Iterator[tuple[str, int, int, int]]:
    """Of a pooling or a convolution: from the first element of a window to its last."""
    dilation = _integers(named.get("dilation", 1)) or [1]
    weight = named.get("weight")
    lengths = list(weight.shape[2:]) if isinstance(weight, torch.Tensor) else _integers(named.get("kernel_size"))
    for n, length in enumerate(lengths):
        wide = (length - 1) * (dilation[n] if n < len(dilation) else dilation[0])
        yield "window", n - len(lengths), wide, wide


def _is_in_pairs(named: dict[str, Any]) -> bool:
    """Of the pads of their own operators; a pooling's or a convolution's are one for both sides."""
    return "kernel_size" not in named and "weight" not in named


def _integers(value: Any) -> list[int]:
    given = value if isinstance(value, (list, tuple)) else [value]
    return [n for n in given if type(n) is int]
