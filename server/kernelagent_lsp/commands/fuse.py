"""``kernelagent.fuse {uri, class}`` → ``{jobId}``, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, asked_of
from kernelagent_lsp.commands.start import start
from kernelagent_lsp.jobs.fusing import fuse_work

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    return start(server, asked_of(server, argument, "fuse"), fuse_work(server.pools))
