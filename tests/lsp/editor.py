"""An editor for pytest-lsp: it keeps documents as real ones do, makes versioned edits, and answers questions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Union

from cattrs import Converter
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.uris import uri_to_path
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import register_lsp_features


class Editor(LanguageClient):
    """Documents that were opened, and what the server asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buffers: dict[str, Document] = {}
        self.questions: list[types.ShowMessageRequestParams] = []
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.answer: str | None = "Apply"
        self.on_question: Callable[[], None] = lambda: None

    @property
    def encoding(self) -> Encoding:
        return Encoding(str(self.agreed))

    agreed: str = "utf-16"

    def open(self, uri: str, text: str) -> None:
        self.buffers[uri] = Document(uri, "python", 1, text, self.encoding)
        item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def type(self, uri: str, line: int, text: str) -> None:
        """Insert ``text`` at the start of ``line``, as a user does."""
        place = types.Position(line, 0)
        self._change(uri, [types.TextDocumentContentChangePartial(range=types.Range(place, place), text=text)])

    def retype(self, uri: str, text: str) -> None:
        """Make the whole document ``text``, as an undo does."""
        self._change(uri, [types.TextDocumentContentChangeWholeDocument(text=text)])

    async def until(self, condition: Callable[[], Any], what: str, timeout: float = 120.0) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not (value := condition()):
            assert loop.time() < deadline, f"no {what}: {self.messages}, {self.progress_reports}"
            await asyncio.sleep(0.02)
        return value

    async def actions(self, uri: str, line: int) -> list[types.CodeAction]:
        place = types.Position(line, 4)
        found = await self.text_document_code_action_async(
            types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                range=types.Range(place, place),
                context=types.CodeActionContext(diagnostics=[]),
            )
        )
        return [action for action in found or [] if isinstance(action, types.CodeAction)]

    async def run(self, action: types.CodeAction) -> Any:
        assert action.command is not None
        return await self.execute(action.command.command, *(action.command.arguments or []))

    async def execute(self, command: str, *arguments: Any) -> Any:
        params = types.ExecuteCommandParams(command=command, arguments=list(arguments))
        return await self.workspace_execute_command_async(params)

    def make(self, edit: types.WorkspaceEdit) -> types.ApplyWorkspaceEditResult:
        """Make ``edit`` whole or not at all; an edit for another version is refused."""
        for change in edit.document_changes or []:
            if isinstance(change, types.TextDocumentEdit):
                buffer = self.buffers.get(change.text_document.uri)
                version = change.text_document.version
                if version is not None and (buffer is None or buffer.version != version):
                    return types.ApplyWorkspaceEditResult(applied=False)
        for change in edit.document_changes or []:
            if isinstance(change, types.CreateFile):
                path = Path(str(uri_to_path(change.uri)))
                if not path.exists():
                    path.write_text("")
            elif isinstance(change, types.DeleteFile):
                Path(str(uri_to_path(change.uri))).unlink()
                if self.buffers.pop(change.uri, None) is not None:
                    gone = types.TextDocumentIdentifier(uri=change.uri)
                    self.text_document_did_close(types.DidCloseTextDocumentParams(text_document=gone))
            elif isinstance(change, types.TextDocumentEdit):
                uri = change.text_document.uri
                if uri not in self.buffers:
                    self.open(uri, Path(str(uri_to_path(uri))).read_text())
                parts = [
                    types.TextDocumentContentChangePartial(range=e.range, text=e.new_text)
                    for e in change.edits
                    if isinstance(e, types.TextEdit)
                ]
                parts.sort(key=lambda p: (p.range.start.line, p.range.start.character))
                self._change(uri, parts[::-1])
        return types.ApplyWorkspaceEditResult(applied=True)

    def _change(self, uri: str, parts: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        buffer = self.buffers[uri]
        buffer.change(list(parts), buffer.version + 1)
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=buffer.version)
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=document, content_changes=list(parts))
        )


def converter() -> Converter:
    """lsprotocol's, which takes every code action for a command whose name is a dictionary."""
    made = default_converter()

    def structure(value: Any, _: type) -> types.Command | types.CodeAction:
        return made.structure(value, types.Command if isinstance(value.get("command"), str) else types.CodeAction)

    made.register_structure_hook(Union[types.Command, types.CodeAction], structure)  # noqa: UP007 - as it is spelled there
    return made


def make_editor() -> Editor:
    settings = {"interpreter": sys.executable, "analyzeOnSave": False}
    editor = Editor(converter_factory=converter, configuration={"": {"kernelagent": settings}})
    register_lsp_features(editor)

    @editor.feature(types.WORKSPACE_APPLY_EDIT)
    def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        editor.edits.append(params)
        return editor.make(params.edit)

    @editor.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
    def ask(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        editor.questions.append(params)
        editor.on_question()
        return next((action for action in params.actions or [] if action.title == editor.answer), None)

    @editor.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        return None

    return editor
