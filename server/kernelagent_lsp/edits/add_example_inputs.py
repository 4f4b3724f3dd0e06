"""Adding example inputs to an open document, for the command and for the button beside the error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernelagent_lsp.edits.apply import send_edit
from kernelagent_lsp.edits.example_inputs import plan_directive
from kernelagent_lsp.edits.plan import Impossible

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def add_example_inputs(server: Server, uri: str, class_name: str) -> Impossible | None:
    """Write the directive above the class; ``None`` when the editor did so."""
    document = server.documents.get(uri)
    if document is None:
        return Impossible("The document is not open.")
    plan = plan_directive(document, server.modules.of(document).named(class_name))
    return plan if isinstance(plan, Impossible) else await send_edit(server, (plan,), "Add example inputs")
