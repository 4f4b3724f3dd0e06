"""``kernelagent.addExampleInputs {uri, class}`` → ``{applied}``: a directive above the class, with a best guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.edits.apply import send_edit
from kernelagent_lsp.edits.example_inputs import plan_directive
from kernelagent_lsp.edits.plan import Impossible
from kernelagent_lsp.messages import show
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def run(server: Server, argument: Argument) -> dict[str, Any]:
    document = server.documents.get(argument.text("uri"))
    if document is None:
        raise invalid_params("The document is not open.")
    plan = plan_directive(document, server.modules.of(document).named(argument.text("class")))
    answer = plan if isinstance(plan, Impossible) else await send_edit(server, plan, "Add example inputs")
    if isinstance(answer, Impossible):
        show(server, types.MessageType.Warning, answer.reason)
    return {"applied": answer is None}
