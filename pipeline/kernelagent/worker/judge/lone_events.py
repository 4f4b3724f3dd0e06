"""Inputs with one event in a first block of a kernel's and none for longer than a block after it, and the other way
round: one reading among NaN, one end of a text among other tokens, one change of a price that stands still.

What a kernel carries from a block to the next is kept through a block that adds nothing to it, or is lost there. Random
values add something to every block, and single ones were tried in small inputs alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.worker.judge.case_sizes import SMALL_ELEMENTS, Sizes, elements, smallest
from kernelagent.worker.judge.infinite_runs import grown_along
from kernelagent.worker.judge.nan_ordered import asks_for_nan
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.ties import Heard, listened
from kernelagent.worker.judge.value_kinds import LONE_READINGS, Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import fit, shape_at

LONE_EVENTS: Values = "one event in many"
EVENTS = (
    "one change among values that stand still",
    "one value among zeros",
    "one of a number among larger values",
    "one of a number among smaller values",
    "one of another number among larger values",
    "one of another number among smaller values",
)
"""What they are, by turn; the first two of masks are one true among false."""
_STILL, _ZEROS, _NUMBERS = 0, 1, 2
MOST_INPUTS = 3
"""That are changed, one by one."""
_BLOCKS = 3
_LEAST_BLOCK = 16
"""That products take."""
_FIRST = 7
"""Places, from the second on, in which the event is: the first block has them, however small it is."""
_ROWS = 4
"""Early; late; the two things exchanged; early and late."""
_CARRIES = frozenset(
    {
        *("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "_cummax_helper", "_cummin_helper"),
        *("argmax", "argmin", "any", "all"),
    }
)
"""Operators by which an element of the result may rest on a single one far before it, or after."""


class Carries(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call of a module: whether something is ``carried`` along a dimension."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.carried = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.carried |= func.overloadpacket.__name__ in _CARRIES
        return func(*args, **(kwargs or {}))


def places_of_events(
    problem: Problem, small: Sizes, constants: tuple[int, ...]
) -> Iterator[tuple[Sizes, int, int, Values, int]]:
    """Sizes, the number of an input, the dimension along which it has its event, and what that is (the kind of values,
    and the turn of :data:`EVENTS`): along each free size at three blocks of the largest number in the kernel's file
    that is cheap enough, and along an input's longest dimension where that is of a fixed size."""
    wanted = [(sizes, block) for free in problem.free_sizes for sizes, block in _grown(problem, free.symbol, constants)]
    few = smallest(problem)
    for number, spec in enumerate(problem.inputs):
        kinds = _kinds(spec)
        if not kinds or number >= MOST_INPUTS:
            continue
        found = [
            (sizes, along) for sizes, block in wanted if (along := grown_along(spec, sizes, few, block)) is not None
        ]
        found += [(small, along) for along in _fixed(spec, small, few)]
        yield from ((sizes, number, along, values, turn) for sizes, along in found for values, turn in kinds)


def with_lone_events(
    model: torch.nn.Module, specimen: Specimen, number: int, along: int, values: Values, turn: int, seed: int
) -> Specimen:
    """``specimen`` with the input of that number, of its tensors, changed along that dimension. Raises ``NoCase`` where
    the module asks for no such thing, or another order of operations may turn what it decides."""
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]
    given = leaves[places[number]] if number < len(places) else None
    if given is None or given.dim() < -along or given.shape[along] <= _FIRST + 1 or not given.numel():
        raise NoCase("there is no room for it")
    rows = given.movedim(along, -1)
    is_event = _events(rows, is_change=values == LONE_EVENTS and turn == _STILL)
    if values == LONE_READINGS:
        made = torch.where(is_event, torch.where(rows.isnan(), 0.0, rows), float("nan"))
    elif turn == _STILL:
        made = torch.where(is_event, *_two(rows))
    elif turn == _ZEROS:
        made = torch.where(is_event, torch.where(rows == 0, torch.ones_like(rows), rows), torch.zeros_like(rows))
    else:
        made = _looked_for(rows, is_event, listened(model, specimen), turn - _NUMBERS, seed)
    leaves[places[number]] = made.to(given.dtype).movedim(-1, along).contiguous()
    args, kwargs = tree_unflatten(leaves, tree)
    planted = Specimen(args, kwargs, specimen.names)
    if values == LONE_READINGS and not asks_for_nan(model, planted):
        raise NoCase("the module does not ask for NaN")
    if given.is_floating_point() and values != LONE_READINGS and listened(model, planted).is_near:
        raise NoCase("what is decided may turn with the order of operations")
    return planted


def _kinds(spec: TensorSpec) -> list[tuple[Values, int]]:
    if spec.dtype == "bool":
        return [(LONE_EVENTS, _ZEROS)]
    all_of_them = [(LONE_EVENTS, turn) for turn in range(len(EVENTS))]
    if spec.dtype.startswith(("int", "uint")):
        return all_of_them
    return [(LONE_READINGS, 0), *all_of_them] if spec.dtype.startswith(("float", "bfloat")) else []


def _grown(problem: Problem, symbol: str, constants: tuple[int, ...]) -> list[tuple[Sizes, int]]:
    """At most one."""
    free = next(f for f in problem.free_sizes if f.symbol == symbol)
    for block in sorted({*constants, _LEAST_BLOCK}, reverse=True):
        size = fit(free, _BLOCKS * block + 1)
        rows = {f.symbol: fit(f, _ROWS + n) for n, f in enumerate(problem.free_sizes)}
        for others in (rows, smallest(problem)):
            sizes = others | {symbol: size}
            if size > 2 * block + 1 and elements(problem, sizes) <= SMALL_ELEMENTS:
                return [(sizes, block)]
    return []


def _fixed(spec: TensorSpec, small: Sizes, few: Sizes) -> list[int]:
    """The longest dimension, counted from the end, that no free size changes, where it is longer than two blocks."""
    pairs = list(zip(shape_at(spec, small), shape_at(spec, few | {s: n + 1 for s, n in few.items()}), strict=True))
    least = shape_at(spec, few)
    fixed = [(n, axis - len(pairs)) for axis, (n, m) in enumerate(pairs) if n == m == least[axis]]
    size, axis = max(fixed, default=(0, 0))
    return [axis] if size > 2 * _LEAST_BLOCK else []


def _events(rows: torch.Tensor, is_change: bool) -> torch.Tensor:
    """Of each element of rows along the last dimension whether it is what there is one of; ``is_change``: whether it
    comes after the change."""
    n = rows.shape[-1]
    at, row = torch.arange(n), torch.arange(rows.numel() // n)[:, None]
    early = 1 + (3 * row + 4) % _FIRST
    late = n - 1 - early
    if is_change:
        kinds = (at >= early, at >= late, (at >= early) & (at < early + 2), (at >= early) & (at < late))
    else:
        kinds = (at == early, at == late, at != early, (at == early) | (at == late))
    return torch.stack(kinds)[(row % _ROWS)[:, 0], torch.arange(len(row))].reshape(rows.shape)


def _two(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Another value of each row than its first, and that one."""
    before = torch.where(rows[..., :1].isnan(), torch.zeros_like(rows[..., :1]), rows[..., :1])
    largest, least = rows.amax(-1, keepdim=True), rows.amin(-1, keepdim=True)
    after = torch.where(largest != before, largest, torch.where(least != before, least, before + 1))
    return torch.where(after.isnan(), before + 1, after), before


def _looked_for(rows: torch.Tensor, is_event: torch.Tensor, heard: Heard, which: int, seed: int) -> torch.Tensor:
    """The module's number among values on one side of it; of floats, what lies on its other side, then itself."""
    is_float = rows.is_floating_point()
    compared = heard.compared_floats if is_float else (*heard.compared, *heard.labels)
    numbers = [n for n in dict.fromkeys(map(float, compared)) if is_float or n.is_integer()]
    second, is_below = which // 2, which % 2 == 1
    if len(numbers) <= (0 if is_float else second):
        raise NoCase("it looks for no such number")
    number = numbers[0 if is_float else second]
    side = rows[rows < number] if is_below else rows[rows > number]
    if not side.numel():
        raise NoCase("no value of the example is on that side of it")
    generator = torch.Generator().manual_seed(seed)
    others = side[torch.randint(side.numel(), rows.shape, generator=generator)]
    beyond = max(abs(number), 1.0) / 4 if is_float and not second else 0.0
    return torch.where(is_event, number + beyond if is_below else number - beyond, others)
