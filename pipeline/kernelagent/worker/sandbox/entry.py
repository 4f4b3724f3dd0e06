"""Enter the sandbox: for good, in a freshly forked, single-threaded process."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from kernelagent.worker.sandbox import (
    attributes,
    environment,
    filesystem,
    landlock,
    limits,
    namespaces,
    privileges,
    supervisor,
    syscalls,
)
from kernelagent.worker.sandbox.policy import from_args
from kernelagent.worker.sandbox.private import Private


def enter(policy: dict[str, Any]) -> list[str]:
    """Confine this process and all that it starts; returns the names of the layers that were tried and held.

    The caller's frame goes on in a child of its own, while the process that entered watches over it from outside and
    ends as it ends. A layer that this machine refuses is left out of the answer, never replaced
    in silence.
    """
    wanted = from_args(policy)
    Path(wanted.scratch).mkdir(parents=True, exist_ok=True)
    os.chdir(wanted.scratch)
    if wanted.niceness:  # inside of a sandbox even the same one is refused
        os.nice(wanted.niceness)
    in_bubblewrap = wanted.inside == "bubblewrap" and namespaces.first_process() == "bwrap"
    private = Private(wanted)
    environment.scrub(wanted)
    spaces = namespaces.unshare() if wanted.level == "namespaces" else frozenset()
    gate = supervisor.continue_in_child(wanted, own_processes="pid" in spaces)
    hidden = filesystem.to_hide(wanted)
    if "mount" in spaces:
        filesystem.confine(wanted, hidden, private, new_proc="pid" in spaces)
    loopback = wanted.own_channels and "net" in spaces and namespaces.raise_loopback()
    limits.apply(wanted)
    privileges.drop()
    ruled = landlock.restrict(wanted, hidden, private, loopback=loopback)
    filtered = syscalls.install(wanted, gate)
    trials = [
        ("bubblewrap", in_bubblewrap),
        ("user namespace", "user" in spaces),
        (
            "private processes",
            namespaces.sees_no_other_process() or (in_bubblewrap and namespaces.sees_ancestors_only()),
        ),
        ("no network", namespaces.has_no_network()),
        ("read-only files", filesystem.only_scratch_is_writable(wanted) and attributes.are_kept(wanted)),
        ("hidden folders", filesystem.what_is_hidden_is_empty(wanted) and private.is_hidden()),
        ("file rules", ruled and landlock.denies(wanted)),
        ("system call filter", filtered.installed and syscalls.denies(wanted)),
        ("process limit", filtered.counts_processes),
        ("no privileges", privileges.are_dropped()),
        ("resource limits", limits.hold(wanted)),
        ("clean environment", environment.is_clean()),
    ]
    return [name for name, holds in trials if holds]


def layers_available() -> list[str]:
    """The layers that hold on this machine, tried in a child. Call it from a single-threaded process."""
    with tempfile.TemporaryDirectory() as scratch:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(reading)
                os.write(writing, json.dumps(enter({"scratch": scratch})).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            data = answer.read()
        os.waitpid(pid, 0)
    return [str(name) for name in json.loads(data)] if data else []
