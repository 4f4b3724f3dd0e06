"""Other values for the arguments of ``forward`` that are no tensors: together, and each by itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.problem import Specimen

MOST_ALONE = 6
"""Arguments that are changed by themselves, where there is more than one of a kind."""
Kind = Literal[
    "other numbers",
    "larger numbers",
    "numbers of the other sign",
    "numbers that are zero",
    "one more",
    "one less",
    "integers of the other sign",
    "turned flags",
    "another dtype",
    "a number compared with",
    "one more of all, and turned",
    "one less of all, and turned",
    "other signs of all, and turned",
]
KINDS = get_args(Kind)
FAR: tuple[Kind, ...] = (
    *("larger numbers", "numbers of the other sign", "numbers that are zero", "integers of the other sign"),
    "a number compared with",
)
"""Those that a module may have no sensible result for: then nothing is asked."""
_CASES: dict[str, tuple[Kind, ...]] = {
    "other numbers": ("other numbers",),
    "larger numbers": ("larger numbers",),
    "numbers of the other sign": ("numbers of the other sign",),
    "numbers that are zero": ("numbers that are zero",),
    "other integers": ("one more", "one less"),
    "smaller integers": ("one less",),
    "integers of the other sign": ("integers of the other sign",),
    "turned flags": ("turned flags",),
    "another dtype": ("another dtype",),
    "all arguments": ("one more of all, and turned", "one less of all, and turned"),
    "all arguments, of less": ("one less of all, and turned",),
    "all arguments, of the other sign": ("other signs of all, and turned",),
}
"""Name of a case -> kinds of values for it, the more telling first."""

_OTHER_DTYPES = {
    torch.float16: torch.bfloat16,
    torch.bfloat16: torch.float16,
    torch.float32: torch.bfloat16,
    torch.float64: torch.float32,
    torch.int32: torch.int64,
    torch.int64: torch.int32,
    torch.int16: torch.int32,
    torch.int8: torch.int32,
    torch.uint8: torch.int32,
}
_BESIDE = ("turned flags", "numbers that are zero", "integers of the other sign")
_MOST_WHOLE = 3
"""Flags of which every combination is tried."""
_MOST_FLAGS = 2
"""That are turned by themselves there."""


@dataclass(frozen=True)
class Changed:
    """One case of other arguments."""

    name: str
    kinds: tuple[Kind, ...]
    alone: tuple[int, ...] = ()
    """Numbers of those that are changed, among those that are no tensors; empty: all are."""
    number: int = 0
    """What it is then, for ``a number compared with``."""


def is_argument(leaf: Any) -> bool:
    return isinstance(leaf, (bool, int, float, torch.dtype))


def other_argument(leaf: Any, values: str) -> Any:
    """Another argument than the example's, of the kind that ``values`` is for. ``other numbers`` keep their sign, and
    stay below one where they were; ``larger`` ones are above it. ``of all``: every kind at once."""
    whole = values.endswith("of all, and turned")
    if isinstance(leaf, torch.dtype):
        return _OTHER_DTYPES.get(leaf, leaf) if values == "another dtype" or whole else leaf
    if isinstance(leaf, bool):
        return not leaf if values == "turned flags" or whole else leaf
    if whole:
        values = "other numbers" if isinstance(leaf, float) else values.removesuffix(" of all, and turned")
    if isinstance(leaf, int):
        if values in ("integers of the other sign", "other signs"):
            return -leaf
        return leaf + {"one more": 1, "one less": -1}.get(values, 0)
    if not isinstance(leaf, float) or not math.isfinite(leaf):
        return leaf
    changed = {
        "other numbers": leaf * 0.75,
        "larger numbers": leaf + math.copysign(1.25, leaf),
        "numbers of the other sign": -leaf,
        "numbers that are zero": 0.0,
    }
    return changed.get(values, leaf)


def named_arguments(specimen: Specimen) -> list[tuple[int, str, bool | int | float | torch.dtype]]:
    """Number, name and value of each that is no tensor; of what lies in a container the container's name."""
    given = [*zip(specimen.names, specimen.args, strict=True), *specimen.kwargs.items()]
    leaves = [(name, leaf) for name, value in given for leaf in tree_leaves(value) if is_argument(leaf)]
    return [(number, name, leaf) for number, (name, leaf) in enumerate(leaves)]


def with_argument(specimen: Specimen, alone: tuple[int, ...], value: int) -> Specimen:
    """``specimen`` with ``value`` for the arguments of those numbers."""
    plain = itertools.count()
    args, kwargs = tree_map(
        lambda leaf: value if is_argument(leaf) and next(plain) in alone else leaf, (specimen.args, specimen.kwargs)
    )
    return Specimen(args, kwargs, specimen.names)


def changed_arguments(specimen: Specimen, numbers: Mapping[int, Iterable[int]] | None = None) -> tuple[Changed, ...]:
    """The cases that change an argument which is no tensor. ``numbers``: of such an argument → what it is compared
    with (``argument_numbers.py``)."""
    leaves = [leaf for leaf in tree_leaves((specimen.args, specimen.kwargs)) if is_argument(leaf)]
    found = []
    for name, kinds in _CASES.items():
        fitting = tuple(kind for kind in kinds if any(other_argument(leaf, kind) != leaf for leaf in leaves))
        if fitting and (not name.startswith("all arguments") or len({type(leaf) for leaf in leaves}) > 1):
            found.append(Changed(name, fitting))
    alone = _alone(leaves)
    flags = [one for one in _some_flags(specimen) if all(one.alone != other.alone for other in alone)]
    return (*found, *alone, *flags, *_compared(specimen, numbers or {}))


def beside_others(changed: Iterable[Changed]) -> list[Changed]:
    """Those that are tried together with other sizes, layouts and values: what a flag or a number turns on may be wrong
    there alone."""
    every = [one for one in changed if one.name in _BESIDE]
    flags = [one for one in changed if len(one.alone) == 1 and one.kinds == ("turned flags",)]
    return [*every, *flags[:_MOST_FLAGS]]


def _compared(specimen: Specimen, numbers: Mapping[int, Iterable[int]]) -> list[Changed]:
    kinds: tuple[Kind, ...] = ("a number compared with",)
    return [
        Changed(f"{number} for {name}", kinds, (place,), number)
        for place, name, _ in named_arguments(specimen)
        for number in numbers.get(place, ())
    ]


def _alone(leaves: list[Any]) -> list[Changed]:
    """Each by itself, of the kinds of which there are several: together they keep what the example's have in common."""
    found = []
    for number, leaf in enumerate(leaves):
        kinds = next(k for t, k in _ALONE if isinstance(leaf, t))
        if sum(type(other) is type(leaf) for other in leaves) > 1 and other_argument(leaf, kinds[0]) != leaf:
            found.append(Changed(f"argument {number + 1} alone", kinds, (number,)))
    return found[:MOST_ALONE]


def _some_flags(specimen: Specimen) -> list[Changed]:
    """Several flags, and not all: what one of them opens may be wrong only beside another one, while a third is as in
    the example. Of ``_MOST_WHOLE`` flags every combination is tried; of more, with those that are turned alone, every
    pair in every way: where two numbers of flags differ in a bit, the one is turned and the other is not."""
    flags = [(number, name) for number, name, leaf in named_arguments(specimen) if isinstance(leaf, bool)]
    if len(flags) <= _MOST_WHOLE:
        several = [some for size in range(1, len(flags)) for some in itertools.combinations(flags, size)]
    else:
        bits = [[place >> bit & 1 for place in range(len(flags))] for bit in range((len(flags) - 1).bit_length())]
        rows = [[found ^ turn for found in row] for row in bits for turn in (0, 1)]
        several = [tuple(itertools.compress(flags, row)) for row in rows]
    kinds: tuple[Kind, ...] = ("turned flags",)
    return [
        Changed(f"{', '.join(name for _, name in some)} turned", kinds, tuple(number for number, _ in some))
        for some in dict.fromkeys(several)
    ]


_ALONE: tuple[tuple[type, tuple[Kind, ...]], ...] = (
    (bool, ("turned flags",)),
    (int, ("one more", "one less")),
    (float, ("other numbers",)),
    (torch.dtype, ("another dtype",)),
)
