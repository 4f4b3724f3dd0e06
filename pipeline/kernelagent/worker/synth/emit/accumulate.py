"""How the values of a reduction are gathered, one block after another."""

from __future__ import annotations

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.ir import Reduce

_INTEGER_BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def neutral(op: Reduce) -> str:
    """What leaves the reduction as it is."""
    dtype = dtypes.register(op.dtype)
    if op.fn == "sum":
        return "0.0" if dtypes.is_float(dtype) else "0"
    if op.fn == "prod":
        return "1.0" if dtypes.is_float(dtype) else "1"
    if dtypes.is_float(dtype):
        return 'float("-inf")' if op.fn == "max" else 'float("inf")'
    if dtype == "uint8":
        return "0" if op.fn == "max" else "255"
    top = (1 << (_INTEGER_BITS[dtype] - 1)) - 1
    return f"-{top} - 1" if op.fn == "max" else str(top)


def accumulated(fn: str, accumulator: str, value: str) -> str:
    """The statement that takes ``value`` into ``accumulator``."""
    if fn in ("sum", "prod"):
        return f"{accumulator} {'+' if fn == 'sum' else '*'}= {value}"
    return f"{accumulator} = tl.{'maximum' if fn == 'max' else 'minimum'}({accumulator}, {value})"
