"""Bounds on memory, time, files and core dumps."""

from __future__ import annotations

import resource

from kernelagent.worker.sandbox.policy import Policy

_TO_DIE = 5
"""Seconds from SIGXCPU, by whose name the limit is told, to SIGKILL, which nothing outlives."""


def apply(policy: Policy) -> None:
    for which, wanted in _wanted(policy).items():
        _, hard = resource.getrlimit(which)
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        later = _TO_DIE if which == resource.RLIMIT_CPU and bound == wanted else 0
        most = bound + later if hard == resource.RLIM_INFINITY else min(bound + later, hard)
        resource.setrlimit(which, (bound, most))


def hold(policy: Policy) -> bool:
    """Each limit is at most what was asked for."""
    unlimited = resource.RLIM_INFINITY
    current = {which: resource.getrlimit(which) for which in _wanted(policy)}
    return all(unlimited not in limits for limits in current.values())


def _wanted(policy: Policy) -> dict[int, int]:
    bounds = {
        resource.RLIMIT_CPU: policy.cpu_seconds,
        resource.RLIMIT_FSIZE: policy.file_bytes,
        resource.RLIMIT_NOFILE: policy.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if not policy.gpu:  # CUDA reserves more address space than any limit that would help
        bounds[resource.RLIMIT_AS] = _address_space() + policy.memory_bytes
    return bounds


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 8 << 30
