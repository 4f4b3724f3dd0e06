"""What a port of a Ray cluster says before Ray connects to it: whether it takes the token, and which Ray it is.

Ray itself tries a wrong token for minutes, and then says no more than that nobody was to be reached.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from kernelagent.driver.cluster.address import PATIENCE_S, Address
from kernelagent.errors import ClusterMismatch, ClusterTokenRejected, ClusterUnreachable, RayMissing

_OF_CLIENT_SERVER = "/ray.rpc.RayletDriver/ClusterInfo"
_OF_CLUSTER = "/ray.rpc.NodeInfoGcsService/CheckAlive"


def ask(address: Address, environ: Mapping[str, str] = os.environ) -> None:
    """Raises ``ClusterTokenRejected``, ``ClusterMismatch`` (of Ray), ``ClusterUnreachable`` for what is no cluster, and
    ``RayMissing`` where Ray's client is wanted and not installed."""
    try:
        import grpc
    except ImportError as exc:
        if address.through_client:
            raise RayMissing("Ray's client, which ray:// needs, is not installed: there is no grpcio.") from exc
        return
    method = _OF_CLIENT_SERVER if address.through_client else _OF_CLUSTER
    token = token_of(environ)
    where = str(address).removeprefix("ray://")
    with grpc.insecure_channel(where, options=[("grpc.enable_http_proxy", 0)]) as channel:
        sent = [("authorization", f"Bearer {token}")] if token else []
        try:
            answer = channel.unary_unary(method)(b"", timeout=PATIENCE_S, metadata=sent)
        except grpc.RpcError as exc:
            code = exc.code().name
            if code == "UNAUTHENTICATED":
                raise ClusterTokenRejected(f"The cluster at {address} does not take the token.") from exc
            if code in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED"):
                raise ClusterUnreachable(f"What answers at {address} is no Ray cluster ({code}).") from exc
            return  # it has looked at the token, and the question was an empty one
    _require_same_ray(address, bytes(answer))


def token_of(environ: Mapping[str, str]) -> str:
    """Ray's own order: the variable, the file that another names, the file in the home."""
    if environ.get("RAY_AUTH_MODE") != "token":
        return ""
    if environ.get("RAY_AUTH_TOKEN"):
        return environ["RAY_AUTH_TOKEN"].strip()
    try:
        named = environ.get("RAY_AUTH_TOKEN_PATH")
        return Path(named or Path.home() / ".ray" / "auth_token").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def listens_here_alone(address: Address) -> bool:
    """Whether the port is one of the loopback address only, which Ray has to be told."""
    if address.through_client or not address.is_of_this_machine:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only tells which address this machine would send from
            own = probe.getsockname()[0]
        except OSError:
            return True
    try:
        with socket.create_connection((own, address.port), timeout=1.0):
            return False
    except OSError:
        return True


def _require_same_ray(address: Address, answer: bytes) -> None:
    told = re.search(rb"\d+\.\d+\.\d+\w*", answer)
    theirs = told[0].decode() if told else ""
    ours = metadata.version("ray")
    if theirs and theirs != ours:
        raise ClusterMismatch(f"The cluster at {address} runs Ray {theirs}, and here is Ray {ours}.")
