"""What a nested result holds, with where: the same for two processes whose classes are not each other's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any


def leaves(value: Any, path: str = "output") -> Iterator[tuple[str, Any]]:
    """``output.0``, ``output['mask']``, ``output.logits``, each with what is there; an empty part is one of its own."""
    parts: list[tuple[str, Any]]
    if isinstance(value, Mapping):
        parts = [(f"[{key!r}]", one) for key, one in value.items()]
    elif isinstance(value, (tuple, list)):
        parts = [(f".{number}", one) for number, one in enumerate(value)]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [(f".{field.name}", getattr(value, field.name)) for field in dataclasses.fields(value)]
    else:
        yield path, value
        return
    if not parts:
        yield path, f"an empty {type(value).__name__}"
    for step, one in parts:
        yield from leaves(one, f"{path}{step}")
