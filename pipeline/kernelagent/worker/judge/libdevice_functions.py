"""What libdevice's functions of bits, of integers and of conversions give, by NumPy; and those that PyTorch computes
less exactly or not at all.

Each takes NumPy's type of the result and then the operands, in the types of libdevice's own declaration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Function = Callable[..., Array]
_WAYS: dict[str, Callable[[Array], Array]] = {"rn": np.rint, "rz": np.trunc, "rd": np.floor, "ru": np.ceil}


def _plain(function: Function) -> Function:
    return lambda to, *operands: function(*operands)


def _wide(function: Function) -> Function:
    """Computed in float64, rounded once."""
    return lambda to, *operands: function(*(operand.astype(np.float64) for operand in operands))


def _viewed(to: Any, x: Array) -> Array:
    return np.ascontiguousarray(x).view(to)


def away_from_zero(x: Array) -> Array:
    """To the nearest integer, halves away from zero: by the exact rest, since ``x + 0.5`` may round up by itself."""
    whole = np.trunc(x)
    return np.copysign(np.where(np.abs(x - whole) >= 0.5, np.abs(whole) + 1, np.abs(whole)), x).astype(x.dtype)


def _integer(rounded: Callable[[Array], Array], is_signed: bool = True) -> Function:
    """As the GPU converts: to the nearest that there is; NaN to 0, to 2⁶³'s bit in 64 bits. Triton declares what is
    converted without a sign as signed."""

    def convert(declared: Any, x: Array) -> Array:
        to = np.dtype(f"{'i' if is_signed else 'u'}{declared.itemsize}")
        limits = np.iinfo(to)
        wide = rounded(x.astype(np.float64))
        # The largest float64 below the bound: 2⁶³ - 1 is none.
        inside = (wide > float(limits.min) - 1 if limits.bits < 64 else wide >= float(limits.min)) & (
            wide < float(limits.max) + 1 if limits.bits < 64 else wide < float(limits.max)
        )
        least, most = np.array(limits.min, to), np.array(limits.max, to)
        found = np.where(inside, wide, 0.0).astype(to)
        found = np.where(~inside & (wide > 0), most, np.where(~inside & (wide < 0), least, found))
        undefined = np.array(1 << 63, np.uint64).astype(to) if limits.bits == 64 else np.array(0, to)
        return np.where(np.isnan(wide), undefined, found).astype(to).view(declared)

    return convert


def _narrowed(way: str) -> Function:
    """To a floating type of fewer digits. Python compares integers and floating numbers exactly."""

    def convert(to: Any, x: Array) -> Array:
        with np.errstate(over="ignore"):
            near = x.astype(to)
        if way == "rn":
            return near
        exact, found = (x if x.dtype.kind == "f" else x.astype(object)), near.astype(np.float64)
        above = (found.astype(exact.dtype) > exact).astype(bool)
        below = (found.astype(exact.dtype) < exact).astype(bool)
        down = {"rd": above, "ru": np.zeros_like(above), "rz": above & (found > 0)}[way]
        up = {"ru": below, "rd": np.zeros_like(below), "rz": below & (found < 0)}[way]
        near = np.where(down, np.nextafter(near, np.array(-np.inf, to)), near)
        return np.where(up, np.nextafter(near, np.array(np.inf, to)), near)

    return convert


def _bits(x: Array) -> Array:
    """The lowest first, along a last axis of their own."""
    x = np.ascontiguousarray(x)
    return np.unpackbits(x.view(np.uint8).reshape(*x.shape, x.dtype.itemsize), axis=-1, bitorder="little")


def _reversed(x: Array) -> Array:
    return np.packbits(_bits(x)[..., ::-1], axis=-1, bitorder="little").copy().view(x.dtype)[..., 0]


def _leading_zeros(x: Array) -> Array:
    bits = _bits(x)
    return np.where(bits.any(-1), bits[..., ::-1].argmax(-1), bits.shape[-1])


def _first_set(x: Array) -> Array:
    bits = _bits(x)
    return np.where(bits.any(-1), bits.argmax(-1) + 1, 0)


def _high_product(x: Array, y: Array) -> Array:
    return (x.astype(object) * y.astype(object)) >> (8 * x.dtype.itemsize)


def _product_of_24_bits(to: Any, x: Array, y: Array) -> Array:
    shift = np.array(8, to)
    with np.errstate(over="ignore"):
        return ((x << shift) >> shift) * ((y << shift) >> shift)


def _modulo(to: Any, exact: Array) -> Array:
    """Integers of any size, as their lowest bits."""
    bits = np.iinfo(to).bits
    return (exact.astype(object) & ((1 << bits) - 1)).astype(np.uint64).astype(f"u{bits // 8}").view(to)


def _far(function: Callable[..., Array]) -> Function:
    """Integer arithmetic without bounds, of which the lowest bits stay."""
    return lambda to, *operands: _modulo(to, function(*(operand.astype(object) for operand in operands)))


def _sine_of_half_turns(x: Array) -> Array:
    turned = np.fmod(x, 2.0)
    return np.where(turned == np.trunc(turned), np.copysign(0.0, x) + 0.0 * turned, np.sin(np.pi * turned))


def _cosine_of_half_turns(x: Array) -> Array:
    turned = np.fmod(np.abs(x), 2.0)
    return np.where((turned == 0.5) | (turned == 1.5), 0.0, np.cos(np.pi * turned))


def _length(*parts: Array) -> Array:
    found: Array = np.abs(parts[0])
    for part in parts[1:]:
        found = np.hypot(found, part)
    return found


def _remainder(x: Array, y: Array) -> Array:
    def one(a: float, b: float) -> float:
        return math.remainder(a, b) if math.isfinite(a) and b != 0 else math.nan

    found: Array = np.frompyfunc(one, 2, 1)(x, y)
    return found.astype(np.float64)


def _exponent(x: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.where(np.isfinite(x) & (x != 0), np.frexp(x)[1] - 1.0, np.where(x == 0, -np.inf, np.abs(x)))


def _whole_exponent(to: Any, x: Array) -> Array:
    found, limits = _exponent(x.astype(np.float64)), np.iinfo(to)
    whole = np.where(np.isfinite(found), found, 0).astype(to)
    return np.where(np.isfinite(found), whole, np.where(found > 0, limits.max, limits.min))


def _joined(to: Any, high: Array, low: Array) -> Array:
    bits = (high.astype(np.uint32).astype(np.uint64) << np.uint64(32)) | low.astype(np.uint32).astype(np.uint64)
    return bits.view(np.float64)


def _inverse(function: Function) -> Function:
    def inverse(*operands: Array) -> Array:
        with np.errstate(divide="ignore"):
            return 1.0 / function(*operands)

    return inverse


FUNCTIONS: dict[str, Function] = {
    "clz": _plain(_leading_zeros),
    "popc": _plain(lambda x: _bits(x).sum(-1)),
    "ffs": _plain(_first_set),
    "brev": _plain(_reversed),
    "mulhi": lambda to, x, y: _modulo(to, _high_product(x, y)),
    "mul24": _product_of_24_bits,
    "sad": _far(lambda x, y, z: np.abs(x - y) + z),
    "hadd": _far(lambda x, y: (x + y) >> 1),
    "rhadd": _far(lambda x, y: (x + y + 1) >> 1),
    **{
        name: _viewed
        for name in ("int_as_float", "float_as_int", "uint_as_float", "float_as_uint", "longlong_as_double")
    },
    "double_as_longlong": _viewed,
    "hiloint2double": _joined,
    "double2loint": lambda to, x: (_viewed(np.uint64, x) & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(to),
    "double2hiint": lambda to, x: (_viewed(np.uint64, x) >> np.uint64(32)).astype(np.uint32).view(to),
    **{
        f"{source}2{target}_{way}": _integer(rounded, not target.startswith("u"))
        for source in ("float", "double")
        for target in ("int", "uint", "ll", "ull")
        for way, rounded in _WAYS.items()
    },
    **{
        f"{source}2{target}_{way}": _narrowed(way)
        for source, target in (
            *(("double", "float"), ("int", "float"), ("uint", "float"), ("ll", "float"), ("ull", "float")),
            *(("int", "double"), ("uint", "double"), ("ll", "double"), ("ull", "double")),
        )
        for way in _WAYS
    },
    "llrint": _integer(np.rint),
    "llround": _integer(away_from_zero),
    "round": _plain(away_from_zero),
    "rint": _plain(np.rint),
    "nearbyint": _plain(np.rint),
    "remainder": _wide(_remainder),
    "fmod": _plain(np.fmod),
    "ilogb": _whole_exponent,
    "logb": _plain(_exponent),
    "ldexp": _plain(np.ldexp),
    "scalbn": _plain(np.ldexp),
    "sinpi": _wide(_sine_of_half_turns),
    "cospi": _wide(_cosine_of_half_turns),
    "cbrt": _wide(np.cbrt),
    "rcbrt": _wide(_inverse(np.cbrt)),
    "exp10": _wide(lambda x: np.power(10.0, x)),
    "pow": _wide(np.power),
    "rsqrt_rn": _wide(_inverse(np.sqrt)),
    "rhypot": _wide(_inverse(_length)),
    **{f"norm{n}d": _wide(_length) for n in (3, 4)},
    **{f"rnorm{n}d": _wide(_inverse(_length)) for n in (3, 4)},
}
