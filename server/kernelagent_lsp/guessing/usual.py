"""Sizes, ranks and dtypes for what nothing tells, and how inputs are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kernelagent_lsp.guessing.parameters import WIDTH, given_number
from kernelagent_lsp.guessing.shapes import Shape, unify_shapes
from kernelagent_lsp.guessing.sizes import Dim, calculated, factors, unify
from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.values import Argument, Value

BATCH = 8
LENGTH = 16
_LARGEST = 4096
_INDEX_NAMES = re.compile(r"(.*_)?(ids?|idx|index|indices|tokens?|positions|labels?|timesteps?)")
_FORMS = {
    0: (),
    1: (WIDTH,),
    2: (BATCH, WIDTH),
    3: (BATCH, LENGTH, WIDTH),
    4: (BATCH, WIDTH, 0, 0),
    5: (2, WIDTH, 0, 0, 0),
}
"""By rank; zero is for height, width, depth."""


@dataclass
class Usual:
    source: Source
    given: Mapping[str, Value]
    """The constructor's arguments."""
    chosen: dict[int, int] = field(default_factory=dict)
    """By identity of a free size."""

    def settle_rank(self, argument: Argument) -> None:
        """Something has to be said of it: a batch of rows, or as many dimensions as are spoken of."""
        least = argument.shape.least_rank
        if argument.kind == "index" or _INDEX_NAMES.fullmatch(argument.name):
            argument.shape.set_rank(max(least, 2 if least != 1 or argument.kind == "index" else 1))
        else:
            argument.shape.set_rank(max(least, 2))

    def settle_parts(self, whole: Argument) -> None:
        """Indices that come in one tuple are as many each."""
        if any(part.kind != "index" for part in whole.parts):
            return
        known = [part for part in whole.parts if part.shape.rank is not None]
        for part in whole.parts if known else ():
            unify_shapes(part.shape, known[0].shape)

    def settle_mask(self, mask: Argument, first: Argument) -> None:
        """A mask that is not followed has a place for each row, or for each element of a sequence."""
        if not mask.name.endswith("mask") or mask.shape.rank not in (None, 2) or mask.parts or mask is first:
            return
        if mask.shape.rank is None:
            self.settle_rank(first) if first.shape.rank is None else None
            mask.shape.set_rank(2)
        if mask.shape.rank == 2 and mask.shape.at(1).root.value is None and (first.shape.rank or 0) >= 2:
            for place in range(2):
                unify(mask.shape.at(place), first.shape.at(place))

    def try_sizes(self, arguments: Sequence[Argument], spatial: int) -> bool:
        """Give each free size a usual value, with ``spatial`` for height and width."""
        self.chosen = {}
        for argument in arguments:
            for each in argument.parts or [argument]:
                if each.shape.rank is None:
                    self.settle_rank(each)
                rank = each.shape.rank or 0
                for place in range(rank):
                    self._choose(each, each.shape.at(place), place, rank, spatial)
        return True

    def _choose(self, argument: Argument, dim: Dim, place: int, rank: int, spatial: int) -> None:
        root = dim.root
        if root.value is not None or id(root) in self.chosen:
            return
        if root.made is not None:
            parts = factors(root)
            free = [part for part in parts if part.value is None and part.made is None]
            if root.made[0] == "*" and len(free) == 1 and id(free[0]) not in self.chosen:
                wanted = self._usual(argument, root.name, place, rank, spatial)
                for part in parts:
                    wanted //= part.value or 1
                self.chosen[id(free[0])] = max(wanted, 1)
            for part in root.made[1:]:
                self._choose(argument, part, place, rank, spatial)
            return
        self.chosen[id(root)] = self._usual(argument, root.name, place, rank, spatial)

    def _usual(self, argument: Argument, name: str, place: int, rank: int, spatial: int) -> int:
        known = self.given.get(name)
        if isinstance(known, int) and not isinstance(known, bool) and 0 < known <= _LARGEST:
            return known
        lowered = name.lower()
        if place == 0 and rank > 1:
            return self._constant(("batch_size", "bs", "BATCH_SIZE", "B", "N")) or (2 if rank == 5 else BATCH)
        if (constant := self._constant((name,))) is not None:
            return constant
        if rank >= 4 and place >= 2:
            return self._of_parameters(r"(image|img|input|spatial)_?(size|height|width|res.*)|resolution") or spatial
        if re.fullmatch(r"t|seq.*|time.*|.*len(gth)?|l|s|n|steps|tokens|frames", lowered) or (
            place == 1 and (rank == 3 or (rank == 2 and argument.kind == "index"))
        ):
            return (
                self._of_parameters(r"seq_?len(gth)?|sequence_length|context_?(len|length|size)?|block_size") or LENGTH
            )
        form = _FORMS.get(rank)
        return (form[place] if form is not None else 4) or spatial

    def _constant(self, names: Sequence[str]) -> int | None:
        for name in names:
            found = self.source.constants.get(name)
            if isinstance(found, ast.Constant) and type(found.value) is int and 0 < found.value <= _LARGEST:
                return found.value
        return None

    def _of_parameters(self, pattern: str) -> int | None:
        for name, value in self.given.items():
            if re.fullmatch(pattern, name.lower()):
                size = value[0] if isinstance(value, (tuple, list)) and value else value
                if isinstance(size, int) and not isinstance(size, bool) and 0 < size <= _LARGEST:
                    return size
        return None

    def size(self, dim: Dim) -> int:
        root = dim.root
        if (value := root.value) is not None:
            return max(value, 1)
        if id(root) in self.chosen:
            return self.chosen[id(root)]
        if root.made is not None:
            sign, left, right = root.made
            return max(calculated(sign, self.size(left), self.size(right)) or 1, 1)
        return BATCH

    def sizes(self, shape: Shape) -> list[int]:
        return [self.size(dim) for dim in shape.dims or ()]

    def settled(self, argument: Argument) -> Argument:
        """The same with numbers for sizes."""
        made = Argument(argument.name, Shape([Dim(size) for size in self.sizes(argument.shape)]), argument.kind)
        made.parts = [self.settled(part) for part in argument.parts]
        return made

    def written(self, argument: Argument) -> str:
        """The expression that makes it."""
        if argument.kind in ("number", "truth", "text"):
            return {"truth": "False", "text": "''"}.get(argument.kind) or given_number(argument.name).text
        if argument.parts:
            inner = ", ".join(self.written(part) for part in argument.parts)
            return f"({inner}{',' if len(argument.parts) == 1 else ''})"
        sizes = self.sizes(argument.shape)
        listed = ", ".join(map(str, sizes))
        if argument.kind == "index" or (argument.kind is None and _INDEX_NAMES.fullmatch(argument.name)):
            below = argument.below
            bound = self.size(below) if isinstance(below, Dim) else below
            return f"torch.randint(0, {bound or 10}, ({listed}{',' if len(sizes) == 1 else ''}))"
        if argument.kind == "bool" or (argument.kind is None and argument.name.endswith("mask")):
            return f"torch.ones({listed or '()'}, dtype=torch.bool)"
        return f"torch.randn({listed or '()'})"


def sizes_of(arguments: Sequence[Argument]) -> Iterator[int]:
    """Heights and widths to try: small ones first."""
    spatial = any((each.shape.rank or 0) >= 3 for argument in arguments for each in (argument.parts or [argument]))
    yield from (16, 32, 64, 128, 224, 299) if spatial else (16,)
