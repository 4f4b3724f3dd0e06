"""What the server answers to: one file per LSP method, one row each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.methods import (
    code_action,
    code_lens,
    did_change,
    did_change_configuration,
    did_change_watched_files,
    did_change_workspace_folders,
    did_close,
    did_open,
    did_save,
    document_symbol,
    execute_command,
    hover,
    initialize,
    initialized,
    inlay_hint,
    set_trace,
    shutdown,
    work_done_progress_cancel,
)
from kernelagent_lsp.methods import (
    exit as exit_,
)

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

Row = tuple[str, "type | None", Callable[[Any, Any], Any]]

METHODS: tuple[Row, ...] = (
    (types.INITIALIZE, None, initialize.handle),
    (types.INITIALIZED, None, initialized.handle),
    (types.SHUTDOWN, None, shutdown.handle),
    (types.EXIT, None, exit_.handle),
    (types.SET_TRACE, None, set_trace.handle),
    (types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams, did_open.handle),
    (types.TEXT_DOCUMENT_DID_CHANGE, types.DidChangeTextDocumentParams, did_change.handle),
    (types.TEXT_DOCUMENT_DID_SAVE, types.DidSaveTextDocumentParams, did_save.handle),
    (types.TEXT_DOCUMENT_DID_CLOSE, types.DidCloseTextDocumentParams, did_close.handle),
    (types.TEXT_DOCUMENT_CODE_ACTION, None, code_action.handle),
    (types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams, code_lens.handle),
    (types.TEXT_DOCUMENT_HOVER, types.HoverParams, hover.handle),
    (types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintParams, inlay_hint.handle),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams, document_symbol.handle),
    (types.WORKSPACE_EXECUTE_COMMAND, types.ExecuteCommandParams, execute_command.handle),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, None, did_change_configuration.handle),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, None, did_change_watched_files.handle),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, None, did_change_workspace_folders.handle),
    (types.WINDOW_WORK_DONE_PROGRESS_CANCEL, types.WorkDoneProgressCancelParams, work_done_progress_cancel.handle),
)
"""Method, type of its params (``None``: the handler reads raw JSON), handler."""


def handlers(server: Server) -> dict[str, tuple[type | None, Callable[[Any], Any]]]:
    """The table with ``server`` filled in."""
    return {method: (params, partial(handle, server)) for method, params, handle in METHODS}
