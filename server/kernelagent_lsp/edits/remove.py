"""Taking a class's Triton version out of the project: the original in its place again, and the kernel's text away.

A file of the kernel's own goes as a whole while it is as it was made; where somebody has written in it, only the class
gets its place back, and the file is left to its author. Below the class, the kernel's statements go with the comments
that were written with them, and with the imports of Triton that nothing in the file uses any more.
"""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.static.needed import needed_by, statement, used_names
from kernelagent.static.parsing import parse
from kernelagent.static.wiring import wiring_of
from lsprotocol import types

from kernelagent_lsp import messages
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.apply import request_edit, send_edit
from kernelagent_lsp.edits.exchange import document_of
from kernelagent_lsp.edits.generated import composed, generated_for
from kernelagent_lsp.edits.kernel_place import KernelPlace, kernel_place
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.edits.taken_out import comments_of, taken_out
from kernelagent_lsp.edits.unused_imports import unused_imports
from kernelagent_lsp.edits.wiring import lines_out, plan_unwired
from kernelagent_lsp.uris import path_to_uri

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def remove(server: Server, uri: str, class_name: str) -> Impossible | None:
    """``None`` when it is done."""
    found = document_of(server, uri)
    if isinstance(found, Impossible):
        return found
    document, path = found
    place = kernel_place(server.documents, path, class_name, document.text)
    if place is None:
        return Impossible(f"{class_name} has no Triton version.")
    if place.is_inline:
        plan = plan_out_of_file(document, path, class_name, place, _runs(server, path))
        return plan if isinstance(plan, Impossible) else await _sent(server, document, (plan,), class_name)
    if not _is_ours(server, path, class_name, place):
        reason = f"{place.path.name} was changed by hand, or was not made here: delete it yourself."
        if wiring_of(document.text, class_name) is None:
            return Impossible(reason)
        plan = plan_unwired(document, path, class_name)
        failed = plan if isinstance(plan, Impossible) else await _sent(server, document, (plan,), class_name)
        return failed or Impossible(f"{class_name} is the original again. {reason}")
    if wiring_of(document.text, class_name) is not None:
        plan = plan_unwired(document, path, class_name)
        failed = plan if isinstance(plan, Impossible) else await _sent(server, document, (plan,), class_name)
        if failed is not None:
            return failed
    return await _deleted(server, place.path)


def _is_ours(server: Server, path: str, class_name: str, place: KernelPlace) -> bool:
    return generated_for(_runs(server, path), path, class_name, ())(place.text)


def _runs(server: Server, path: str) -> Path:
    chosen = server.settings_of(path_to_uri(path)).run_directory
    return Path(chosen) if chosen is not None else project_root(Path(path)) / RUNS_FOLDER


async def _sent(server: Server, document: Document, plans: tuple[EditPlan, ...], class_name: str) -> Impossible | None:
    before = document.text
    failed = await send_edit(server, plans, f"Remove the Triton version of {class_name}")
    if failed is None:
        server.diagnostics.accept(document.uri, before, plans[0].after)
        server.staleness.look(document.uri)
        messages.refresh_lenses(server)
    return failed


async def _deleted(server: Server, path: Path) -> Impossible | None:
    """By the editor where it can, so that its own undo knows."""
    if server.client.deletes_files:
        change = types.DeleteFile(uri=path_to_uri(str(path)))
        return await request_edit(server, types.WorkspaceEdit(document_changes=[change]), f"Delete {path.name}")
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    except OSError as exc:
        return Impossible(f"{path} can't be deleted: {exc.strerror}.")
    return None


def plan_out_of_file(
    document: Document, path: str, class_name: str, place: KernelPlace, runs: Path
) -> EditPlan | Impossible:
    """Without the kernel below the class. ``runs``: where the runs are that may have composed it."""
    if place.provenance is None:
        return Impossible(f"{place.entry} does not say what it was made from: remove it by hand.")
    module = parse(document.text.removeprefix("\ufeff"))
    wiring = wiring_of(document.text, class_name)
    gone = {id(node) for node in needed_by(module, place.entry) if not isinstance(node, (ast.Import, ast.ImportFrom))}
    gone |= {id(node) for node in module.body if wiring is not None and node.lineno == wiring.line}
    while needed := _needed_elsewhere(module, gone):
        gone -= needed
    leaving = [node for node in module.body if id(node) in gone]
    entry = next((node for node in leaving if isinstance(node, ast.ClassDef) and node.name == place.entry), None)
    if entry is None:
        return Impossible(f"Something else in the file uses {place.entry}: remove it by hand.")
    known = comments_of(composed(runs, path, class_name), entry)
    ranges = [*unused_imports(document.lines, module, leaving), *taken_out(document.lines, module, leaving, known)]
    return lines_out(document, path, sorted(ranges))


def _needed_elsewhere(module: ast.Module, gone: set[int]) -> set[int]:
    """Of the statements ``gone``, those that others use."""
    used = {name for node in module.body if id(node) not in gone for name in used_names(node)}
    return {id(node) for node in module.body if id(node) in gone and statement(node).bound & used}
