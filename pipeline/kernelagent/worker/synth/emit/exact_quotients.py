"""Quotients that a plan rounds to whole numbers or compares.

On a GPU ``/`` of float32 may be off by 2 units in the last place (``div.full.f32``), and what steps then steps
elsewhere. These are divided by ``tl.div_rn``, which is exact.
"""

from __future__ import annotations

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.ir import Map, Op, operands
from kernelagent.worker.synth.plan import Plan

QUOTIENTS = frozenset({"div", "reciprocal"})
_STEPS = frozenset(
    (
        *("floor", "ceil", "round", "trunc", "frac", "floor_div", "trunc_div", "remainder", "fmod", "sign"),
        *("eq", "ne", "lt", "le", "gt", "ge"),
    )
)


def exact_quotients(plan: Plan) -> frozenset[Op]:
    """Those on which a step rests."""
    reached: dict[Op, None] = {}
    waiting: list[Op] = [op for kernel in plan.kernels for op in kernel.placed if isinstance(op, Map) and _steps(op)]
    while waiting:
        for operand in operands(waiting.pop()):
            if operand.op not in reached:
                reached[operand.op] = None
                waiting.append(operand.op)
    return frozenset(op for op in reached if isinstance(op, Map) and op.fn in QUOTIENTS)


def quotient(op: Map, texts: list[str]) -> str:
    dividend, divisor = texts if op.fn == "div" else ("1.0", texts[0])
    return f"tl.div_rn({dividend}, {divisor})"


def _steps(op: Map) -> bool:
    return op.fn in _STEPS or (op.fn == "cast" and dtypes.is_float(op.compute) and not dtypes.is_float(op.dtype))
