"""What einsum's and einops' patterns say of shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, product, unify
from kernelagent_lsp.guessing.values import Tensor, Value

_GROUP = re.compile(r"\(([^()]*)\)|(\S+)")


def einsum(equation: str, operands: Sequence[Value]) -> Tensor:
    """``"bhid,bhjd->bhij"``; with names of axes where einops writes them."""
    taken, arrow, given = equation.replace(" ", " ").partition("->")
    words = " " in equation.replace(", ", ",").replace(" ->", "->").replace("-> ", "->").strip()
    axes: dict[str, Dim] = {}
    for text, operand in zip(taken.split(","), operands, strict=False):
        letters = text.split() if words else list(text.strip().replace("...", "…"))
        if isinstance(operand, Tensor):
            _place(letters, operand.shape, axes)
    if not arrow:
        return Tensor()
    letters = given.split() if words else list(given.strip().replace("...", "…"))
    if any(letter in ("…", "...") for letter in letters):
        return Tensor()
    return Tensor(Shape([axes.setdefault(letter, Dim(name=letter)) for letter in letters]))


def _place(letters: Sequence[str], shape: Shape, axes: dict[str, Dim]) -> None:
    """Name the sizes of ``shape``; what stands for any number of dimensions is passed over."""
    if "…" in letters or "..." in letters:
        gap = next(place for place, letter in enumerate(letters) if letter in ("…", "..."))
        for place, letter in enumerate(letters[:gap]):
            unify(axes.setdefault(letter, Dim(name=letter)), shape.at(place))
        for place, letter in enumerate(reversed(letters[gap + 1 :])):
            unify(axes.setdefault(letter, Dim(name=letter)), shape.at(-1 - place))
        return
    shape.set_rank(len(letters))
    if shape.rank == len(letters):
        for place, letter in enumerate(letters):
            unify(axes.setdefault(letter, Dim(name=letter)), shape.at(place))


def rearranged(pattern: str, tensor: Value, sizes: Mapping[str, Value]) -> Tensor:
    """``"b (h w) c -> b c h w"``, of ``rearrange``, ``repeat`` and ``reduce``."""
    before, arrow, after = pattern.partition("->")
    if not arrow or not isinstance(tensor, Tensor):
        return Tensor()
    axes: dict[str, Dim] = {
        name: as_dim(size) for name, size in sizes.items() if isinstance(size, (int, Dim)) and size is not True
    }
    groups = _groups(before)
    lead: list[Dim] | None = None
    if ["..."] in groups:
        gap = groups.index(["..."])
        dims = tensor.shape.dims
        if dims is not None and len(dims) >= len(groups) - 1:
            lead = dims[gap : len(dims) - (len(groups) - 1 - gap)]
        for place, group in enumerate(groups[:gap]):
            unify(tensor.shape.at(place), _size(group, axes))
        for place, group in enumerate(reversed(groups[gap + 1 :])):
            unify(tensor.shape.at(-1 - place), _size(group, axes))
    else:
        tensor.shape.set_rank(len(groups))
        if tensor.shape.rank == len(groups):
            for place, group in enumerate(groups):
                unify(tensor.shape.at(place), _size(group, axes))
    made: list[Dim] = []
    for group in _groups(after):
        if "..." in group:
            if lead is None:
                return Tensor()
            made += lead if group == ["..."] else [product(lead)]
        else:
            made.append(_size(group, axes))
    return Tensor(Shape(made))


def _groups(side: str) -> list[list[str]]:
    return [
        [word for word in (match[1] if match[1] is not None else match[2]).split()] for match in _GROUP.finditer(side)
    ]


def _size(group: Sequence[str], axes: dict[str, Dim]) -> Dim:
    return product(Dim(int(name)) if name.isdecimal() else axes.setdefault(name, Dim(name=name)) for name in group)
