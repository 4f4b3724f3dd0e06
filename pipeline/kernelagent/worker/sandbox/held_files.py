"""Files that have no name any more, or never had one, and take room on the disk: as long as a process holds them open,
or has them in its memory.

An open one tells its size. Of one that is only mapped, its descriptor closed, Linux tells the inode's number to all
and the size to the machine's administrator alone. So the sizes of all files that were seen are remembered, and one that
was there at no look counts for as much as can be written between two.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
from collections.abc import Iterable

UNSEEN = 256 << 20
"""Bytes that a file counts for which came, was mapped and was closed between two looks."""
_DELETED = b" (deleted)"


class HeldFiles:
    """Of one sandbox; made in the process that its first is forked from."""

    def __init__(self) -> None:
        with mmap.mmap(-1, mmap.PAGESIZE):
            mapped = set(_mapped("self"))
        self._memory = {device for device, _, name in mapped if name == b"/dev/zero" + _DELETED}
        """What shared memory without a file says for its device."""
        self._given = {inode for _, inode, _ in mapped}
        self._known: dict[int, int] = {}

    def size(self, processes: Iterable[str], named: dict[int, int]) -> int:
        """Bytes held by these entries of ``/proc``. ``named``: inode → bytes of the files that the scratch folder lists
        now."""
        held: dict[tuple[int, int], int] = {}
        mapped: set[int] = set()
        grown: dict[int, int] = {}
        for process in processes:
            for found in _open(process):
                grown[found.st_ino] = max(found.st_blocks * 512, found.st_size)
                if not found.st_nlink:
                    held[found.st_dev, found.st_ino] = found.st_blocks * 512
            mapped |= {inode for device, inode, _ in _mapped(process) if device not in self._memory}
        mapped -= {inode for _, inode in held} | self._given
        before = self._known
        self._known = {**{inode: before.get(inode, UNSEEN) for inode in mapped}, **named, **grown}
        return sum(held.values()) + sum(self._known[inode] for inode in mapped)


def _open(process: str) -> Iterable[os.stat_result]:
    """Regular files that ``process`` has open."""
    with contextlib.suppress(OSError):  # it ended meanwhile
        for number in os.listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):  # closed meanwhile
                found = os.stat(f"/proc/{process}/fd/{number}")
                if stat.S_ISREG(found.st_mode):
                    yield found


def _mapped(process: str) -> Iterable[tuple[bytes, int, bytes]]:
    """Device, inode and name of the files without a name that lie in the memory of ``process``."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as stream:  # it ended meanwhile
        for line in stream:
            if line.endswith(_DELETED + b"\n"):
                _, _, _, device, inode, name = line.rstrip(b"\n").split(None, 5)
                yield device, int(inode), name
