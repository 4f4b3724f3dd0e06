"""Room on the disk for an answer, held while it is asked for: what has been paid for can then be written down."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from kernelagent.driver.providers.hearing import LONGEST_REPLY
from kernelagent.driver.run_directory import DISK_IS_FULL, disk_error
from kernelagent.errors import DiskFull

LARGEST = 4 * LONGEST_REPLY
"""Bytes of an answer, in UTF-8."""
_BLOCK = 1 << 16
_NOT_SO = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
"""The file system has no call that reserves."""


@contextlib.contextmanager
def room_for_answers(folder: Path, answers: int) -> Iterator[Callable[[], None]]:
    """Holds it, in a file without a name, of which nothing stays when the process is killed; what it gives frees it
    before the end. Raises ``DiskFull`` where there is not enough, and ``FolderNotWritable``."""
    size = LARGEST * answers
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(tempfile.TemporaryFile(dir=folder, buffering=0))
            _reserve(file.fileno(), size)
        except OSError as exc:
            if exc.errno not in DISK_IS_FULL:
                raise disk_error(exc, folder) from exc
            raise DiskFull(
                f"the disk is full: {size >> 20} MiB are needed in {folder} for a model's answer before it is asked.",
                hint="Free some disk space and run again; this was not asked, and what was finished is kept.",
            ) from exc
        yield held.close


def _reserve(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
            return
        except OSError as exc:
            if exc.errno not in _NOT_SO:
                raise
    left = size
    while left > 0:
        left -= os.write(file, bytes(min(left, _BLOCK)))
