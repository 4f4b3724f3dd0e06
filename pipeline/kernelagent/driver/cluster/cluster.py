"""The connection to a Ray cluster: an existing one by its address, or one started here for as long as it is needed.

Ray is imported here and in ``lease.py`` alone, when it is used: importing it takes seconds, and most never need it.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kernelagent.driver.cluster.address import Address, parse_address, require_listener, require_token
from kernelagent.driver.cluster.asked_first import ask, listens_here_alone
from kernelagent.errors import (
    ClusterMismatch,
    ClusterTokenRejected,
    ClusterUnreachable,
    KernelAgentError,
    RayMissing,
)

OBJECT_STORE = 80 << 20
"""Bytes of shared memory of a cluster that is started here: files of problems are small."""
_ADDRESS = "RAY_ADDRESS"
_HERE = "local"
_PACKAGE = Path(__file__).resolve().parents[2]
"""This program, which workers get."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_SCHEDULER_EVENTS": "0",  # messages on the terminal, of what is told in our own words
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_OF_THIS_MACHINE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's one way to the loopback address: by default it listens everywhere
}


@contextmanager
def cluster(
    address: str | None, *, cpus: int, packages: Sequence[Path] = (), environ: dict[str, str] | None = None
) -> Iterator[Any]:
    """The module ``ray``, connected. ``address``: ``None`` for ``RAY_ADDRESS``, and where that is not set, or for
    ``"local"``, a cluster of ``cpus`` workers is started, which listens on this machine alone, takes a token of its own
    and ends with the block; no other cluster is ended. ``packages``: folders of further packages that workers import.

    Raises ``RayMissing``, ``BadOption`` for what is no address, ``ClusterNeedsToken``, ``ClusterTokenRejected``,
    ``ClusterUnreachable``, ``ClusterMismatch``.
    """
    wanted = _wanted(address)
    found = None if wanted == _HERE else parse_address(wanted)
    if found is not None:
        require_token(found)
        require_listener(found)
        ask(found)
    with _environment(_settings(found)), _own_signals():
        ray = _import_ray()
        modules = [str(_PACKAGE), *map(str, packages)]
        given: dict[str, Any] = {
            "runtime_env": {"py_modules": modules, "excludes": ["__pycache__"]},
            "log_to_driver": False,
            "logging_level": logging.CRITICAL,
            "configure_logging": False,
        }
        if found is None:
            given |= {"address": _HERE, "num_cpus": cpus, "object_store_memory": OBJECT_STORE}
            given |= {"include_dashboard": False}
        else:
            given |= {"address": str(found)}
        try:
            ray.init(**given)
        except (Exception, SystemExit) as exc:  # Ray ends its process by a signal where a cluster does not answer
            ray.shutdown()
            raise _as_ours(exc, wanted) from exc
    try:
        yield ray
    finally:
        with _own_signals():
            ray.shutdown()


def is_started_here(address: str | None) -> bool:
    """Whether :func:`cluster` starts one for ``address``."""
    return _wanted(address) == _HERE


def _wanted(address: str | None) -> str:
    return address or os.environ.get(_ADDRESS) or _HERE


def _import_ray() -> Any:
    for name in ("ray", "ray.util"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        import ray
        from ray._private import worker
    except ImportError as exc:
        raise RayMissing(f"Ray cannot be imported: {exc}.") from exc
    # What happens to workers Ray prints on stdout, log_to_driver or not, where --json has its one document. There is no
    # setting for it (ray 2.60, listen_error_messages); we tell it in our own words.
    worker.print_to_stdstream = _drop
    return ray


def _drop(*data: Any, **how: Any) -> None:
    """In place of printing."""


def _settings(address: Address | None) -> dict[str, str]:
    if address is not None:
        return _QUIET | (_OF_THIS_MACHINE if listens_here_alone(address) else {})
    # Others on this machine could run code as this user, were there no token: it is made here and told to nobody.
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    return {**_QUIET, **_OF_THIS_MACHINE, **token}


@contextmanager
def _environment(names: dict[str, str]) -> Iterator[None]:
    """Ray takes its settings from the environment when it is imported and started; what it starts inherits them."""
    before = {name: os.environ.get(name) for name in (*names, _ADDRESS)}
    os.environ.update(names)
    os.environ.pop(_ADDRESS, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray takes SIGTERM for itself: what this process does at a signal stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _as_ours(exc: BaseException, wanted: str) -> KernelAgentError:
    """What Ray says when it cannot connect, as the catalogue has it."""
    kind, text = type(exc).__name__, " ".join(str(exc).split())
    told = text.lower()
    if kind == "AuthenticationError" or "unauthenticated" in told or "authentication token" in told:
        return ClusterTokenRejected(f"The cluster at {wanted} does not take the token.")
    if "version mismatch" in told or "python minor versions" in told or ("version" in told and "client" in told):
        return ClusterMismatch(f"The cluster at {wanted} runs other versions: {text[:300]}")
    if "ray[client]" in told or ("grpc" in told and isinstance(exc, ImportError)):
        return RayMissing(f"Ray lacks its client: {text[:200]}")
    return ClusterUnreachable(f"The cluster at {wanted} cannot be used: {kind}: {text[:300]}")
