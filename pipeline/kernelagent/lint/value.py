"""What is known of a value in a kernel, without running it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any


class Kind(Enum):
    CONSTANT = "constant"
    """Known when the kernel is compiled."""
    SCALAR = "scalar"
    """One number, known when the kernel runs."""
    BLOCK = "block"
    """A block of numbers or of pointers."""
    ARGUMENT = "argument"
    """A parameter, and what is made of parameters alone: a number or a pointer, in a helper perhaps a block."""
    BLOCK_POINTER = "block pointer"
    UNKNOWN = "unknown"


class Rest(Enum):
    """What stands in those elements of a block that a mask has kept from being loaded."""

    UNDEFINED = "undefined"
    SOMETHING = "something"
    """A number other than a constant: not zero in general."""


Fill = float | Rest


@dataclass(frozen=True)
class Tail:
    """The masked-off elements along one axis."""

    fill: Fill
    offsets: int
    """Identity of the offsets that the mask bounds."""
    load: ast.Call


_NONE: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Value:
    kind: Kind
    identity: int = 0
    """Two values with one identity are the same numbers."""
    dtype: str | None = None
    rank: int | None = None
    varies: frozenset[int] = frozenset()
    """Axes along which it is not the same."""
    root: str | None = None
    """The parameter whose memory it points into."""
    leaves: Mapping[int, frozenset[int]] = field(default_factory=lambda: _NONE)
    """Identities of the blocks of offsets that it is made of, each with the axes along which they vary in it."""
    bounds: Mapping[int, frozenset[int]] = field(default_factory=lambda: _NONE)
    """For a mask: the offsets that it bounds, each with the axes along which they vary."""
    tails: Mapping[int, Tail] = field(default_factory=lambda: _NONE)
    """By axis."""
    is_clear: bool = False
    """Along every axis that has no tail its elements are what the program means, as far as can be told."""
    raw: ast.Call | None = None
    """The load that it comes from, its dtype untouched."""
    never_negative: bool = False
    number: float | None = None
    """Of a literal."""
    wide: bool = False
    """An integer of 64 bits, or made with one."""
    programs: bool = False
    """Made of ``program_id``."""

    @property
    def is_block(self) -> bool:
        return self.kind is Kind.BLOCK


UNKNOWN = Value(Kind.UNKNOWN)


def constant(number: float | None = None) -> Value:
    negative = number is not None and number < 0
    return Value(Kind.CONSTANT, rank=0, number=number, never_negative=number is not None and not negative)


ORDER = (Kind.BLOCK_POINTER, Kind.BLOCK, Kind.UNKNOWN, Kind.ARGUMENT, Kind.SCALAR, Kind.CONSTANT)
"""What is made of several kinds is of the first of them."""

SINGLE = (Kind.CONSTANT, Kind.SCALAR, Kind.ARGUMENT)
"""Kinds of single numbers."""
