"""What the sandbox is told, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from kernelagent.contract.endings import ENDED

Level = Literal["namespaces", "limits"]

_PATHS = ("hide", "secrets", "private", "needs")
PROCESSES, FILES, MEMORY, STUCK, IDLE = ENDED


@dataclass(frozen=True)
class Policy:
    scratch: str
    """The one folder that may be written to."""
    hide: tuple[str, ...] = ()
    """Folders and files that must look empty: the expected outputs, the module's own source."""
    secrets: tuple[str, ...] = ()
    """The same of files with keys."""
    private: tuple[str, ...] = ()
    """Folders that must look empty but for what is needed there: the user's home and project."""
    needs: tuple[str, ...] = ()
    """What is needed there beside Python and the scratch folder: the kernel's file, its inputs."""
    home: str = ""
    """The user's home folder by the driver's ``HOME``, which may be another than the account's; empty: none."""
    memory_bytes: int = 4 << 30
    """Address space on top of what the process has already; not limited on a GPU, whose driver maps terabytes."""
    cpu_seconds: int = 600
    idle_seconds: float = 0.0
    """All of its threads may sleep so long at a stretch; 0: without end."""
    file_bytes: int = 2 << 30
    """Largest file that may be written."""
    scratch_bytes: int = 8 << 30
    """Of all files in the scratch folder together."""
    scratch_files: int = 20_000
    open_files: int = 512
    most_processes: int = 64
    """At once, where processes may be made at all."""
    most_tasks: int = 2048
    """The same with all their threads."""
    resident_bytes: int = 24 << 30
    """Memory in use by all of them together, where processes may be made."""
    processes: bool = False
    """May start processes and threads: the compiler runs ptxas."""
    gpu: bool = False
    niceness: int = 0
    """How far behind other processes it stands for the processor, as ``nice`` has it."""
    own_channels: bool = False
    """Its processes may talk to each other, as NVIDIA's tools do: through named pipes in the scratch folder, and
    through 127.0.0.1 where the network is their own."""
    level: Level = "namespaces"
    """``limits`` does without namespaces, as on a machine that gives none."""
    inside: str = ""
    """``bubblewrap``, where the process was started in it."""


def from_args(data: dict[str, Any]) -> Policy:
    return Policy(**{**data, **{name: tuple(data.get(name, ())) for name in _PATHS}})
