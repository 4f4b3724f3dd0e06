"""Bringing the server's settings up to date with what the client says."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp import messages
from kernelagent_lsp.configuration.options import SECTION, Options, layered, read_options
from kernelagent_lsp.configuration.settings import resolve

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


PATIENCE_S = 1.0
"""How long a job waits for the editor to say what its settings are."""


async def settled(server: Server) -> None:
    """Wait until the editor has answered what it was asked for, or has had its time."""
    with contextlib.suppress(asyncio.TimeoutError):  # then the settings that are known have to do
        await asyncio.wait_for(server.settings_known.wait(), PATIENCE_S)


def refresh(server: Server, pushed: Any) -> None:
    """Resolve anew: ``initializationOptions``, and over them what ``workspace/configuration`` answers; ``pushed``, the
    content of ``workspace/didChangeConfiguration``, where the client can't be asked."""
    if not server.client.configuration:
        _settle(server, read_options(pushed))
        return

    def answered(future: Future[Any]) -> None:
        values = None if future.cancelled() or future.exception() is not None else future.result()
        try:
            _settle(server, read_options(values[0]) if isinstance(values, list) and values else Options({}))
        finally:
            server.settings_awaited -= 1
            if not server.settings_awaited:
                server.settings_known.set()
                server.surveys.pump()

    server.settings_awaited += 1
    server.settings_known.clear()
    item = types.ConfigurationItem(section=SECTION)
    request = server.protocol.send_request(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items=[item]))
    request.add_done_callback(answered)


def _settle(server: Server, options: Options) -> None:
    before = server.settings
    server.settings, problems = resolve(layered(server.initialization_options, options))
    fresh = [problem for problem in problems if problem not in server.said]
    server.said = problems
    messages.refresh_lenses(server)
    if before.interpreter != server.settings.interpreter:
        server.pools.retire()
        if not server.jobs.running:
            server.pools.close_retired()
    server.surveys.settings_changed(before)
    if (before.lint, before.lint_ignore) != (server.settings.lint, server.settings.lint_ignore):
        server.linter.settings_changed()
    if fresh:
        messages.show(server, types.MessageType.Warning, "\n".join(fresh))
