"""The equations between sizes that a trace relied on. ``torch.export`` keeps them as guards, not as ranges: two halves
of a dimension are equal only if it is even, a ``view`` may need a multiple of twelve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
import torch

PROBES = (1, 2, 3, 5, 7)


class Guards:
    """Of one exported program."""

    def __init__(self, tensors: Iterable[torch.Tensor]):
        sizes: list[Any] = [s for t in tensors for s in t.shape if isinstance(s, torch.SymInt)]
        environment = sizes[0].node.shape_env if sizes else None
        guards = [] if environment is None else [g.expr for g in environment.guards]
        self._equations = [e for e in guards if isinstance(e, sympy.Eq)]
        self._hints = {} if environment is None else example_values(environment)

    def step(self, symbol: sympy.Symbol) -> int | None:
        """The smallest step in which the size may change with every equation still true, the other sizes being as in
        the
        example; ``None`` where only the example's own size will do."""
        hint = self._hints[symbol]
        equations = [e for e in self._equations if symbol in e.free_symbols and e.free_symbols <= set(self._hints)]

        def holds(size: int) -> bool:
            values = {s: sympy.Integer(v) for s, v in {**self._hints, symbol: size}.items()}
            return all(e.xreplace(values) == sympy.true for e in equations)

        if not holds(hint):
            return 1  # an equation that can't be evaluated here tells nothing
        steps = (m for m in range(1, hint + 1) if hint % m == 0)
        return next((m for m in steps if all(holds(m * k) for k in PROBES)), None)


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
