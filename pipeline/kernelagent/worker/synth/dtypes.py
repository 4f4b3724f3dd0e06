"""dtypes by name: categories, promotion as PyTorch promotes, and the types that kernels compute in."""

from __future__ import annotations

from collections.abc import Sequence

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
SUPPORTED = ("bool", *INTEGERS, *FLOATS)

BYTES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
}

NUMBER, SCALAR, TENSOR = 0, 1, 2
"""How an operand takes part in promotion: a Python number, a tensor of no dimensions, any other tensor."""


def is_float(dtype: str) -> bool:
    return dtype in FLOATS


def is_half(dtype: str) -> bool:
    return dtype in ("float16", "bfloat16")


def category(dtype: str) -> int:
    return 0 if dtype == "bool" else 1 if dtype in INTEGERS else 2


def register(dtype: str) -> str:
    """The type that values of ``dtype`` have inside a kernel: halves are widened as they are loaded."""
    return "float32" if is_half(dtype) else dtype


def triton_name(dtype: str) -> str:
    return {"bool": "tl.int1"}.get(dtype, f"tl.{dtype}")


def promote(operands: Sequence[tuple[str, int]]) -> str:
    """``torch.result_type``: of operands of a category, tensors win over scalars and scalars over numbers; a higher
    category (bool < integer < float) wins over a lower one. Each operand is ``(dtype, rank kind)``."""
    result: str | None = None
    for kind in (TENSOR, SCALAR, NUMBER):
        for dtype, operand_kind in operands:
            if operand_kind != kind:
                continue
            if result is None or kind == TENSOR:
                result = dtype if result is None else promote_pair(result, dtype)
        if kind != TENSOR:
            same_kind = [d for d, k in operands if k == kind]
            if same_kind and result is not None:
                joined = same_kind[0]
                for dtype in same_kind[1:]:
                    joined = promote_pair(joined, dtype)
                if category(joined) > category(result):
                    result = joined
    assert result is not None
    return result


def promote_pair(a: str, b: str) -> str:
    """``torch.promote_types``"""
    if a == b:
        return a
    if is_float(a) and is_float(b):
        if is_half(a) and is_half(b):
            return "float32"
        return max(a, b, key=lambda d: BYTES[d])
    if is_float(a) or is_float(b):
        return a if is_float(a) else b
    if "bool" in (a, b):
        return b if a == "bool" else a
    if "uint8" in (a, b):
        other = b if a == "uint8" else a
        return "int16" if other == "int8" else other
    return max(a, b, key=lambda d: BYTES[d])


def number_dtype(value: object) -> str:
    """dtype of a Python number in promotion."""
    if isinstance(value, bool):
        return "bool"
    return "int64" if isinstance(value, int) else "float32"
