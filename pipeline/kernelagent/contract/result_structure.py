"""How a result is put together: JSON in which its tensors are numbered, as Python text and in words.

A tensor is ``{"output": number}``, a constant ``{"const": value}``; a named tuple is ``{"tuple": [...], "names": [...],
"class": "P"}``, with what its class has besides under ``"more"``, a dataclass ``{"dict": {...}, "dataclass": "Out"}``.
Keys of a dictionary are Python text: ``"'a'"``, ``"0"``.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kernelagent.contract.returned import Returned

IMPORT = "from collections import namedtuple"


def named_classes(structure: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The classes of named tuples in ``structure``, with their fields; the last of those of one name."""
    return {part["class"]: tuple(part["names"]) for part in _parts(structure) if part.get("names")}


def renamed_classes(structure: Any, free: Callable[[str, frozenset[str]], str]) -> Any:
    """``structure`` whose classes of named tuples have names that ``free`` gives for their own and the names that are
    taken, one for each name with its fields."""
    given: dict[tuple[str, ...], str] = {}
    for part in _parts(structure):
        if part.get("names"):
            content = (part["class"], *part["names"])
            given.setdefault(content, free(part["class"], frozenset(given.values())))

    def renamed(part: Any) -> Any:
        if isinstance(part, list):
            return [renamed(item) for item in part]
        if "dict" in part:
            return {**part, "dict": {key: renamed(item) for key, item in part["dict"].items()}}
        kind = "tuple" if "tuple" in part else "list"
        if kind not in part:
            return part
        told = {"class": given[(part["class"], *part["names"])]} if part.get("names") else {}
        return {**part, kind: renamed(part[kind]), **told}

    return renamed(structure)


def definition_lines(structure: Mapping[str, Any]) -> list[str]:
    """Statements that define the named tuples in ``structure``; they need :data:`IMPORT`."""
    return [f"{name} = {call_text(name, names)}" for name, names in named_classes(structure).items()]


def call_text(name: str, names: tuple[str, ...]) -> str:
    """Names that ``namedtuple`` made up itself, as ``_1``, it makes up again."""
    renaming = ", rename=True" if any(one.startswith("_") for one in names) else ""
    return f'namedtuple("{name}", {json.dumps(names)}{renaming})'


def returned(structure: Mapping[str, Any]) -> Returned | None:
    """In words; ``None`` for a tensor, and for a tuple of tensors, which are told by themselves."""
    flat = structure.get("tuple", [structure]) if not structure.get("names") else [{}]
    if all("output" in part for part in flat):
        return None
    named = [f"{part['class']}({', '.join(part['names'])})" for part in _parts(structure) if part.get("names")]
    data = [f"{part['dataclass']}({', '.join(_names(part))})" for part in _parts(structure) if "dataclass" in part]
    more = [f"{part['class']}.{name}" for part in _parts(structure) for name in part.get("more", ())]
    return Returned(_told(structure), *(tuple(dict.fromkeys(names)) for names in (named, data, more)))


def _told(part: Mapping[str, Any]) -> str:
    if "output" in part:
        return f"output.{part['output']}"
    if part.get("names"):
        items = zip(part["names"], part["tuple"], strict=True)
        return f"{part['class']}({', '.join(f'{name}={_told(item)}' for name, item in items)})"
    if "dataclass" in part:
        items = zip(_names(part), part["dict"].values(), strict=True)
        return f"{part['dataclass']}({', '.join(f'{name}={_told(item)}' for name, item in items)})"
    if "tuple" in part:
        return f"({', '.join(map(_told, part['tuple']))}{',' if len(part['tuple']) == 1 else ''})"
    if "list" in part:
        return f"[{', '.join(map(_told, part['list']))}]"
    if "dict" in part:
        return "{" + ", ".join(f"{key}: {_told(item)}" for key, item in part["dict"].items()) + "}"
    try:
        return repr(part["const"])
    except ValueError:  # an integer of more digits than Python writes
        return f"a {type(part['const']).__name__}"


def _names(of_dataclass: Mapping[str, Any]) -> list[str]:
    return [str(ast.literal_eval(key)) for key in of_dataclass["dict"]]


def _parts(structure: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """It, and all that is in it."""
    yield structure
    for part in (*structure.get("tuple", ()), *structure.get("list", ()), *structure.get("dict", {}).values()):
        yield from _parts(part)


def plain_key(key: Any) -> Any:
    """``key`` as Python's own string or number, where its class derives from that: a member of an ``IntEnum``."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, int) and not isinstance(key, bool):
        return int.__int__(key)
    return float.__float__(key) if isinstance(key, float) else key


def own_key(key: Any) -> Any:
    """What :func:`key_text` is the text of: nothing of another class than Python's own."""
    return key if type(key) is str else ast.literal_eval(key_text(key))


def key_text(key: Any) -> str:
    """A literal that is ``key``, or its ``str`` where it has none."""
    key = plain_key(key)
    try:
        text = repr(key)
        return text if ast.literal_eval(text) == key else repr(str(key))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return repr(str(key))
