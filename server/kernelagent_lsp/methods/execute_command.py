"""``workspace/executeCommand``: the command's own file answers, from its one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.commands import COMMANDS
from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: types.ExecuteCommandParams) -> Any:
    run = COMMANDS.get(params.command)
    if run is None:
        raise invalid_params(f"There is no command {params.command}.")
    given = params.arguments or [{}]
    if len(given) != 1 or not isinstance(given[0], dict):
        raise invalid_params(f"{params.command} takes one JSON object.")
    return run(server, Argument(params.command, given[0]))
