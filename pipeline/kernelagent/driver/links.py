"""Symbolic links in a folder that runs write to: a repository may bring one that leads elsewhere; a run makes none."""

from __future__ import annotations

import os
from pathlib import Path

from kernelagent.errors import BadOption


def require_no_links(folder: Path, *, depth: int | None = None) -> None:
    """Of everything in ``folder``, to ``depth`` levels; the folder itself may be a link, as its user chose. One that is
    not there, or can't be read, has none. Raises ``BadOption``."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink():
            raise BadOption(
                f"{entry.path} is a symbolic link: what a run writes there would land in {os.path.realpath(entry)}.",
                hint="A run makes no links. Remove it, or name a new folder.",
            )
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and depth != 1:
            require_no_links(Path(entry.path), depth=None if depth is None else depth - 1)
