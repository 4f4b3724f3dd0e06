"""One size of a tensor: known, free, or made of others by arithmetic that can be undone."""

from __future__ import annotations

import math
from collections.abc import Iterable

_MOST_STEPS = 64
"""How deep arithmetic is undone."""


class Dim:
    """A size. Where it must be a number, what it is made of is solved for; what does not fit is let be."""

    def __init__(self, value: int | None = None, name: str = "", made: tuple[str, Dim, Dim] | None = None) -> None:
        self._value = value
        self._same: Dim | None = None
        self.name = name
        """As the source calls it; may tell what it is: a batch, a length."""
        self.made = made

    @property
    def root(self) -> Dim:
        found = self
        while found._same is not None:
            found = found._same
        return found

    @property
    def value(self) -> int | None:
        return self._evaluated(_MOST_STEPS)

    def _evaluated(self, steps: int) -> int | None:
        root = self.root
        if root._value is not None or root.made is None or steps == 0:
            return root._value
        sign, left, right = root.made
        a, b = left._evaluated(steps - 1), right._evaluated(steps - 1)
        return None if a is None or b is None else calculated(sign, a, b)

    def require(self, value: int, steps: int = _MOST_STEPS) -> None:
        """It is ``value``, if it is anything yet."""
        root = self.root
        if value < 1 or steps == 0 or root.value is not None:
            return
        if root.made is None:
            root._value = value
        elif root.made[0] == "*":
            _solve_product(root, value, steps)
        else:
            sign, left, right = root.made
            a, b = left.value, right.value
            if a is None and b is not None:
                left.require({"+": value - b, "-": value + b, "//": value * b}[sign], steps - 1)
            elif b is None and a is not None and value:
                right.require({"+": value - a, "-": a - value, "//": a // value}[sign], steps - 1)

    def name_it(self, name: str) -> None:
        root = self.root
        root.name = root.name or name

    def is_made_of(self, other: Dim, steps: int = _MOST_STEPS) -> bool:
        root = self.root
        if root is other.root or steps == 0:
            return True
        return root.made is not None and any(part.is_made_of(other, steps - 1) for part in root.made[1:])


def unify(one: Dim, other: Dim) -> None:
    """Both are the same size from now on."""
    a, b = one.root, other.root
    if a is b:
        return
    if (known := b.value) is not None:
        a.require(known)
    elif (known := a.value) is not None:
        b.require(known)
    elif a.made is None and not b.is_made_of(a):
        a._same = b
        b.name = b.name or a.name
    elif b.made is None and not a.is_made_of(b):
        b._same = a
        a.name = a.name or b.name
    elif a.made is not None and b.made is not None:
        _unify_made(a, b)


def _unify_made(a: Dim, b: Dim) -> None:
    """Two products: what both have is left out, and a single free size on a side is the other side."""
    mine, others = factors(a), factors(b)
    for part in list(mine):
        twin = next((other for other in others if other.root is part.root), None)
        if twin is not None:
            mine.remove(part)
            others.remove(twin)
    if len(mine) == 1 and others and mine[0].root is not a:
        unify(mine[0], product(others))
    elif len(others) == 1 and mine and others[0].root is not b:
        unify(others[0], product(mine))


def calculated(sign: str, a: int, b: int) -> int | None:
    if sign == "//":
        return a // b if b else None
    found = {"+": a + b, "-": a - b, "*": a * b}[sign]
    return None if abs(found) >> 63 else found


def combined(sign: str, a: Dim | int, b: Dim | int) -> Dim:
    """``a + b`` and its like, of which one at least is a size."""
    left, right = as_dim(a), as_dim(b)
    if sign in ("*", "//") and right.value == 1:
        return left
    if sign in ("+", "-") and right.value == 0:
        return left
    if sign == "//":
        parts = factors(left)
        for part in parts:  # (a * b) // b
            if part.root is right.root:
                parts.remove(part)
                return product(parts)
    if (x := left.value) is not None and (y := right.value) is not None:
        return Dim(calculated(sign, x, y))
    return Dim(made=(sign, left, right))


def as_dim(value: Dim | int) -> Dim:
    return value if isinstance(value, Dim) else Dim(value)


def factors(dim: Dim) -> list[Dim]:
    root = dim.root
    if root._value is None and root.made is not None and root.made[0] == "*":
        return [*factors(root.made[1]), *factors(root.made[2])]
    return [root]


def product(dims: Iterable[Dim]) -> Dim:
    found: Dim | None = None
    for dim in dims:
        found = dim if found is None else combined("*", found, dim)
    return found if found is not None else Dim(1)


def window(size: Dim, kernel: int, stride: int, padding: int, dilation: int) -> Dim:
    """What a convolution or a pooling makes of ``size``."""
    inner = combined("+", size, 2 * padding - dilation * (kernel - 1) - 1)
    return combined("+", combined("//", inner, stride), 1)


def _solve_product(root: Dim, value: int, steps: int) -> None:
    """One unknown factor is what is left; several, as height and width, are equal."""
    unknown = []
    for part in factors(root):
        known = part.value
        if known is None:
            unknown.append(part)
        elif known and value % known == 0:
            value //= known
        else:
            return
    if not unknown:
        return
    side = round(value ** (1 / len(unknown)))
    if side ** len(unknown) == value:
        for part in unknown:
            part.require(side, steps - 1)
    elif len(unknown) == 2 and (divisor := next((d for d in range(math.isqrt(value), 0, -1) if value % d == 0), 0)):
        unknown[0].require(value // divisor, steps - 1)
        unknown[1].require(divisor, steps - 1)
