"""How the values of a reduction are gathered, one block after another."""

from __future__ import annotations

from kernelagent.worker.synth import dtypes

_INTEGER_BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def neutral(fn: str, dtype: str) -> str:
    """What leaves a reduction or a scan by ``fn`` as it is; ``dtype`` is what is held in registers."""
    if fn == "sum":
        return "0.0" if dtypes.is_float(dtype) else "0"
    if fn == "prod":
        return "1.0" if dtypes.is_float(dtype) else "1"
    if dtypes.is_float(dtype):
        return 'float("inf")' if fn == "min" else 'float("-inf")'
    if dtype == "uint8":
        return "0" if fn == "max" else "255"
    top = (1 << (_INTEGER_BITS[dtype] - 1)) - 1
    return f"-{top} - 1" if fn == "max" else str(top)


def accumulated(fn: str, accumulator: str, value: str) -> str:
    """The statement that takes ``value`` into ``accumulator``."""
    if fn in ("sum", "prod"):
        return f"{accumulator} {'+' if fn == 'sum' else '*'}= {value}"
    return f"{accumulator} = tl.{'maximum' if fn == 'max' else 'minimum'}({accumulator}, {value})"
