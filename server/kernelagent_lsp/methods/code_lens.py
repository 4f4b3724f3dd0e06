"""``textDocument/codeLens``: above each module class what can be done with it, where the user wants to see that.

Editors ask after each edit, and what is asked behind waits meanwhile: a class costs the same whatever else there is in
its file. What is read off a whole text is read once per version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernelagent.driver.modules import ModuleClass
from lsprotocol import types

from kernelagent_lsp.actions import LENSES, cancel, fuse
from kernelagent_lsp.actions.offer import Cursor, Offer
from kernelagent_lsp.diagnostics.board import line_range
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.jobs.standing import standing
from kernelagent_lsp.methods.did_open import is_python
from kernelagent_lsp.surveys.wording import gain
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    document = server.documents.get(params.text_document.uri)
    if document is None or not is_python(document) or not server.settings_of(document.uri).code_lens:
        return []
    if uri_to_path(document.uri) is None:
        return []
    around = Neighbours(server.documents)
    classes = server.modules.of(document).classes
    return [lens for module in classes for lens in _lenses(server, document, module, around)]


def _title(server: Server, cursor: Cursor, offer: Offer) -> str:
    """With what fusing would gain, or how far the job is that a click ends."""
    if offer.kind == fuse.KIND:
        placed = server.surveyed.view(cursor.document).of(cursor.module.name)
        told = "" if placed is None else gain(placed.survey)
        return f"{offer.title} · {told}" if told else offer.title
    if offer.kind == cancel.KIND and cursor.job is not None:
        return f"{standing(cursor.job)} · {offer.title}"
    return offer.title


def _lenses(server: Server, document: Document, module: ModuleClass, around: Neighbours) -> list[types.CodeLens]:
    cursor = Cursor(server, document, module, server.jobs.latest(document.uri, module.name), around)
    offers = [offer for prepare in LENSES if (offer := prepare(cursor)) is not None]
    return [
        types.CodeLens(
            range=line_range(document, module.line - 1),
            command=types.Command(
                title=_title(server, cursor, offer), command=offer.command, arguments=[offer.argument]
            ),
        )
        for offer in offers
    ]
