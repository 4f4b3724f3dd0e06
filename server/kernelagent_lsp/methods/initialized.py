"""``initialized``: the settings are asked for, and every change of them and of the project's Python files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.configuration.options import SECTION
from kernelagent_lsp.configuration.refresh import refresh

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    if registrations := _registrations(server):
        server.protocol.send_request(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(registrations))
    refresh(server, pushed=None)


def _registrations(server: Server) -> list[types.Registration]:
    wanted = []
    if server.client.registers_configuration:
        wanted.append(
            types.Registration(
                id="kernelagent-configuration",
                method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                register_options={"section": SECTION},
            )
        )
    if server.client.watches_files:
        watched = types.FileSystemWatcher(glob_pattern="**/*.py")
        wanted.append(
            types.Registration(
                id="kernelagent-files",
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=[watched]),
            )
        )
    return wanted
