"""Calls of the standard library that look names up, or make classes, by what only running them shows."""

from __future__ import annotations

import ast
import string

_PARSERS = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"})
SETTING = frozenset({"__setattr__", "__delattr__", "__getattr__"})
FORMATTING = frozenset({"format", "format_map"})
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
    if reason := formats_a_name(call):
        return reason
    if path == "logging.basicConfig" and any(k.arg in ("style", "filename", "handlers", None) for k in call.keywords):
        return "has logging format texts that may name attributes, or write files"
    if method in SETTING and not _sets_a_name(call):
        return f"calls {method}() with a name made at run time"
    if any(k.arg == "fromfile_prefix_chars" for k in call.keywords):
        return "reads files by way of fromfile_prefix_chars"
    return ""


def formats_unseen(node: ast.Attribute, is_called: bool) -> bool:
    """``text.format`` as a value: it is called where nobody sees what the text asks for."""
    return node.attr in FORMATTING and isinstance(node.ctx, ast.Load) and not is_called


def formats_a_name(call: ast.Call) -> str:
    """What a call of ``format`` reaches by its text, or nothing."""
    function = call.func
    return _in_format(function.value) if isinstance(function, ast.Attribute) and function.attr in FORMATTING else ""


def _sets_a_name(call: ast.Call) -> bool:
    """``object.__setattr__(self, "width", 8)``; what ``super()`` sets is the object's own."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super":
        return True
    names = [a.value for a in call.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return len(names) == 1 and names[0].isidentifier() and not names[0].startswith("__")


def _in_format(text: ast.expr) -> str:
    """``"{0.__globals__}".format(f)`` reads an attribute that no name in the file tells."""
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return "formats a text that is not written out, whose fields may name attributes"
    try:
        fields = [field or "" for _, field, _, _ in string.Formatter().parse(text.value)]
    except ValueError:
        return ""
    return "names an attribute or an item in a format text" if any(set(field) & set(".[") for field in fields) else ""
