"""The files of runs, to look at and to download: read alone, from the runs of this project alone, and never as a page
that could act in the name of this server."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path, PurePosixPath

from kernelagent.driver.printable import printable
from kernelagent.driver.run_directory import ANSWER
from kernelagent.driver.run_lock import LOCK
from kernelagent.driver.store.exporting import export
from kernelagent.errors import TargetNotFound
from kernelagent.ui.past import folder_named

_SHUT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""A report is a page of its own: it has styles and pictures, and can do nothing."""
_KINDS = {".html": "text/html", ".svg": "image/svg+xml", ".json": "application/json"}
_LEFT_OUT = (LOCK, ANSWER)

Answer = tuple[bytes, dict[str, str]]
"""A body and its headers."""


def file_of(runs: Path, name: str, path: str) -> Answer:
    """The file ``path`` of the run ``name``, as the bytes are. Raises ``TargetNotFound``."""
    place = folder_named(runs, name)
    parts = PurePosixPath(path).parts
    if not parts or any(part in ("..", "/") or "\\" in part or "\0" in part for part in parts):
        raise TargetNotFound(f"there is no file {printable(path)[:200]!r}.", hint="")
    try:
        for part in parts:  # each by itself: what lies there may have come with a repository, and lead elsewhere
            place /= part
            found = os.lstat(place)
            if stat.S_ISLNK(found.st_mode):
                raise OSError
        if not stat.S_ISREG(found.st_mode) or place.name in _LEFT_OUT:
            raise OSError
        content = place.read_bytes()
    except (OSError, ValueError):
        raise TargetNotFound(f"there is no file {printable(path)[:200]!r}.", hint="") from None
    kind = _KINDS.get(place.suffix, "text/plain")
    return content, {"content-type": f"{kind}; charset=utf-8", "content-security-policy": _SHUT}


def archive_of(runs: Path, name: str) -> Answer:
    """The run as ``kernelagent runs export`` packs it: no key, no path of this machine. Raises ``TargetNotFound``,
    ``StillGoing`` and ``BadOption``."""
    folder = folder_named(runs, name)
    with tempfile.TemporaryDirectory(prefix="kernelagent-archive-") as scratch:
        archive = Path(scratch) / "run.zip"
        export([folder], archive)
        content = archive.read_bytes()
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    disposition = f'attachment; filename="{ascii_name}.zip"'
    return content, {"content-type": "application/zip", "content-disposition": disposition}
