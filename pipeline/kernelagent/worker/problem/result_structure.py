"""A nested result of a module → :mod:`kernelagent.contract.result_structure`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

from kernelagent.contract.result_structure import key_text
from kernelagent.worker.problem.named_tuples import beside_fields, field_names


def structured(value: Any, leaf: Callable[[Any], dict[str, Any] | None]) -> dict[str, Any]:
    """``leaf`` gives the JSON of what is not to be taken apart, ``None`` for all else."""
    found = leaf(value)
    if found is not None:
        return found
    if isinstance(value, list):
        return {"list": [structured(v, leaf) for v in value]}
    if isinstance(value, tuple):
        names = field_names(value)
        told = {"names": list(names), "class": _class_name(type(value).__name__)} if names else {}
        if names and (more := beside_fields(value)):
            told["more"] = more
        return {"tuple": [structured(v, leaf) for v in value], **told}
    is_data = dataclasses.is_dataclass(value) and not isinstance(value, type)
    entries = value.items() if isinstance(value, dict) else _fields(value) if is_data else None
    if entries is None:
        return {"const": value}
    told = {"dataclass": type(value).__name__} if is_data else {}
    return {"dict": {key_text(k): structured(v, leaf) for k, v in entries}, **told}


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def _class_name(name: str) -> str:
    """As it is, or in the form that classes have, for those of PyTorch are named like functions: ``max``."""
    words = re.findall(r"[^\W_]+", name)
    return (
        name if name[:1].isupper() and name.isidentifier() else "".join(w[:1].upper() + w[1:] for w in words) or "Named"
    )
