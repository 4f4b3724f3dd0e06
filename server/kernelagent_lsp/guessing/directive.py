"""From a text and the line of a class in it to the directive's ``inputs=..., init=...``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from kernelagent.static.parsing import class_at, parse

from kernelagent_lsp.guessing.calls import Call, calls_in
from kernelagent_lsp.guessing.guess import Guess, guess
from kernelagent_lsp.guessing.source import Source, read
from kernelagent_lsp.guessing.workspace import calls_in_project

_ENOUGH = 40
"""Calls that are looked at for one that says inputs too."""


def guess_for(
    text: str, line: int, path: Path | None = None, open_texts: Mapping[str, str] | None = None
) -> Guess | None:
    """``None``: there is no class, or the text is no Python. With ``path``, other files of its project are read."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError):
        return None
    node = class_at(tree, line)
    if node is None:
        return None
    source = read(tree, text)
    call = _best(calls_in(tree, node.name, source), node, source)
    if (call is None or call.inputs is None) and path is not None:
        other = _best(calls_in_project(path, node.name, open_texts or {}), node, source)
        call = other if other is not None and (call is None or other.inputs is not None) else call
    return guess(node, source, call)


def _best(calls: Iterable[Call], node: ast.ClassDef, source: Source) -> Call | None:
    """The first that says what the instance is called with; else the first that says how it is made."""
    found: Call | None = None
    for number, call in enumerate(calls):
        if call.init is None or not _fits(call, node, source) or number > _ENOUGH:
            continue
        if call.inputs is not None:
            return call
        found = found or call
    return found


def _fits(call: Call, node: ast.ClassDef, source: Source) -> bool:
    """Whether the constructor takes so many arguments, of these names: the class may have changed since."""
    init = source.method(node, "__init__")
    if init is None or call.init is None:
        return call.init is not None and not any(call.init)
    spec = init.args
    names = [arg.arg for arg in [*spec.posonlyargs, *spec.args][1:]]
    positional, by_name = call.init
    if spec.vararg is None and len(positional) > len(names):
        return False
    known = {*names, *(arg.arg for arg in spec.kwonlyargs)}
    return spec.kwarg is not None or set(by_name) <= known - set(names[: len(positional)])
