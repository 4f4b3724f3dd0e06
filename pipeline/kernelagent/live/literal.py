"""A plain constant as text."""

from __future__ import annotations

import math
from typing import Any

_AS_THEY_PRINT = (type(None), bool, int, str, bytes, type(Ellipsis))
_BRACKETS: dict[type, str] = {tuple: "({})", list: "[{}]", set: "{{{}}}", frozenset: "frozenset([{}])"}


def literal(value: Any) -> str | None:
    """Python text that gives an equal value where ``torch`` is imported; ``None`` where there is none: it is no plain
    constant, or holds something that is none, or itself."""
    return _text(value, ())


def _text(value: Any, around: tuple[int, ...]) -> str | None:
    import torch

    kind = type(value)
    if id(value) in around:
        return None
    if kind in _AS_THEY_PRINT:
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if kind is complex:
        return f"complex({_text(value.real, around)}, {_text(value.imag, around)})"
    if kind is torch.dtype:
        return str(value)
    if kind is torch.device:
        return f"torch.device({str(value)!r})"
    inside = (*around, id(value))
    if kind in (slice, range):
        return _joined(f"{kind.__name__}({{}})", [value.start, value.stop, value.step], inside)
    if kind is torch.Size:
        return _joined("torch.Size([{}])", list(value), inside)
    if kind is dict:
        pairs = [(_text(key, inside), _text(one, inside)) for key, one in value.items()]
        if any(part is None for pair in pairs for part in pair):
            return None
        return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"
    if kind is set and not value:
        return "set()"
    if kind in _BRACKETS:
        comma = "," if kind is tuple and len(value) == 1 else ""
        return _joined(_BRACKETS[kind].replace("{}", "{}" + comma), list(value), inside)
    return None


def _joined(form: str, values: list[Any], around: tuple[int, ...]) -> str | None:
    parts = [_text(one, around) for one in values]
    return None if None in parts else form.format(", ".join(map(str, parts)))
