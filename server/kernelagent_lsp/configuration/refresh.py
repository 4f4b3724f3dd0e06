"""Bringing the server's settings up to date with what the client says."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp import messages
from kernelagent_lsp.configuration.options import SECTION, Options, read_options

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


PATIENCE_S = 10.0
"""How long a job waits for the editor to say what its settings are."""


async def settled(server: Server) -> None:
    """Wait until the editor has answered what it was asked for, or has had its time."""
    try:
        await asyncio.wait_for(server.settings_known.wait(), PATIENCE_S)
    except asyncio.TimeoutError:
        complain(
            server,
            (
                f"The editor has not told its kernelagent settings in {PATIENCE_S:.0f} s; the job goes on with those "
                "that are known. Look into the editor's own log for why.",
            ),
        )


def refresh(server: Server, pushed: Any) -> None:
    """Resolve anew: what ``workspace/configuration`` answers, at large and for each workspace folder; ``pushed``, the
    content of ``workspace/didChangeConfiguration``, where the client can't be asked."""
    if not server.client.configuration:
        _settle(server, read_options(pushed), {})
        return
    folders = server.book.folders

    server.settings_asked += 1
    number = server.settings_asked

    def answered(future: Future[Any]) -> None:
        if number < server.settings_told:  # what was asked later is newer
            return
        values = None if future.cancelled() or future.exception() is not None else future.result()
        said = [read_options(value) for value in values] if isinstance(values, list) else []
        try:
            _settle(server, said[0] if said else Options({}), dict(zip(folders, said[1:], strict=False)))
        finally:
            server.settings_told = number
            if not server.settings_awaited:
                server.settings_known.set()
                server.surveys.pump()

    server.settings_known.clear()
    items = [types.ConfigurationItem(section=SECTION, scope_uri=scope) for scope in (None, *folders)]
    request = server.protocol.send_request(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items=items))
    request.add_done_callback(answered)


def complain(server: Server, problems: tuple[str, ...]) -> None:
    """Say what can't be used of the settings, each once."""
    fresh = [problem for problem in problems if problem not in server.said]
    server.said = (*server.said, *fresh)
    if fresh:
        messages.show(server, types.MessageType.Warning, "\n".join(fresh))


def _settle(server: Server, options: Options, of_folder: dict[str, Options]) -> None:
    before = {document.uri: server.settings_of(document.uri) for document in server.documents}
    workers = _which_workers(server)
    problems = server.book.settle(options, of_folder)
    server.said = tuple(said for said in server.said if said in problems or "pyproject.toml" in said)
    messages.refresh_lenses(server)
    if workers != _which_workers(server):
        server.pools.retire()
        if not server.jobs.running:
            server.pools.close_retired()
    server.jobs.let_run(lambda uri: server.settings_of(uri).jobs)
    for document in server.documents:
        was, now = before[document.uri], server.settings_of(document.uri)
        server.surveys.settings_changed(document, was, now)
        if (was.lint, was.lint_ignore) != (now.lint, now.lint_ignore):
            server.linter.settings_changed(document)
    complain(server, problems)


def _which_workers(server: Server) -> tuple[str | None, str | None]:
    return server.book.default.interpreter, server.book.default.remote
