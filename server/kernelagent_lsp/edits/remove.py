"""Taking a class's Triton version out of the project: the original in its place again, and the kernel's text away.

A file of the kernel's own goes as a whole while it is as it was made; where somebody has written in it, only the class
gets its place back, and the file is left to its author. Below the class, the kernel's statements go with the comments
that were written with them, and with the imports of Triton that nothing in the file uses any more.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.static.wiring import wiring_of
from lsprotocol import types

from kernelagent_lsp import messages
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.apply import request_edit, send_edit
from kernelagent_lsp.edits.exchange import document_of
from kernelagent_lsp.edits.generated import composed, generated_for
from kernelagent_lsp.edits.kernel_place import KernelPlace, kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.out_of_file import plan_out_of_file
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.edits.wiring import plan_unwired
from kernelagent_lsp.uris import path_to_uri

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def remove(server: Server, uri: str, class_name: str) -> Impossible | None:
    """``None`` when it is done."""
    found = document_of(server, uri)
    if isinstance(found, Impossible):
        return found
    document, path = found
    place = kernel_place(Neighbours(server.documents), path, class_name, document.text)
    if place is None:
        return Impossible(f"{class_name} has no Triton version.")
    if place.is_inline:
        older = composed(_runs(server, path), place.source(path), class_name)
        plan = plan_out_of_file(document, path, class_name, place, older)
        return plan if isinstance(plan, Impossible) else await _sent(server, document, (plan,), class_name)
    reason = _why_it_stays(server, path, class_name, place)
    if reason:
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


def _why_it_stays(server: Server, path: str, class_name: str, place: KernelPlace) -> str:
    """A sentence where the kernel's file is not to be deleted; else empty."""
    source = place.source(path)
    if place.is_of_another(path):
        return f"{place.path.name} was made from {Path(source).name} and stays."
    if generated_for(_runs(server, path), source, class_name, ())(place.text):
        return ""
    return f"{place.path.name} was changed by hand, or was not made here: delete it yourself."


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
