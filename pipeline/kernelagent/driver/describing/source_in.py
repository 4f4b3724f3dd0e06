"""The source that a description holds: itself, a code block in it, or all that follows its first import."""

from __future__ import annotations

import ast
import re

from kernelagent.driver.agents.reply import code_blocks
from kernelagent.driver.modules import modules_in
from kernelagent.static.parsing import parse

_IMPORT = re.compile(r"^(?:import|from)[ \t]+\w", re.MULTILINE)


def source_in(description: str) -> str | None:
    """Python with an ``nn.Module``; where there is more than the source it also defines ``get_inputs()``. ``None``: the
    description is words."""
    description = description.removeprefix("\ufeff")  # of a file that an editor on Windows has saved
    if _has_module(description):
        return description
    parts = code_blocks(description)
    first = _IMPORT.search(description)
    if not parts and first is not None:
        parts = [description[first.start() :]]
    whole = [part for part in parts if _has_module(part) and _defines_inputs(part)]
    return whole[0] if len(whole) == 1 else None


def _has_module(text: str) -> bool:
    try:
        return bool(modules_in(text))
    except (SyntaxError, ValueError):
        return False


def _defines_inputs(text: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "get_inputs" for node in parse(text).body)
