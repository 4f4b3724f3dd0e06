"""``kernelagent.addExampleInputs {uri, class}`` → ``{applied, reason}``: a directive above the class, with a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.edits.add_example_inputs import add_example_inputs
from kernelagent_lsp.messages import show
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def run(server: Server, argument: Argument) -> dict[str, Any]:
    uri, class_name = argument.text("uri"), argument.text("class")
    if server.documents.get(uri) is None:
        raise invalid_params("The document is not open.")
    failed = await add_example_inputs(server, uri, class_name)
    if failed is not None:
        show(server, types.MessageType.Warning, failed.reason)
    return {"applied": failed is None, "reason": "" if failed is None else failed.reason}
