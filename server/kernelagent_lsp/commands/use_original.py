"""``kernelagent.useOriginal {uri, class}`` → ``{applied, reason}``: the class itself again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument
from kernelagent_lsp.edits.exchange import use_original

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


async def run(server: Server, argument: Argument) -> dict[str, Any]:
    failed = await use_original(server, argument.text("uri"), argument.text("class"))
    return {"applied": failed is None, "reason": "" if failed is None else failed.reason}
