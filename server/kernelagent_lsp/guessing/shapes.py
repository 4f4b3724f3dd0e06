"""A tensor's shape while it is found out: how many dimensions, and which sizes from the front and from the back."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing.sizes import Dim, unify


class Shape:
    """Of unknown rank until something says it. ``base``: another one's shape, but for the last size. ``made_of``: one
    that has as many dimensions as this one, and ``more_there``."""

    def __init__(
        self,
        dims: Sequence[Dim] | None = None,
        base: Shape | None = None,
        made_of: Shape | None = None,
        more_there: int = 0,
    ) -> None:
        self._dims: list[Dim] | None = None if dims is None else list(dims)
        self._front: list[Dim] = []
        self._back: list[Dim] = []
        """The last size first."""
        self._base = base
        self._same: Shape | None = None
        self._made_of = made_of
        self._more_there = more_there

    @property
    def root(self) -> Shape:
        found = self
        while found._same is not None:
            found = found._same
        return found

    @property
    def rank(self) -> int | None:
        root = self.root
        if root._dims is not None:
            return len(root._dims)
        return root._base.rank if root._base is not None else None

    @property
    def dims(self) -> list[Dim] | None:
        root = self.root
        if root._dims is None and root._base is not None and (rank := root._base.rank):
            return [root.at(i) for i in range(rank)]
        return root._dims

    def at(self, index: int) -> Dim:
        """The size at ``index``, which may count from the back. Where there is none such, a size by itself."""
        root = self.root
        if root._dims is not None:
            return root._dims[index] if -len(root._dims) <= index < len(root._dims) else Dim()
        if root._base is not None:
            rank = root._base.rank
            if index == -1 or (rank is not None and index == rank - 1):
                if not root._back:
                    root._back.append(Dim())
                return root._back[0]
            return root._base.at(index)
        sizes, place = (root._front, index) if index >= 0 else (root._back, -1 - index)
        if place > 8:
            return Dim()
        while len(sizes) <= place:
            sizes.append(Dim())
        return sizes[place]

    def set_rank(self, rank: int) -> None:
        """It has ``rank`` dimensions, if that is not known to be otherwise."""
        root = self.root
        if root._base is not None:
            root._base.set_rank(rank)
        elif root._dims is None and 0 <= rank <= 8:
            dims = [Dim() for _ in range(rank)]
            for place, dim in enumerate(root._front[:rank]):
                dims[place] = dim
            for place, dim in enumerate(root._back[:rank]):
                unify(dims[rank - 1 - place], dim)
            root._dims = dims
            if root._made_of is not None:
                root._made_of.set_rank(rank + root._more_there)

    @property
    def least_rank(self) -> int:
        """The rank that is told so far: sizes from the front are others than those from the back."""
        root = self.root
        if root._dims is not None:
            return len(root._dims)
        if root._base is not None:
            return max(1, root._base.least_rank)
        return len(root._front) + len(root._back)

    def with_last(self, last: Dim) -> Shape:
        """The same but for the last size."""
        if self.dims is not None:
            return Shape([*self.dims[:-1], last])
        made = Shape(base=self.root)
        made._back.append(last)
        return made


def unify_shapes(one: Shape, other: Shape) -> None:
    """Both are of the same shape, but for sizes of one, which are broadcast."""
    a, b = one.root, other.root
    if a is b or b._base is a or a._base is b:
        return
    if a.rank is None and b.rank is not None:
        a.set_rank(b.rank)
    elif b.rank is None and a.rank is not None:
        b.set_rank(a.rank)
    if a.dims is not None and b.dims is not None:
        broadcast(a, b)
        return
    for place in range(len(a._front)):
        unify(a._front[place], b.at(place))
    for place in range(len(a._back)):
        unify(a._back[place], b.at(-1 - place))
    if a._base is None and a not in _chain(b):
        _become(a, b)
    elif b._base is None and b not in _chain(a):
        _become(b, a)


def _become(one: Shape, other: Shape) -> None:
    """From now on ``one`` is ``other``."""
    one._same = other
    if other._made_of is None:
        other._made_of, other._more_there = one._made_of, one._more_there


def _chain(shape: Shape) -> list[Shape]:
    """``shape`` and those that it rests on."""
    found = [shape.root]
    while (base := found[-1]._base) is not None and base.root not in found:
        found.append(base.root)
    return found


def broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of ``one + other``."""
    if one.root is other.root:
        return one
    a, b = one.dims, other.dims
    if a is None and b is None:
        unify_shapes(one, other)
        return one
    if a is None or b is None:
        known, free = (a, other) if a is not None else (b, one)
        for place, dim in enumerate(reversed(known or [])):
            if dim.value != 1:
                unify(free.at(-1 - place), dim)
        return free
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    made = longer[: len(longer) - len(shorter)]
    for x, y in zip(longer[len(made) :], shorter, strict=True):
        if x.value == 1:
            made.append(y)
        elif y.value == 1:
            made.append(x)
        else:
            unify(x, y)
            made.append(x)
    return Shape(made)
