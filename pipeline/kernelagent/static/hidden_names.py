"""Calls of the standard library that look names up, or make classes, by what only running them shows."""

from __future__ import annotations

import ast

_PARSERS = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"})
_ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum"})


def hidden_names(path: str, call: ast.Call) -> str:
    """What such a call hides, or nothing. ``path``: of what is called."""
    given = len(call.args) + len(call.keywords)
    method = path.rpartition(".")[2]
    if path == "type" and given != 1:
        return "makes a class by type(), so that its attributes cannot be told"
    if path in _ENUMS and given != 1:
        return f"makes a class by {path}(), so that its attributes cannot be told"
    if path == "functools.wraps" and given != 1:
        return "names attributes to functools.wraps(): which are copied cannot be told"
    if method in _PARSERS and (len(call.args) > 1 or any(k.arg in ("namespace", None) for k in call.keywords)):
        return f"hands an object to {method}(), which sets attributes by names that are data"
    if any(k.arg == "fromfile_prefix_chars" for k in call.keywords):
        return "reads files by way of fromfile_prefix_chars"
    return ""
