"""Text from a process, a model or a server that is not trusted, as it may be shown: terminals obey control characters.

Whatever of theirs is printed, logged or shown in an editor has passed here once.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")


def printable(value: T) -> T:
    """``value``, JSON or a dataclass of such, in which every control character of every text is written out, as in
    ``\\x1b``."""
    shown: Any = value
    if isinstance(value, str):
        shown = "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in value.replace("\r\n", "\n"))
    elif isinstance(value, (list, tuple)):
        shown = type(value)(printable(item) for item in value)
    elif isinstance(value, dict):
        shown = {printable(key): printable(item) for key, item in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        shown = replace(value, **{field.name: printable(getattr(value, field.name)) for field in fields(value)})
    result: T = shown
    return result
