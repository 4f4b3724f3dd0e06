"""Graph operators to loop-level IR. One file per family; a family is its import here and its rows in the registry."""

from __future__ import annotations

from kernelagent.worker.synth.lowering import (
    activations,
    contractions,
    convolutions,
    creation,
    gathers,
    norms,
    numbers,
    ordering,
    pointwise,
    pooling,
    randomness,
    recurrences,
    reductions,
    scans,
    scatters,
    views,
)
from kernelagent.worker.synth.lowering.program import Program, lower
from kernelagent.worker.synth.lowering.registry import LOWERINGS

WHOLE = frozenset(LOWERINGS)
"""Operators that capture need not decompose: ``aten.linear`` ..."""

FAMILIES = (
    activations,
    contractions,
    convolutions,
    creation,
    gathers,
    norms,
    numbers,
    ordering,
    pointwise,
    pooling,
    randomness,
    recurrences,
    reductions,
    scans,
    scatters,
    views,
)

__all__ = ["FAMILIES", "LOWERINGS", "WHOLE", "Program", "lower"]
