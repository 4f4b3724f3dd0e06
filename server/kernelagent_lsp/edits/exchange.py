"""The Triton version in a class's place, or the class itself again: one edit of the class's own document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent_lsp import messages
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.apply import send_edit
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.kernel_place import kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.edits.wiring import plan_unwired, plan_wired
from kernelagent_lsp.uris import uri_to_path, why_no_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def use_triton(server: Server, uri: str, class_name: str) -> Impossible | None:
    """``None`` when the editor made the edit."""
    found = document_of(server, uri)
    if isinstance(found, Impossible):
        return found
    document, path = found
    place = kernel_place(Neighbours(server.documents), path, class_name, document.text)
    if place is None:
        return Impossible(f"{class_name} has no Triton version: fuse it first.")
    plan = plan_wired(document, path, class_name, place.entry, Path(place.path))
    return await _made(server, document, plan, f"Use {place.entry}")


async def use_original(server: Server, uri: str, class_name: str) -> Impossible | None:
    """``None`` when the editor made the edit."""
    found = document_of(server, uri)
    if isinstance(found, Impossible):
        return found
    document, path = found
    return await _made(server, document, plan_unwired(document, path, class_name), f"Use the original {class_name}")


def document_of(server: Server, uri: str) -> tuple[Document, str] | Impossible:
    """The open document, else the file as it lies on disk; and its path."""
    path, document = uri_to_path(uri), server.documents.get(uri)
    if path is None:
        return Impossible(why_no_path(uri))
    if document is not None:
        return document, path
    text = read_source(path)
    if text is None:
        return Impossible(f"{path} can't be read as Python source.")
    return Document(uri, "python", 0, text, server.documents.encoding), path


async def _made(server: Server, document: Document, plan: EditPlan | Impossible, label: str) -> Impossible | None:
    if isinstance(plan, Impossible):
        return plan
    before = document.text
    failed = await send_edit(server, (plan,), label)
    if failed is None:
        server.diagnostics.accept(plan.uri, before, plan.after)
        messages.refresh_lenses(server)
    return failed
