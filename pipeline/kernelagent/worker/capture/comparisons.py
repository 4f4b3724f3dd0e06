"""Comparisons of sizes that ranges and steps don't say: ``if n == 64`` or ``if n % 64 == 0`` that was false for the
example, two sizes that were not equal.

``torch.export`` takes the branch of the example and keeps a guard. PyTorch's own questions about strides leave guards
like them, so each comes with sizes at which the module itself can be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sympy
from torch.utils._sympy.printers import PythonPrinter

from kernelagent.contract.problem import FreeSize, SizeComparison
from kernelagent.worker.capture.relations import Relation
from kernelagent.worker.problem.sizes import fit

SEARCHED = 4096
"""Up to here every size is tried, beyond it those near numbers of the comparison."""
SMALL = (5, 7, 11, 13, 17)
"""What the other sizes are meanwhile."""


def comparisons(
    relations: Iterable[Any], symbols: Mapping[sympy.Symbol, sympy.Symbol], free: Sequence[FreeSize]
) -> tuple[SizeComparison, ...]:
    """Those of ``relations`` (over the keys of ``symbols``) that fail at some sizes that ``free`` allows.

    Comparisons with 0 or 1 are left out: ``torch.export`` makes them of every size, and each is judged at 1 anyway.
    """
    found: dict[str, SizeComparison] = {}
    for relation in relations:
        if any(side in (sympy.S.Zero, sympy.S.One) for side in relation.args) and not is_of_remainder(relation):
            continue
        renamed = relation.xreplace(dict(symbols))
        if not renamed.free_symbols <= set(symbols.values()) or not renamed.free_symbols:
            continue
        if (sizes := _fails_at(Relation(renamed), renamed, free)) is not None:
            holds, fails = _python(renamed), _python(sympy.Not(renamed))
            found.setdefault(holds, SizeComparison(holds, fails, sizes))
    return tuple(found.values())


def is_of_remainder(relation: Any) -> bool:
    """``if height % 2 == 1`` that was false, or ``> 0``: true again and again, so a matter of steps and not of ends.
    What is left of a number by a size is one of ends: from some size on it is the number."""
    return any(type(side).__name__ in ("Mod", "PythonMod") and side.args[1].is_Integer for side in relation.args)


def _python(relation: Any) -> str:
    left, right = (PythonPrinter().doprint(side) for side in relation.args)
    inner = left[1:-1] if left.startswith("(") and left.endswith(")") and left.count("(") == 1 else left
    return f"{inner} {relation.rel_op} {right}"


def _fails_at(relation: Relation, expression: Any, free: Sequence[FreeSize]) -> dict[str, int] | None:
    numbers = sorted({abs(int(n)) for n in expression.atoms(sympy.Integer)})
    names = {str(symbol): symbol for symbol in relation.symbols}
    involved = [f for f in free if f.symbol in names]
    small = {f.symbol: fit(f, n) for f, n in zip(involved, SMALL * len(involved), strict=False)}
    example = {f.symbol: f.example for f in involved}
    lowest = {f.symbol: fit(f, f.minimum) for f in involved}
    for others in (small, example, lowest):
        for varied in involved:
            for size in _candidates(varied, numbers):
                sizes = others | {varied.symbol: size}
                if not relation.holds({names[n]: value for n, value in sizes.items()}, where_undefined=True):
                    return sizes
    return None


def _candidates(free: FreeSize, numbers: Sequence[int]) -> Iterator[int]:
    last = SEARCHED if free.maximum is None else min(SEARCHED, free.maximum)
    yield from range(fit(free, free.minimum), last + 1, free.multiple_of)
    for number in numbers:
        for size in (number, number - 1, number + 1):
            if size > SEARCHED and size % free.multiple_of == 0 and (free.maximum is None or size <= free.maximum):
                yield size
