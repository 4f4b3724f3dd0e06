"""Adding example inputs to an open document, for the command and for the button beside the error."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent_lsp.edits.apply import send_edit
from kernelagent_lsp.edits.example_inputs import plan_directive
from kernelagent_lsp.edits.plan import Impossible
from kernelagent_lsp.uris import uri_to_path, why_no_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def add_example_inputs(server: Server, uri: str, class_name: str) -> Impossible | None:
    """Write the directive above the class; ``None`` when the editor did so."""
    document = server.documents.get(uri)
    if document is None:
        return Impossible("The document is not open.")
    module, path = server.modules.of(document).named(class_name), uri_to_path(uri)
    if path is None:
        return Impossible(why_no_path(uri))
    guessed, text = None, document.text
    if module is not None:
        from kernelagent_lsp.guessing.directive import guess_for

        texts = {str(there): each.text for each in server.documents if (there := uri_to_path(each.uri)) is not None}
        plain = text.removeprefix("\ufeff")
        guessed = await asyncio.to_thread(guess_for, plain, module.line, Path(path), texts)
    if server.documents.get(uri) is not document or document.text != text:
        return Impossible("The document has changed in the meantime: try again.")
    plan = plan_directive(document, module, guessed)
    return plan if isinstance(plan, Impossible) else await send_edit(server, (plan,), "Add example inputs")
