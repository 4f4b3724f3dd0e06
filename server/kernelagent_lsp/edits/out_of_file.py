"""A kernel that lies below its class, taken out of the file: its statements, and what was written with them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from kernelagent.static.needed import needed_by, statement, used_names
from kernelagent.static.parsing import parse
from kernelagent.static.wiring import wiring_of

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.kernel_place import KernelPlace
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.edits.taken_out import comments_of, taken_out
from kernelagent_lsp.edits.unused_imports import unused_imports
from kernelagent_lsp.edits.wiring import lines_out


def plan_out_of_file(
    document: Document, path: str, class_name: str, place: KernelPlace, composed: Iterable[str]
) -> EditPlan | Impossible:
    """Without the kernel below the class. ``composed``: what runs have made for it."""
    if place.provenance is None:
        return Impossible(f"{place.entry} does not say what it was made from: remove it by hand.")
    module = parse(document.text.removeprefix("\ufeff"))
    wiring = wiring_of(document.text, class_name)
    wired = [node for node in module.body if wiring is not None and node.lineno == wiring.line]
    leaving = leaving_with(module, place.entry, wired)
    entry = class_of(leaving, place.entry)
    if entry is None:
        return Impossible(f"Something else in the file uses {place.entry}: remove it by hand.")
    return without(document, path, module, leaving, comments_of(composed, entry))


def leaving_with(module: ast.Module, entry: str, anyway: Collection[ast.stmt]) -> list[ast.stmt]:
    """The statements ``anyway``, and those that ``entry`` needs and that no others use; no imports. What goes
    ``anyway`` does so whoever uses a name that it binds: something else binds that, too."""
    gone = {id(node) for node in needed_by(module, entry) if not isinstance(node, (ast.Import, ast.ImportFrom))}
    always = {id(node) for node in anyway}
    while needed := _needed_elsewhere(module, gone | always) - always:
        gone -= needed
    return [node for node in module.body if id(node) in gone | always]


def class_of(statements: Iterable[ast.stmt], name: str) -> ast.ClassDef | None:
    return next((node for node in statements if isinstance(node, ast.ClassDef) and node.name == name), None)


def without(
    document: Document, path: str, module: ast.Module, leaving: Collection[ast.stmt], known: Collection[str] | None
) -> EditPlan:
    """Without the statements ``leaving``, the comments that were written with them (``known``, if they are) and the
    imports of Triton that only they used."""
    ranges = [*unused_imports(document.lines, module, leaving), *taken_out(document.lines, module, leaving, known)]
    return lines_out(document, path, sorted(ranges))


def _needed_elsewhere(module: ast.Module, gone: Collection[int]) -> set[int]:
    """Of the statements ``gone``, those that others use."""
    used = {name for node in module.body if id(node) not in gone for name in used_names(node)}
    return {id(node) for node in module.body if id(node) in gone and statement(node).bound & used}
