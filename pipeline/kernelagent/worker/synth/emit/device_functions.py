"""Functions that Triton's language lacks, as ``@triton.jit`` source that is copied into the files that use them.

Each keeps float32's (and float64's) relative accuracy where the plain formula would lose it.
"""

from __future__ import annotations

import re

SOURCES: dict[str, str] = {
    "_expm1": '''
@triton.jit
def _expm1(x):
    """exp(x) - 1 without cancellation near 0 (W. Kahan: the error of exp is divided out by log)."""
    u = tl.exp(x)
    near = tl.where(u == 1.0, x, (u - 1.0) * x / tl.log(tl.where(u == 1.0, 2.0, u)))
    return tl.where(tl.abs(x) < 0.5, near, u - 1.0)
''',
    "_log1p": '''
@triton.jit
def _log1p(x):
    """log(1 + x) without cancellation near 0 (W. Kahan: the rounding of 1 + x is divided out)."""
    u = 1.0 + x
    far = (x > 1e7) | (u == 1.0)
    near = tl.log(u) * (x / tl.where(far, 1.0, u - 1.0))
    return tl.where(u == 1.0, x, tl.where(far, tl.log(u), near))
''',
    "_tanh": """
@triton.jit
def _tanh(x):
    t = _expm1(-2.0 * tl.abs(x))
    y = -t / (t + 2.0)
    return tl.where(x < 0, -y, y)
""",
    "_mish": '''
@triton.jit
def _mish(x):
    """x * tanh(log(1 + exp(x))), with the hyperbolic tangent of the logarithm multiplied out."""
    e = tl.exp(tl.minimum(x, 20.0))
    n = e * (e + 2.0)
    return tl.where(x > 20.0, x, x * (n / (n + 2.0)))
''',
    "_sinh": """
@triton.jit
def _sinh(x):
    return 0.5 * (_expm1(x) - _expm1(-x))
""",
    "_asinh": """
@triton.jit
def _asinh(x):
    a = tl.abs(x)
    y = _log1p(a + a * a / (1.0 + tl.sqrt(a * a + 1.0)))
    y = tl.where(a > 1e15, tl.log(a) + 0.6931471805599453, y)
    return tl.where(x < 0, -y, y)
""",
    "_erfc": '''
@triton.jit
def _erfc(x):
    """1 - erf(x) with all its digits where it is small (W. J. Cody, "Rational Chebyshev approximations for the error
    function", Math. Comp. 23, 1969): rational functions of |x| and of 1 / x^2 times exp(-x^2), whose square is split
    so that rounding it costs nothing."""
    y = tl.abs(x)
    y = tl.where(y > 30.0, 30.0, y)
    n = ((2.15311535474403846e-8 * y + 5.64188496988670089e-1) * y + 8.88314979438837594) * y
    n = (((n + 66.1191906371416295) * y + 298.635138197400131) * y + 881.952221241769090) * y
    n = ((n + 1712.04761263407058) * y + 2051.07837782607147) * y + 1230.33935479799725
    d = (((y + 15.7449261107098347) * y + 117.693950891312499) * y + 537.181101862009858) * y
    d = (((d + 1621.38957456669019) * y + 3290.79923573345963) * y + 4362.61909014324716) * y
    d = (d + 3439.36767414372164) * y + 1230.33935480374942
    z = 1.0 / tl.where(y > 4.0, y * y, 16.0)
    p = ((1.63153871373020978e-2 * z + 3.05326634961232344e-1) * z + 3.60344899949804439e-1) * z
    p = ((p + 1.25781726111229246e-1) * z + 1.60837851487422766e-2) * z + 6.58749161529837803e-4
    q = (((z + 2.56852019228982242) * z + 1.87295284992346725) * z + 5.27905102951428412e-1) * z
    q = (q + 6.05183413124413191e-2) * z + 2.33520497626869185e-3
    far = (0.5641895835477563 - z * p / q) / tl.where(y > 4.0, y, 4.0)
    whole = tl.floor(y * 16.0) * 0.0625
    r = tl.exp(-whole * whole) * tl.exp((whole - y) * (whole + y)) * tl.where(y > 4.0, far, n / d)
    return tl.where(y <= 0.46875, 1.0 - tl.erf(x), tl.where(x < 0, 2.0 - r, r))
''',
    "_atan": '''
@triton.jit
def _atan(x):
    """Cephes' atanf: the argument is reduced to |x| < tan(pi/8), then a polynomial. One Newton step makes it good for
    float64 too."""
    a = tl.abs(x)
    big = a > 2.414213562373095
    mid = (a > 0.4142135623730950) & (a <= 2.414213562373095)
    t = tl.where(big, -1.0 / tl.where(big, a, 1.0), tl.where(mid, (a - 1.0) / (a + 1.0), a))
    z = t * t
    p = ((8.05374449538e-2 * z - 1.38776856032e-1) * z + 1.99777106478e-1) * z - 3.33329491539e-1
    y = p * z * t + t
    if x.dtype == tl.float64:
        y = y - tl.cos(y) * (tl.sin(y) - t * tl.cos(y))
    y = tl.where(big, y + 1.5707963267948966, tl.where(mid, y + 0.7853981633974483, y))
    return tl.where(x < 0, -y, y)
''',
    "_asin": """
@triton.jit
def _asin(x):
    root = tl.sqrt((1.0 - x) * (1.0 + x))
    edge = root == 0.0
    return tl.where(edge, x * 1.5707963267948966, _atan(x / tl.where(edge, 1.0, root)))
""",
    "_atan2": '''
@triton.jit
def _atan2(y, x):
    """Zeros have a sign as well, and two infinities make half a right angle."""
    above, along = tl.abs(y), tl.abs(x)
    quotient = tl.where(above == along, 1.0, above / tl.where(x == 0, 1.0, along))
    upright = tl.where(y == y, along + 1.5707963267948966, y)
    angle = tl.where(x == 0, tl.where(y == 0, along, upright), _atan(quotient))
    bits = tl.int32 if x.dtype == tl.float32 else tl.int64
    angle = tl.where(x.to(bits, bitcast=True) < 0, 3.141592653589793 - angle, angle)
    return tl.where(y.to(bits, bitcast=True) < 0, -angle, angle)
''',
    "_round": '''
@triton.jit
def _round(x):
    """To the nearest integer, halves to even."""
    r = tl.floor(x + 0.5)
    tie = (r - x == 0.5) & (r != 2.0 * tl.floor(r * 0.5))
    r = tl.where(tie, r - 1.0, r)
    limit = 8388608.0 if x.dtype == tl.float32 else 4503599627370496.0  # beyond, every float is an integer
    return tl.where(tl.abs(x) < limit, r, x)
''',
    "_floor_div": '''
@triton.jit
def _floor_div(a, b):
    """Integer quotient rounded down; Triton's own rounds towards zero."""
    q = a // b
    r = a - q * b
    return tl.where((r != 0) & ((r < 0) != (b < 0)), q - 1, q)
''',
    "_remainder": '''
@triton.jit
def _remainder(a, b):
    """Integer remainder with the divisor's sign."""
    r = a - (a // b) * b
    return tl.where((r != 0) & ((r < 0) != (b < 0)), r + b, r)
''',
    "_fmod": '''
@triton.jit
def _fmod(a, b):
    """Integer remainder with the dividend's sign."""
    r = a - (a // b) * b
    return tl.where((r != 0) & ((r < 0) != (a < 0)), r - b, r)
''',
    "_float_remainder": '''
@triton.jit
def _float_remainder(a, b):
    """Remainder with the divisor's sign; a % b itself is exact and has the dividend's."""
    r = a % b
    return tl.where((r != 0) & ((r < 0) != (b < 0)), r + b, r)
''',
    "_float_floor_div": '''
@triton.jit
def _float_floor_div(a, b):
    """Quotient rounded down by way of the exact remainder: a / b alone may round up to the next integer."""
    r = a % b
    q = (a - r) / b
    q = tl.where((r != 0) & ((r < 0) != (b < 0)), q - 1.0, q)
    f = tl.floor(q)
    return tl.where(b == 0, a / b, tl.where(q - f > 0.5, f + 1.0, f))
''',
    "_pow": '''
@triton.jit
def _pow(x, y):
    """x ** y through float64's exp and log: the relative error of exp(y * log(x)) grows with |y * log(x)|."""
    base = x.to(tl.float64)
    exponent = y.to(tl.float64)
    whole = tl.floor(exponent) == exponent
    odd = whole & (2.0 * tl.floor(exponent * 0.5) != exponent)
    size = tl.exp(exponent * tl.log(tl.abs(base)))
    out = tl.where((base < 0) & odd, -size, size)
    out = tl.where((base < 0) & (whole == 0), float("nan"), out)
    return tl.where((exponent == 0) | (base == 1.0), 1.0, out)
''',
    "_multiply": """
@triton.jit
def _multiply(a, b):
    return a * b
""",
    "_larger": '''
@triton.jit
def _larger(a, b):
    """The larger one; NaN if either is."""
    return tl.where((a > b) | (a != a), a, b)
''',
    "_smaller": '''
@triton.jit
def _smaller(a, b):
    """The smaller one; NaN if either is."""
    return tl.where((a < b) | (a != a), a, b)
''',
    "_log_add": '''
@triton.jit
def _log_add(a, b):
    """log(exp(a) + exp(b)), which overflows only where its result does."""
    top = tl.where((a > b) | (a != a), a, b)
    apart = tl.where(a == b, 0.0, -tl.abs(a - b))
    return top + _log1p(tl.exp(apart))
''',
}


def with_dependencies(names: set[str]) -> list[str]:
    """``names`` and what they call, callees first."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        for other in SOURCES:
            if other != name and re.search(rf"\b{other}\(", SOURCES[name]):
                visit(other)
        order.append(name)

    for name in sorted(names):
        visit(name)
    return order
