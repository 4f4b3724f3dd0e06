"""Which Ray cluster is meant, and whether it may be talked to: beyond this machine by token alone."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelagent.errors import BadOption, ClusterNeedsToken, ClusterUnreachable

PATIENCE_S = 5.0
"""For a first answer of the port."""
SCHEME = "ray://"


@dataclass(frozen=True)
class Address:
    """``ray://host:port`` of Ray's client server, or ``host:port`` of a cluster that this machine is a node of."""

    host: str
    port: int
    through_client: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEME if self.through_client else ''}{host}:{self.port}"

    @property
    def is_of_this_machine(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Raises ``BadOption``."""
    through_client = text.startswith(SCHEME)
    host, _, port = text.removeprefix(SCHEME).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or "/" in host or "@" in host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadOption(
            f"{text!r} is no address of a Ray cluster.",
            hint="Write ray://HOST:10001, or HOST:6379 on a machine that is a node of the cluster.",
        )
    return Address(host, int(port), through_client)


def require_token(address: Address, environ: Mapping[str, str] = os.environ) -> None:
    """Raises ``ClusterNeedsToken`` where anybody who reaches the port could run code there, and read what is sent.

    The port of a cluster on this machine alone may do without; ``ray://`` never, it may be the end of a tunnel.
    """
    if not address.through_client and address.is_of_this_machine and environ.get("RAY_AUTH_MODE") != "token":
        return
    if environ.get("RAY_AUTH_MODE") != "token":
        raise ClusterNeedsToken(f"{address} is talked to by token alone, and RAY_AUTH_MODE is not token.")
    file = Path(environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    if not environ.get("RAY_AUTH_TOKEN") and not file.is_file():
        raise ClusterNeedsToken(f"There is no token for {address}: RAY_AUTH_TOKEN is not set, and {file} is not there.")


def require_listener(address: Address) -> None:
    """Raises ``ClusterUnreachable``, in seconds: Ray itself waits for minutes."""
    try:
        with socket.create_connection((address.host, address.port), timeout=PATIENCE_S):
            pass
    except OSError as exc:
        raise ClusterUnreachable(f"Nothing answers at {address}: {exc.strerror or exc}.") from exc
