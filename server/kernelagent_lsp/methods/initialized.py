"""``initialized``: the settings are asked for, and every change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from kernelagent_lsp.configuration.options import SECTION
from kernelagent_lsp.configuration.refresh import refresh

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def handle(server: Server, params: Any) -> None:
    if server.client.registers_configuration:
        registration = types.Registration(
            id="kernelagent-configuration",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options={"section": SECTION},
        )
        server.protocol.send_request(
            types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(registrations=[registration])
        )
    refresh(server, pushed=None)
