"""How a module's file imports its kernel's, beside it: as it imports its neighbours, so that it works wherever it did.

in no package:                                  ``from gate_triton import GateTriton as Gate``
in a package:                                   ``from .gate_triton import GateTriton as Gate``
where it names its own package in full:         ``from kit.gate_triton import GateTriton as Gate``
in a package, and a script by itself, too:

    if __spec__ and __spec__.parent:  # as a part of its package
        from .gate_triton import GateTriton as Gate
    else:
        from gate_triton import GateTriton as Gate

Of a script only the folder is searched, of a package only its parent: no one import is right for both.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from kernelagent.static.bindings import imports_in, runs_as_script_only
from kernelagent.static.wiring import IN_PACKAGE

_INSTALLED = sys.stdlib_module_names | {"torch", "triton"}
"""Whatever a folder of such a name holds, it is not what a module's file means by it."""


def import_of(module: ast.Module, path: Path, class_name: str, entry: str, kernel: Path, indent: str) -> str:
    """The statement that binds ``class_name`` in ``module``, the file ``path``, to ``entry`` of ``kernel``."""
    what = f"{kernel.stem} import {entry} as {class_name}  # noqa: E402, F401, F811"
    at_top = [node for node in module.body if isinstance(node, ast.ImportFrom) and node.level]
    if at_top:  # such a file is no script
        return f"from .{what}"
    if package := _package_in_full(module, path):
        return f"from {package}.{what}"
    is_inside = os.path.exists(path.with_name("__init__.py"))
    if is_inside and _is_a_script(module, path):
        ways = (f"if {IN_PACKAGE}:  # as a part of its package", f"from .{what}", "else:", f"from {what}")
        return f"{ways[0]}\n{indent}{ways[1]}\n{ways[2]}\n{indent}{ways[3]}"
    is_relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(module))
    return f"from .{what}" if is_inside or is_relative else f"from {what}"


def _package_in_full(module: ast.Module, path: Path) -> str:
    """The dotted name of the folder of ``path``, if an import at the top of the file goes by it; else empty."""
    for loaded in _loaded_at_top(module):
        for root in path.parents[1:]:
            inside = path.parent.relative_to(root).parts
            if loaded[0] != inside[0] or os.path.exists(root / "__init__.py"):
                continue
            if len(loaded) > 1 and _is_module(root.joinpath(*loaded)) and all(part.isidentifier() for part in inside):
                return ".".join(inside)
    return ""


def _is_a_script(module: ast.Module, path: Path) -> bool:
    """Whether the file, of a package, has something to do as a script, or imports what lies beside it as one does."""
    if any(runs_as_script_only(node) or _does_something(node) for node in module.body):
        return True
    return any(_is_module(path.with_name(loaded[0])) for loaded in _loaded_at_top(module))


def _does_something(node: ast.stmt) -> bool:
    """Else it defines."""
    return isinstance(node, (ast.For, ast.While, ast.With)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )


def _loaded_at_top(module: ast.Module) -> Iterator[list[str]]:
    """What the file may load whenever it runs, by its absolute names: ``kit.norm``, and ``kit.norm.RMSNorm``, which
    may be a module."""
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            continue
        for each in imports_in(node):
            for name in dict.fromkeys((each.loads, each.meaning)):
                if name.partition(".")[0] not in _INSTALLED:
                    yield name.split(".")


def _is_module(place: Path) -> bool:
    return os.path.isfile(f"{place}.py") or os.path.isfile(place / "__init__.py")
