"""The equations between sizes that a trace relied on. ``torch.export`` keeps them as guards, not as ranges: two halves
of a dimension are equal only if it is even, a ``view`` may need a multiple of twelve."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import sympy
import torch

from kernelagent.worker.capture.broadcast_sizes import broadcast_sizes, spread_sizes
from kernelagent.worker.capture.comparisons import is_of_remainder
from kernelagent.worker.capture.relations import Relation
from kernelagent.worker.capture.slice_ends import slice_ends

PROBES = (1, 2, 3, 5, 7)
"""Which multiples of a step, from the lowest size on, are asked for."""
FAR = 1 << 40
"""A size that is larger than any."""
MOST_JOINED = 4
"""Sizes in one relation, for which each corner of their ranges is looked at."""
MOST_TIMES = 16
"""Of the example's size: so far up relations between sizes are asked for where there is no end."""


class Guards:
    """Of one exported program."""

    def __init__(self, tensors: Iterable[torch.Tensor]):
        sizes: list[Any] = [s for t in tensors for s in t.shape if isinstance(s, torch.SymInt)]
        environment = sizes[0].node.shape_env if sizes else None
        guards = [] if environment is None else [g.expr for g in environment.guards]
        # sizes of two inputs that have to be equal are one symbol from there on: they change together
        same = {} if environment is None else dict(environment.replacements)
        relations = [e.xreplace(same) for e in guards if isinstance(e, sympy.core.relational.Relational)]
        recurring = [e for e in relations if isinstance(e, sympy.Eq) or is_of_remainder(e)]
        bounds = [e for e in relations if not isinstance(e, (sympy.Eq, sympy.Ne)) and not is_of_remainder(e)]
        self.recurring = [e for e in relations if isinstance(e, sympy.Ne) or is_of_remainder(e)]
        """What is true again and again, or nearly always: :func:`comparisons` tells what of it ranges don't say."""
        self._equations = [Relation(e) for e in dict.fromkeys(recurring)]
        self._bounds = [Relation(e) for e in dict.fromkeys(bounds) if not _is_exports_own(e)]
        self._hints = {} if environment is None else example_values(environment)

    def of_shapes(self, graph: torch.fx.Graph) -> list[Any]:
        """What the shapes of ``graph`` rest on and ``torch.export`` did not have to ask. Where slices end is taken in
        here, as far as single sizes say it; given back is what ranges don't say without keeping sizes from others at
        which all is well."""
        ends = slice_ends(graph, self._hints)
        self._bounds += [Relation(e) for e in ends if len(e.free_symbols) == 1]
        return [e for e in ends if len(e.free_symbols) > 1] + broadcast_sizes(graph, self._hints)

    def spread(self, graph: torch.fx.Graph) -> set[sympy.Symbol]:
        """Sizes that others come from that ``graph`` broadcasts at the example and may not at another."""
        return {symbol for size in spread_sizes(graph, self._hints) for symbol in size.free_symbols}

    def step(self, symbol: sympy.Symbol) -> int | None:
        """The smallest step in which the size may change with every equation still true, the other sizes being as in
        the
        example; ``None`` where only the example's own size will do."""
        hint = self._hints[symbol]
        if not self._hold(self._equations, symbol, hint):
            return 1  # an equation that can't be evaluated here tells nothing
        steps = (m for m in range(1, hint + 1) if hint % m == 0)
        lowest, highest = self.range(symbol)
        for step in steps:
            before = (lowest - 1) // step
            probes = [p for p in (step * (before + k) for k in PROBES) if highest is None or p <= highest]
            if all(self._hold(self._equations, symbol, p) for p in probes):
                return step
        return None

    def ranges(self, symbols: Iterable[sympy.Symbol]) -> dict[sympy.Symbol, tuple[int, int | None]]:
        """For each size the lowest and the highest that it may have, so that every inequality that the trace relied on
        holds whatever the others are within theirs."""
        found = {symbol: self.range(symbol) for symbol in symbols}
        for relation in self._bounds:
            joined = [s for s in found if s in relation.symbols]
            if 1 < len(joined) <= MOST_JOINED and relation.symbols <= set(self._hints):
                self._narrow(relation, joined, found)
        return found

    def _narrow(
        self, relation: Relation, joined: list[sympy.Symbol], found: dict[sympy.Symbol, tuple[int, int | None]]
    ) -> None:
        """Draw ends of the ranges in to the example's sizes until the relation holds at every corner."""
        for corner in itertools.product((0, 1), repeat=len(joined)):
            for symbol, end in zip(joined, corner, strict=True):
                if self._holds_at(relation, joined, corner, found):
                    break
                low, high = found[symbol]
                found[symbol] = (self._hints[symbol], high) if end == 0 else (low, self._hints[symbol])

    def _holds_at(
        self,
        relation: Relation,
        joined: list[sympy.Symbol],
        corner: tuple[int, ...],
        found: dict[sympy.Symbol, tuple[int, int | None]],
    ) -> bool:
        values = dict(self._hints)
        for symbol, end in zip(joined, corner, strict=True):
            size = found[symbol][end]
            values[symbol] = MOST_TIMES * self._hints[symbol] if size is None else size
        return relation.holds(values, where_undefined=False)

    def range(self, symbol: sympy.Symbol) -> tuple[int, int | None]:
        """The sizes between which the inequalities that the trace relied on stay true, the other sizes being as in the
        example."""
        hint = self._hints[symbol]
        if not self._hold(self._bounds, symbol, hint):
            return 1, None
        lowest, below = hint, 0
        while lowest - below > 1:
            middle = (lowest + below) // 2
            lowest, below = (middle, below) if self._hold(self._bounds, symbol, middle) else (lowest, middle)
        low, high = hint, FAR
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._hold(self._bounds, symbol, middle) else (low, middle)
        return lowest, (None if low == FAR - 1 else low)

    def _hold(self, relations: list[Relation], symbol: sympy.Symbol, size: int) -> bool:
        values = {**self._hints, symbol: size}
        known = self._hints.keys()
        concerned = (r for r in relations if symbol in r.symbols and r.symbols <= known)
        return all(r.holds(values, where_undefined=relations is self._equations) for r in concerned)


def _is_exports_own(relation: Any) -> bool:
    """``torch.export`` takes sizes of 0 and 1 for constants, so it has every other size be at least 2."""
    symbol = next((side for side in relation.args if side.is_Symbol), None)
    number = next((side for side in relation.args if side.is_Integer), None)
    if symbol is None or number is None or not 0 <= int(number) <= 2:
        return False
    return bool(relation.xreplace({symbol: sympy.Integer(FAR)}) == sympy.true)  # `s <= 2` is the module's


def example_values(shape_env: Any) -> dict[sympy.Symbol, int]:
    """The example's value of each size symbol. Older versions of PyTorch have the second name only."""
    values = shape_env.backed_var_to_val if hasattr(shape_env, "backed_var_to_val") else shape_env.var_to_val
    return {symbol: int(value) for symbol, value in values.items()}


def bound_dimensions(tensors: Iterable[tuple[str, torch.Tensor]]) -> set[tuple[str, int]]:
    """``(path, axis)`` of input dimensions that the trace calls free but that have to keep the example's size."""
    listed = list(tensors)
    guards = Guards(t for _, t in listed)
    found: set[tuple[str, int]] = set()
    for path, tensor in listed:
        for axis, size in enumerate(tensor.shape):
            symbols: set[Any] = size.node.expr.free_symbols if isinstance(size, torch.SymInt) else set()
            if any(guards.step(s) is None for s in symbols):
                found.add((path, axis))
    return found


def spread_dimensions(tensors: Iterable[tuple[str, torch.Tensor]], graph: torch.fx.Graph) -> set[tuple[str, int]]:
    """``(path, axis)`` of input dimensions that have to keep the example's size, or ``graph`` would not say what is
    broadcast."""
    listed = list(tensors)
    spread = Guards(t for _, t in listed).spread(graph)
    return {
        (path, axis)
        for path, tensor in listed
        for axis, size in enumerate(tensor.shape)
        if isinstance(size, torch.SymInt) and size.node.expr.free_symbols & spread
    }


def admit(tensors: Iterable[tuple[str, torch.Tensor]], given: Iterable[torch.Tensor], graph: torch.fx.Graph) -> bool:
    """Whether a trace of inputs of other sizes (``tensors``, symbolic) is right for those that are given, and says so:
    they lie within the ranges and the steps that are made of its guards."""
    traced = [tensor for _, tensor in tensors]
    guards = Guards(traced)
    shapes = [Relation(e) for e in guards.of_shapes(graph)]
    sizes: dict[sympy.Symbol, int] = {}
    for tensor, actual in zip(traced, given, strict=True):
        for symbolic, size in zip(tensor.shape, actual.shape, strict=True):
            symbol = symbolic.node.expr if isinstance(symbolic, torch.SymInt) else sympy.Integer(symbolic)
            if symbol.is_Symbol and sizes.setdefault(symbol, size) != size:
                return False  # sizes that the trace has for one are two here
            if symbol.is_Integer and symbol != size:
                return False
    for symbol, (lowest, highest) in guards.ranges(sizes).items():
        if sizes[symbol] < lowest or (highest is not None and sizes[symbol] > highest):
            return False
        if sizes[symbol] % (guards.step(symbol) or 1):
            return False
    return all(r.holds(sizes, where_undefined=False) for r in shapes if r.symbols <= sizes.keys())
