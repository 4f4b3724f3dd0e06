"""What a kernel's tile looks like while its body is written: axes, index variables, masks, scopes, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernelagent.worker.synth.index import Index, Ranges


@dataclass(frozen=True)
class Var:
    """A value in the kernel's text."""

    text: str
    axes: frozenset[str]
    """Tile axes along which it varies."""
    dtype: str
    """Register dtype."""
    zeroed: bool = False
    """Loaded so that it is 0 wherever a mask leaves it out."""


@dataclass
class Scope:
    """A run of lines at one depth; values that vary along ``axes`` only may be computed in it."""

    axes: frozenset[str]
    lines: list[str]
    indent: int
    memo: dict[Any, Var] = field(default_factory=dict)

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line if line else "")


@dataclass
class Tile:
    """The index variables of one region of a kernel."""

    domain: Index
    """For each dimension of the kernel's domain its value over the tile variables."""
    ranges: Ranges
    names: Mapping[Any, str]
    """Tile variable → its text here."""
    axis_of: Mapping[Any, str]
    """Tile variable → the axis that it runs along."""
    masks: Mapping[str, str]
    """Axis → text of its mask; missing where the axis always fits."""
    scopes: list[Scope]
    """Outermost first."""

    def axes_in(self, expression: Any) -> frozenset[str]:
        return frozenset(self.axis_of[s] for s in expression.free_symbols if s in self.axis_of)

    def scope_for(self, axes: frozenset[str]) -> Scope:
        return next(s for s in self.scopes if axes <= s.axes)
