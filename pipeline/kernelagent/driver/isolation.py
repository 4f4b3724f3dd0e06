"""How a candidate is shut in: which level of the sandbox this machine can have, and how to start a process in it.

``namespaces``  the worker's own sandbox, in a process forked from a warm one: everything that bubblewrap does.
``bubblewrap``  the same inside ``bwrap``, in a fresh process (seconds more): for machines that let bubblewrap alone
                make namespaces, as Ubuntu does by AppArmor.
``limits``      neither: Landlock, the system call filter and resource limits.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kernelagent.driver.secret_files import folders_around, secret_files
from kernelagent.driver.users_own import user_folder
from kernelagent.errors import BadOption

Level = Literal["bubblewrap", "namespaces", "limits"]
Wanted = Literal["auto", "bubblewrap", "namespaces", "limits"]

_OF_THE_SYSTEM = frozenset(
    ("/", "/bin", "/dev", "/etc", "/lib", "/lib64", "/opt", "/proc", "/sbin", "/sys", "/usr", "/usr/local", "/var")
)
"""Never private, even where somebody works there."""
_UNSHARE = """
import ctypes, os
user, mount, net, pid = 0x10000000, 0x20000, 0x40000000, 0x20000000
raise SystemExit(0 if ctypes.CDLL(None).unshare(user | mount | net | pid) == 0 else 1)
"""


@dataclass(frozen=True)
class Isolation:
    level: Level
    why: str
    """For people."""
    secrets: tuple[str, ...] = ()
    """Files that look empty to whatever is shut in."""
    project: tuple[str, ...] = ()
    """Folders of which what is shut in sees only what it needs, as it does of the user's home."""

    def prefix(self, scratch: str, hidden: tuple[str, ...]) -> tuple[str, ...]:
        """What to put before a worker's command line; empty where a forked process shuts itself in."""
        if self.level != "bubblewrap":
            return ()
        return (
            *("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"),
            *("--proc", "/proc"),
            *(
                part
                for path in (*hidden, *self.secrets)
                for part in (("--ro-bind", "/dev/null", path) if os.path.isfile(path) else ("--tmpfs", path))
            ),
            *("--bind", scratch, scratch, "--chdir", scratch, "--"),
        )

    def shut_in(self, needs: Sequence[Path] = ()) -> dict[str, Any]:
        """What the worker's own sandbox is told: it is the inner one of two inside bubblewrap. ``needs``: all that the
        task reads besides its scratch folder; with none the home and the project can be read, but for secrets."""
        inside = "bubblewrap" if self.level == "bubblewrap" else ""
        level = "limits" if self.level == "limits" else "namespaces"
        home = os.path.expanduser("~")
        private = [path for path in (home, *self.project) if os.path.realpath(path) not in _OF_THE_SYSTEM]
        told = {"level": level, "inside": inside, "secrets": list(self.secrets), "home": home}
        return told | ({"private": private, "needs": [str(path) for path in needs]} if needs else {})


def choose(wanted: Wanted, interpreter: str, near: Sequence[Path] = (), env_file: str | None = None) -> Isolation:
    """The level to use, and what it hides wherever it is used: the projects around the files ``near``, the user's own
    folder of this program, and files with keys there and ``env_file``. Raises ``BadOption`` when bubblewrap is asked
    for and does not work here."""
    level, why = _level(wanted, interpreter)
    secrets = dict.fromkeys(path for file in near for path in secret_files(file, env_file))
    project = dict.fromkeys(str(folder) for file in near for folder in folders_around(file))
    own = user_folder(os.environ)  # it holds a key of this program's, and may lie outside the home
    if near and os.path.isdir(own):
        project[str(own)] = None
    return Isolation(level, why, tuple(secrets), tuple(project))


def _level(wanted: Wanted, interpreter: str) -> tuple[Level, str]:
    if wanted == "bubblewrap" and not bubblewrap_works():
        raise BadOption(
            "--sandbox bubblewrap: bwrap is not installed here, or cannot make namespaces.",
            hint="Install it (apt install bubblewrap), or use --sandbox auto.",
        )
    if wanted != "auto":
        return wanted, "as was asked for"
    if namespaces_work(interpreter):
        return "namespaces", "this machine lets every user have namespaces"
    if bubblewrap_works():
        return "bubblewrap", "this machine gives namespaces to bubblewrap alone"
    return "limits", "this machine gives no namespaces"


@functools.lru_cache(maxsize=8)
def namespaces_work(interpreter: str) -> bool:
    return sys.platform.startswith("linux") and _succeeds(interpreter, "-I", "-S", "-c", _UNSHARE)


@functools.lru_cache(maxsize=1)
def bubblewrap_works() -> bool:
    found = shutil.which("bwrap")
    return found is not None and _succeeds(found, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true")


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
