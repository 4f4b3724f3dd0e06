"""What kernels must compute in for the dtypes of a problem: said in prompts, and written in their examples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

SINGLE = frozenset({"float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"})
"""Those that float32 is wide enough for."""
DOUBLE = "float64"


def is_real(dtype: str) -> bool:
    return dtype in SINGLE or dtype == DOUBLE


def is_whole(dtype: str) -> bool:
    """An integer or bool."""
    return dtype == "bool" or dtype.startswith(("int", "uint"))


def leading(dtypes: Iterable[str]) -> str:
    """That of the numbers that a module is about: its widest floating point, else the first that is given."""
    given = list(dtypes)
    reals = [dtype for dtype in given if is_real(dtype)]
    return DOUBLE if DOUBLE in reals else next(iter(reals or given), "float32")


def accumulator(dtype: str) -> str:
    """What numbers of ``dtype`` are summed in."""
    return "int64" if is_whole(dtype) else DOUBLE if dtype == DOUBLE else "float32"


def sums(dtypes: Collection[str]) -> str:
    """In sentences; of every kind where nothing is known of the problem."""
    return " ".join(_sums(dtypes or ("float32", DOUBLE, "int64")))


def _sums(dtypes: Collection[str]) -> Iterator[str]:
    singles, wholes = any(d in SINGLE for d in dtypes), any(map(is_whole, dtypes))
    if DOUBLE not in dtypes and not wholes:
        yield "Accumulate in float32."
        return
    if singles:
        yield "Accumulate float32 and narrower floating point in float32."
    if DOUBLE in dtypes:
        yield (
            "Accumulate float64 in float64; nothing on its way may be float32: no tl.zeros, no conversion, and no "
            "Python float among a kernel's arguments, which arrives as float32 unless its parameter is tl.constexpr."
        )
    if wholes:
        yield (
            "Results that are integers or bool have to be exact: compute them in integers, never by way of floating "
            "point; sums, products and running sums of them are int64, as PyTorch's are."
        )


def products(dtypes: Collection[str], dot: str) -> str:
    """How matrices are multiplied; ``dot`` is how those of float32 are."""
    known = dtypes or ("float32", DOUBLE, "int64")
    told = []
    if any(d in SINGLE for d in known):
        told.append(f"For float32 matrix products use {dot}")
    if any(d == DOUBLE or is_whole(d) for d in known):
        told.append(
            "Matrices of float64 or of integers are multiplied without tl.dot, in small blocks: "
            "tl.sum(a[:, :, None] * b[None, :, :], axis=1), converted to the type that is accumulated in before."
        )
    return " ".join(told)
