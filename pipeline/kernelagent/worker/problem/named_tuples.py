"""Tuples whose places have names: of ``typing.NamedTuple``, ``collections.namedtuple`` and ``torch.return_types``."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any


def field_names(value: tuple[Any, ...]) -> tuple[str, ...]:
    """The names under which ``value`` has its own items as attributes, in order; none where it is a plain tuple, or has
    something else under one of them. Reading them may run code of its class."""
    kind = type(value)
    if kind is tuple:
        return ()
    is_of_c = hasattr(kind, "n_sequence_fields")  # as those of torch.return_types
    names = getattr(kind, "__match_args__" if is_of_c else "_fields", None)
    if not isinstance(names, tuple) or not all(type(name) is str for name in names):
        return ()
    items = [*value]
    is_its_own = len(names) == len(items) and all(
        getattr(value, names[i], None) is item for i, item in enumerate(items)
    )
    return names if is_its_own else ()


def beside_fields(value: tuple[Any, ...]) -> list[str]:
    """What users may read of a named tuple besides its fields: properties and methods of its class."""
    names = {*field_names(value), *dir(tuple)}
    if hasattr(type(value), "n_sequence_fields"):
        return []
    return [name for name in dir(type(value)) if not name.startswith("_") and name not in names]


def named_tuple_class(names: Sequence[str]) -> Any:
    """Raises ``ValueError`` for what no named tuple has for names."""
    make: Any = namedtuple
    kind = make("NamedTuple", names, rename=any(name.startswith("_") for name in names))
    if kind._fields != tuple(names):
        raise ValueError(f"{', '.join(names)} are no fields of a named tuple")
    return kind


def like(value: tuple[Any, ...], items: Sequence[Any]) -> tuple[Any, ...]:
    """``items`` under the names that ``value`` has, in plain classes."""
    names = field_names(value)
    made: tuple[Any, ...] = named_tuple_class(names)(*items) if names else tuple(items)
    return made
