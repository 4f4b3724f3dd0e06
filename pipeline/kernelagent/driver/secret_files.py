"""Files with keys, which nothing that runs in the sandbox may see: what it reads it can make the judge say."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kernelagent.driver.project_file import kernelagent_table, project_root
from kernelagent.errors import BadConfiguration


def folders_around(near: Path) -> list[Path]:
    """The project around the file ``near``, its own folder, and the same of the current folder."""
    folders = [project_root(near), near.absolute().parent]
    with contextlib.suppress(FileNotFoundError):  # the current folder may have been removed
        folders += [project_root(Path.cwd() / "file"), Path.cwd()]
    return list(dict.fromkeys(folders))


def secret_files(near: Path, env_file: str | None = None) -> tuple[str, ...]:
    """``.env`` and what begins so in the project around the file ``near``, beside it and in the current folder; the
    ``env-file`` of the project's table, and ``env_file``. Absolute paths, of files alone."""
    found = [path for folder in folders_around(near) for path in sorted(folder.glob(".env*"))]
    with contextlib.suppress(BadConfiguration):
        table_of, table = kernelagent_table(near, "")
        named = table.get("env-file")
        found += [table_of.parent / named] if isinstance(named, str) else []
    found += [Path(env_file)] if env_file is not None else []
    return tuple(dict.fromkeys(str(path.resolve()) for path in found if os.path.isfile(path)))
