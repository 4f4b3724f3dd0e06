"""``kernelagent.debugInformation {}`` → text for a bug report. Nothing in it comes from documents or the environment's
values, so no secret can."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from kernelagent import __version__

from kernelagent_lsp.commands.argument import Argument

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> str:
    settings = server.book.default
    states = [f"{job.asked.kind} {job.state} {job.stage} {job.elapsed_s:.1f} s" for job in server.jobs.all()]
    lines = [
        f"kernelagent-lsp {__version__}, pygls {version('pygls')}, lsprotocol {version('lsprotocol')}",
        f"Python {sys.version.split()[0]} at {sys.executable}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"client: {server.client.name or 'unnamed'}, columns in {server.client.encoding.value}",
        f"client can: {', '.join(_abilities(server))}",
        f"interpreters in use: {', '.join(server.pools.interpreters()) or 'none yet'}",
        f"provider {settings.provider}, device {settings.device}, arch {', '.join(settings.arch)}",
        f"apply {settings.apply}, output {settings.output}",
        f"relay: {'set' if settings.relay_url else 'not set'}",
        f"open documents: {sum(1 for _ in server.documents)}",
        *(f"job: {state}" for state in states),
    ]
    return "\n".join(lines)


def _abilities(server: Server) -> list[str]:
    return [name for name, value in vars(server.client).items() if value is True]
