"""``kernelagent.benchmark {uri, class}`` → ``{jobId}``: time eager, ``torch.compile`` and the kernel on a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, asked_of
from kernelagent_lsp.jobs.timing import time_work

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    return {"jobId": server.jobs.start(asked_of(server, argument, "benchmark"), time_work(server.pools)).id}
