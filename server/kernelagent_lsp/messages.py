"""Things said to the user, and the one question that a server can ask."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def show(server: Server, kind: types.MessageType, text: str) -> None:
    server.protocol.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(type=kind, message=text))


def log(server: Server, text: str) -> None:
    server.protocol.notify(types.WINDOW_LOG_MESSAGE, types.LogMessageParams(type=types.MessageType.Info, message=text))


def ask(server: Server, kind: types.MessageType, text: str, answers: dict[str, Callable[[], None]]) -> None:
    """Show ``text`` with a button for each of ``answers``, and call what belongs to the one that is pressed. Returns at
    once: an answer may come in an hour or never."""

    def answered(future: Future[Any]) -> None:
        if future.cancelled():
            return
        if future.exception() is not None:  # an editor that knows no questions: the code actions are left
            show(server, kind, text)
            return
        pressed = future.result()
        title = pressed.get("title") if isinstance(pressed, dict) else None
        if title in answers:
            answers[title]()

    request = types.ShowMessageRequestParams(
        type=kind, message=text, actions=[types.MessageActionItem(title=title) for title in answers]
    )
    server.protocol.send_request(types.WINDOW_SHOW_MESSAGE_REQUEST, request).add_done_callback(answered)


def show_document(server: Server, uri: str, *, take_focus: bool) -> None:
    """Open ``uri`` in the editor, where the editor can be asked to."""
    if server.client.show_document:
        server.protocol.send_request(
            types.WINDOW_SHOW_DOCUMENT, types.ShowDocumentParams(uri=uri, take_focus=take_focus)
        )


def refresh_inlay_hints(server: Server) -> None:
    if server.client.refreshes_inlay_hints and server.any_document(lambda its: its.inlay_hints):
        server.protocol.send_request(types.WORKSPACE_INLAY_HINT_REFRESH, None)


def refresh_lenses(server: Server) -> None:
    """Have the editor ask for its code lenses again, where it can and the user sees any."""
    if server.client.refreshes_lenses and server.any_document(lambda its: its.code_lens):
        server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH, None)
