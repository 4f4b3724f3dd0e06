"""What the names of a source stand for while it is followed: numbers and texts are themselves, the rest is here."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim

Kind = Literal["float", "index", "bool", "int", "number", "truth", "tuple", "none", "text"]
"""Of an input: tensors of floats, indices, truth values, integers; a plain number or truth value; several of them."""


class Unknown:
    """What could not be followed."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(eq=False)
class Argument:
    """One input of ``forward``."""

    name: str
    shape: Shape = field(default_factory=Shape)
    kind: Kind | None = None
    below: Dim | int | None = None
    """Indices: of what."""
    parts: list[Argument] = field(default_factory=list)
    """Where it is a tuple of tensors."""
    is_rest: bool = False
    """One of those that ``*name`` takes."""

    def is_a(self, kind: Kind) -> None:
        self.kind = self.kind or kind


@dataclass(eq=False)
class Tensor:
    shape: Shape = field(default_factory=Shape)
    argument: Argument | None = None
    """Whose values these are, element for element."""


@dataclass(eq=False)
class Layer:
    """One of ``torch.nn``'s, or of a library that is not read, with what it was made with."""

    name: str
    args: list[Any]
    kwargs: dict[str, Any]

    def get(self, place: int, name: str, default: Any = UNKNOWN) -> Any:
        if place < len(self.args):
            return self.args[place]
        return self.kwargs.get(name, default)

    def number(self, place: int, name: str, default: int) -> int:
        found = self.get(place, name, default)
        if isinstance(found, (list, tuple)) and found:
            found = found[0]
        return found if isinstance(found, int) else default


@dataclass(eq=False)
class Sequence_:
    """Layers one after the other."""

    layers: list[Any]


@dataclass(eq=False)
class Instance:
    """An object of a class that is read."""

    node: ast.ClassDef
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Record:
    """A settings object: what is asked of it that it does not have is guessed by name."""

    attributes: dict[str, Any] = field(default_factory=dict)
    invented: dict[str, str] = field(default_factory=dict)
    """What was asked, as it would be written."""


@dataclass(eq=False)
class Function:
    node: ast.FunctionDef | ast.Lambda
    around: Mapping[str, Any]
    of: Instance | None = None


@dataclass(eq=False)
class Named:
    """A dotted name of another module: ``torch.nn.functional.relu``."""

    dotted: str

    @property
    def last(self) -> str:
        return self.dotted.rpartition(".")[2]


@dataclass(eq=False)
class ShapeOf:
    """``x.shape`` before it is looked into."""

    tensor: Tensor


Value = Any
