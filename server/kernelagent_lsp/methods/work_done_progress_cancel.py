"""``window/workDoneProgress/cancel``: the Cancel button of a job's progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.WorkDoneProgressCancelParams) -> None:
    server.presenter.token_cancelled(params.token)
