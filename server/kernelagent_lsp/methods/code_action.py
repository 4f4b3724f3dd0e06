"""``textDocument/codeAction``: the menu, not the meal. Parses the document at most once per version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent.driver.modules import ModuleClass
from lsprotocol import types

from kernelagent_lsp.actions import ACTIONS
from kernelagent_lsp.actions.offer import Cursor, Offer
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.linting import quick_fixes
from kernelagent_lsp.methods.did_open import is_python
from kernelagent_lsp.uris import uri_to_path
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> list[types.CodeAction | types.Command]:
    """Reads raw params: what other servers' diagnostics in the context look like is none of our business."""
    try:
        uri, line = params["textDocument"]["uri"], params["range"]["start"]["line"]
        only = (params.get("context") or {}).get("only")
    except (KeyError, TypeError, AttributeError) as exc:
        raise invalid_params("codeAction takes a document, a range and a context.") from exc
    if not isinstance(uri, str) or not isinstance(line, int):
        raise invalid_params("The URI or the line has a wrong type.")
    document = server.documents.get(uri)
    if document is None or not is_python(document):
        return []
    fixes = quick_fixes.offered(server, document, params["range"], only)
    return [*fixes, *_for_module(server, document, line, only)]


def _for_module(server: Server, document: Document, line: int, only: Any) -> list[types.CodeAction | types.Command]:
    module = _module_at(server, document, line) if uri_to_path(document.uri) is not None else None
    if module is None:
        return []
    cursor = Cursor(
        server, document, module, server.jobs.latest(document.uri, module.name), Neighbours(server.documents)
    )
    offers = [offer for prepare in ACTIONS.values() if (offer := prepare(cursor)) is not None]
    return [_as_client_takes_it(cursor, offer) for offer in offers if _wanted(offer.kind, only)]


def _module_at(server: Server, document: Document, line: int) -> ModuleClass | None:
    """The class that ``line`` (0-based) is in, or that the comments and decorators there stand directly above of."""
    modules = server.modules.of(document)
    below = line
    while document.line(below).lstrip().startswith(("#", "@")):
        below += 1
    above_of = next((found for found in modules.classes if found.line == below + 1), None)
    return above_of or modules.at(line + 1)


def _wanted(kind: str, only: Any) -> bool:
    """Kinds are hierarchical: ``refactor`` asks for ``refactor.rewrite.kernelagent.fuse`` too."""
    if not isinstance(only, list):
        return True
    return any(kind == asked or kind.startswith(f"{asked}.") or asked == "" for asked in only)


def _as_client_takes_it(cursor: Cursor, offer: Offer) -> types.CodeAction | types.Command:
    command = types.Command(title=offer.title, command=offer.command, arguments=[offer.argument])
    server = cursor.server
    if not server.client.code_action_literals:
        return command
    action = types.CodeAction(title=offer.title, kind=offer.kind, command=command)
    if offer.mends:
        action.diagnostics = server.diagnostics.of_class(cursor.document, cursor.module.name, offer.mends)
    return action
