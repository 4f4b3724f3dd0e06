"""One Ray cluster for the tests of this folder, as a user would have it: started by ``ray start``, on the loopback
address, with a token."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from kernelagent.driver.cluster.cluster import cluster

REHEARSAL = Path(__file__).resolve().parents[1] / "bench" / "rehearsal"

SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""The second is for the loopback address, with which ``ray start`` lets no other node join."""
NODE = """
import sys
from ray._private.node import Node
from ray._private.parameter import RayParams

params = RayParams(
    gcs_address=sys.argv[1], num_cpus=int(sys.argv[2]), num_gpus=0, object_store_memory=80_000_000,
    min_worker_port=0, max_worker_port=0, node_manager_port=0, include_log_monitor=False,
)
params.dashboard_agent_listen_port = None
node = Node(params, head=False, shutdown_at_exit=True, spawn_reaper=True)
print(node.all_processes["raylet"][0].process.pid, flush=True)
sys.stdin.read()
node.kill_all_processes(check_alive=False, allow_graceful=False)
"""


@dataclass(frozen=True)
class Head:
    port: int
    client_port: int
    token: str

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def through_client(self) -> str:
        return f"ray://127.0.0.1:{self.client_port}"

    @property
    def environment(self) -> dict[str, str]:
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token}


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    if find_spec("ray") is None or find_spec("grpc") is None:
        pytest.skip("Ray with its client is not installed: pip install 'kernelagent-lsp[ray]'")
    found = Head(*free_ports(2), secrets.token_hex(32))
    log = (tmp_path_factory.mktemp("ray") / "head.log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from ray.scripts.scripts import main; main()"),
            *("start", "--head", "--block", f"--port={found.port}", f"--ray-client-server-port={found.client_port}"),
            *("--num-cpus=8", "--include-dashboard=false", "--object-store-memory=80000000"),
            *("--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0"),
        ],
        env={**os.environ, **SETTINGS, **found.environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        for port in (found.port, found.client_port):
            await_listener(port, process, Path(log.name))
        yield found
    finally:
        process.terminate()
        process.wait(60)
        log.close()


@contextmanager
def another_node(head: Head, cpus: int) -> Iterator[int]:
    """A second machine of the cluster, as far as Ray can tell, until the block ends. Gives its raylet: see
    :func:`kill_node`."""
    process = subprocess.Popen(
        [sys.executable, "-c", NODE, head.address, str(cpus)],
        env={**os.environ, **SETTINGS, **head.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.communicate(timeout=60)


def kill_node(raylet: int) -> None:
    """As if the power had gone: its workers would else go on for a while."""
    workers = [int(one.name) for one in Path("/proc").glob("[0-9]*") if _parent(one) == raylet]
    for process in (raylet, *workers):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def await_listener(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture(scope="module")
def ray(head: Head) -> Iterator[Any]:
    """Connected, with the work that sleeps."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in head.environment.items():
            patched.setenv(name, value)
        with cluster(head.address, cpus=1, packages=(REHEARSAL,)) as connected:
            yield connected
