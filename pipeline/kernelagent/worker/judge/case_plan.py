"""One case: which sizes, values, strides, arguments and weights a kernel meets in it, and what it may do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kernelagent.worker.judge.layouts import Layout
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.judge.weights import KINDS

AFTER_A_CALL, AFTER_MANY, COUNTED_FAR, AT_A_NUMBER = (len(KINDS) + n for n in range(4))
"""Numbers of the sets of weights that one call leaves, and many, and more than a float32 counts to, and from which on
counters are about to reach numbers of the module's own."""
IN_A_ROW = len(KINDS) + 10
"""From which on the module is what calls of it in a row have left (``kept_attributes.py``)."""


WORTH_S = 8.0
"""Of processor time, for a case that only goes past a number of the kernel's."""

PAST_OWN_S = 3 * WORTH_S
"""The same for one just past a number that the module measures; it takes nothing from what the others share."""


@dataclass(frozen=True)
class CasePlan:
    """One set of inputs and weights."""

    name: str
    sizes: dict[str, int]
    seed: int
    values: Values = "example"
    scale: float = 1.0
    """The values are multiplied by it."""
    around: float = 0.0
    """Where all values lie, for ``around a number``."""
    numbers: tuple[float, ...] = ()
    """What is put into the inputs, for ``numbers of the kernel``, beside what ``one beside a number`` lies, how far
    ``steps`` go, how long ``-infinity in runs`` is at least, how long ``runs on a side of a number`` are, what an
    argument is, for ``a number compared with``, where ``integers around one value`` lie."""
    along: int | None = None
    """Dimension, counted from the end, along which rows lie, for ``few of a kind``; ``None``: whole tensors are. For
    ``-infinity in runs``, ``runs on a side of a number`` and ``one event in many`` the one along which these lie."""
    turn: int = 0
    """Number of the kind of row that comes first there; of the integer, for ``nothing but an integer``; of what it is,
    for ``one event in many``."""
    arguments: Values = "example"
    """How arguments that are no tensors are changed besides."""
    alone: tuple[int, ...] = ()
    """Numbers of the arguments that alone are changed, of those that are no tensors; empty: all are."""
    input: int = 0
    """Number of the floating input that alone is changed, for slices of infinity and NaN, and for runs; of the input,
    for ``one event in many`` and ``one value among nan``."""
    layouts: tuple[Layout, ...] = ()
    """The inputs take them in turn, so that no two that follow each other have the same; empty: as they are."""
    weights: int = 0
    """Number of the set of weights."""
    only_by_tolerance: bool = False
    """Results are held against the fixed tolerance alone: a formula that is exact beside 1 (``tanh`` by ``exp``) is not
    at a millionth of it."""
    may_refuse: bool = False
    """A kernel that raises on it refuses it, which is said; a wrong result is wrong."""
    most_seconds: float = 0.0
    """Of processor time that it is worth; 0: as long as it takes. A kernel that takes longer is not blamed."""
    otherwise: tuple[CasePlan, ...] = ()
    """What to try, in this order, where the module itself refuses these inputs."""
    only_if_accepted: bool = False
    """What the module itself refuses is not asked of a kernel, and that is no gap."""
    follows: bool = False
    """It is called on the very module that the case before it was, as that left it."""
    crossed: bool = False
    """It is two cases in one (``crossed.py``): what values it has is settled before how they lie."""
    left_out: str = ""
    """Why it is not run; empty: it is."""
    kind: str = ""
    """What it is one case of, for the kinds that are tried with other arguments, too; empty: of no such kind."""


def first_of(choices: Iterable[CasePlan]) -> CasePlan:
    first, *rest = choices
    return replace(first, otherwise=tuple(rest))


def further_call(first: CasePlan, name: str, weights: int) -> CasePlan:
    """Another call on the state that calls have left: counters that have counted, a buffer that holds something."""
    return replace(first, name=name, seed=first.seed + 28, weights=weights, otherwise=())
