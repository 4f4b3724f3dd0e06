"""``kernelagent.verify {uri, class}`` → ``{jobId}``: judge the kernel file that lies beside the class's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands.argument import Argument, asked_of
from kernelagent_lsp.commands.start import start
from kernelagent_lsp.edits.kernel_place import kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.jobs.judging import judge_work

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    asked = asked_of(server, argument, "verify")
    place = kernel_place(Neighbours(server.documents), asked.path, asked.class_name, asked.text)
    kernel = None if place is None else place.file
    return start(server, asked, judge_work(server.pools, server.reports, kernel))
