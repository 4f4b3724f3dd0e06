"""Rules on files that a process puts on itself for good, without any privilege: Landlock (Linux 5.13 and newer).

It holds where a machine gives no namespaces, and on top of them where it does. Rules only ever allow, so a hidden
folder is left out by allowing everything beside it. See ``landlock(7)``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from kernelagent.worker.sandbox import kernel_calls
from kernelagent.worker.sandbox.policy import Policy
from kernelagent.worker.sandbox.private import Private

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE, _MAKE_LINK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
_MAKE_PIPE = 1 << 10
_RENAME_ACROSS, _TRUNCATE = 1 << 13, 1 << 14
_READING = _EXECUTE | _READ | _LIST
_WRITING = _WRITE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE | _MAKE_LINK | _RENAME_ACROSS | _TRUNCATE
"""No sockets or devices, not even in the scratch folder; named pipes for a policy with ``own_channels`` only."""
_OF_A_FILE = _EXECUTE | _WRITE | _READ | _TRUNCATE
_RIGHTS = {1: 0x1FFF, 2: 0x3FFF}
_ALL_RIGHTS = 0x7FFF


def restrict(policy: Policy, hidden: list[Path], private: Private, *, loopback: bool = False) -> bool:
    """Forbid everything but reading (less ``hidden``; of ``private`` only what is needed) and writing to the scratch
    folder; ``False`` where there is no Landlock. Needs ``no_new_privs``. ``loopback``: the network is the sandbox's own
    and leads nowhere, so that its processes may use it among themselves."""
    if not sys.platform.startswith("linux"):
        return False
    version = kernel_calls.landlock_version()
    if version < 1:
        return False
    handled = _RIGHTS.get(version, _ALL_RIGHTS)
    bind_and_connect, abstract_sockets_and_signals = 0 if loopback else 3, 3
    writing = _WRITING | _MAKE_PIPE if policy.own_channels else _WRITING
    attributes = struct.pack("=QQQ", handled, bind_and_connect, abstract_sockets_and_signals)
    rules = kernel_calls.landlock_ruleset(attributes[: 8 if version < 4 else 16 if version < 6 else 24])
    try:
        for path in _all_but({path.resolve() for path in hidden}, private.needed):
            _allow(rules, path, _READING & handled)
        _allow(rules, Path(policy.scratch), (_READING | writing) & handled)
        for path in map(Path, ("/dev", "/proc") if policy.gpu else (os.devnull,)):
            _allow(rules, path, (_READING | _WRITE | _TRUNCATE) & handled)
        kernel_calls.landlock_restrict(rules)
    except OSError:
        return False
    finally:
        os.close(rules)
    return True


def denies(policy: Policy) -> bool:
    """A socket can't be made in the scratch folder, where files can; nor a pipe, unless the policy has them."""
    trial = Path(policy.scratch) / f".trial-{uuid.uuid4().hex}"
    try:
        if policy.own_channels:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.bind(f"/proc/self/cwd/{trial.name}")  # a socket's address is short, and paths need not be
        else:
            os.mkfifo(trial)
    except OSError:
        return True
    trial.unlink()
    return False


def _allow(rules: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):  # what can't be opened needs no rule
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                rights &= _OF_A_FILE
            kernel_calls.landlock_allow(rules, struct.pack("=Qi", rights, place))
        finally:
            os.close(place)


def _all_but(hidden: set[Path], private: dict[Path, list[Path]], folder: Path = Path("/")) -> Iterator[Path]:
    """The largest folders and files that together are everything but ``hidden``, and but what is not needed of
    ``private``."""
    if folder in hidden:
        return
    if folder in private:
        for path in private[folder]:
            yield from _all_but(hidden, {}, path)
        return
    if not any(folder in path.parents for path in (*hidden, *private)):
        yield folder
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            path = folder / name
            if not path.is_symlink():  # its target has a rule of its own, or is hidden
                yield from _all_but(hidden, private, path)
