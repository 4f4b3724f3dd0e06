"""A private view of the files: all of it read-only but for the scratch folder, secrets and expected outputs hidden."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from kernelagent.worker.sandbox import kernel_calls
from kernelagent.worker.sandbox.policy import Policy
from kernelagent.worker.sandbox.private import Private

_READ_ONLY, _NO_SETUID = 1, 2


def confine(policy: Policy, hidden: list[Path], private: Private, *, new_proc: bool) -> None:
    """Arrange the mounts of this process's own namespace. What fails shows in the trials below."""
    kernel_calls.mount("none", "/", None, kernel_calls.MS_REC | kernel_calls.MS_PRIVATE)
    if new_proc:
        with contextlib.suppress(OSError):  # refused where /proc is partly masked: then others' processes stay visible
            kernel_calls.mount(
                "proc", "/proc", "proc", kernel_calls.MS_NOSUID | kernel_calls.MS_NODEV | kernel_calls.MS_NOEXEC
            )
    private.mount()
    for path in hidden:
        with contextlib.suppress(OSError):
            if path.is_dir():
                kernel_calls.mount("none", str(path), "tmpfs", kernel_calls.MS_NOSUID, "size=4k,mode=0755")
            else:
                kernel_calls.mount("/dev/null", str(path), None, kernel_calls.MS_BIND)
    kernel_calls.mount(policy.scratch, policy.scratch, None, kernel_calls.MS_BIND)
    with contextlib.suppress(OSError):
        _make_read_only()
        kernel_calls.set_mount_attributes(policy.scratch, remove=_READ_ONLY)
        if policy.gpu:  # CUDA writes to /proc when it starts
            kernel_calls.set_mount_attributes("/proc", remove=_READ_ONLY)
    os.chdir(policy.scratch)  # the folder as it was before still lay on the old mount


def _make_read_only() -> None:
    try:
        kernel_calls.set_mount_attributes("/", add=_READ_ONLY | _NO_SETUID, recursive=True)
    except OSError:  # before Linux 5.12: mount by mount, keeping the flags that each has
        for target, flags in _mounts():
            with contextlib.suppress(OSError):
                remount = kernel_calls.MS_REMOUNT | kernel_calls.MS_BIND | kernel_calls.MS_RDONLY
                kernel_calls.mount("none", target, None, remount | flags)


def _mounts() -> Iterator[tuple[str, int]]:
    known = {"nosuid": kernel_calls.MS_NOSUID, "nodev": kernel_calls.MS_NODEV, "noexec": kernel_calls.MS_NOEXEC}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        fields = line.split()
        flags = sum(known.get(option, 0) for option in fields[5].split(","))
        yield fields[4].encode().decode("unicode_escape"), flags


def to_hide(policy: Policy) -> list[Path]:
    """The expected outputs, the sockets under ``/run``, and every dot file of the home folder that Python itself does
    not need: keys, tokens, histories."""
    needed = [Path(p).resolve() for p in (*sys.path, sys.prefix, sys.base_prefix, policy.scratch) if p]
    hidden = [Path(path) for path in (*policy.hide, *policy.secrets) if os.path.exists(path)]
    if not policy.gpu:
        hidden.append(Path("/run"))
    for home in _homes(policy):
        with contextlib.suppress(OSError):
            hidden += sorted(home.glob(".*"))
    return [
        path
        for path in (p.resolve() for p in hidden if p.exists())
        if not any(path == use or path in use.parents for use in needed)
    ]


def _homes(policy: Policy) -> list[Path]:
    """By the account's entry, of which there may be none in a container, and by the driver's ``HOME``."""
    homes = [Path(policy.home)] if os.path.isabs(policy.home) else []
    with contextlib.suppress(KeyError):
        homes.append(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return list(dict.fromkeys(homes))


def only_scratch_is_writable(policy: Policy) -> bool:
    """A file can be made in the scratch folder, and in none of the usual places outside."""
    outside = {
        Path(policy.scratch).parent,
        Path("/"),
        Path("/tmp"),
        Path(sys.prefix),
        Path("/dev/shm"),
    }
    outside |= {folder for home in _homes(policy) for folder in (home, home.parent)}
    return _can_write(Path(policy.scratch)) and not any(_can_write(folder) for folder in outside)


def _can_write(folder: Path) -> bool:
    trial = folder / f".trial-{uuid.uuid4().hex}"
    try:
        trial.touch(exist_ok=False)
    except OSError:
        return False
    trial.unlink()
    return True


def what_is_hidden_is_empty(policy: Policy) -> bool:
    for path in map(Path, (*policy.hide, *policy.secrets)):
        try:
            if any(path.iterdir()) if path.is_dir() else path.read_bytes():
                return False
        except OSError:
            continue
    return True
