"""What belongs to the user and to no project: a folder that cannot have come with a repository that was cloned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelagent.driver.project_file import require_known, toml_table

CONFIGURATION = "config.toml"
_TABLES = ("budget", "models")


def user_folder(environ: Mapping[str, str]) -> Path:
    """Of this program, in the user's own configuration."""
    base = environ.get("XDG_CONFIG_HOME") or environ.get("APPDATA")
    try:
        return (Path(base) if base else Path.home() / ".config") / "kernelagent"
    except RuntimeError:  # a user without a home, as in a container: nothing is found or kept
        return Path(os.devnull) / "kernelagent"


def users_configuration() -> Path:
    return user_folder(os.environ) / CONFIGURATION


def users_table(name: str) -> tuple[Path, dict[str, Any]]:
    """``[<name>]`` of ``config.toml`` there, with that file; an empty table where there is none.

    Raises ``BadConfiguration``.
    """
    path = users_configuration()
    try:
        there = path.is_file()
    except OSError:  # of a home that is another user's
        there = False
    if not there:
        return path, {}
    require_known(path, "it", toml_table(path, ()), _TABLES)
    return path, toml_table(path, (name,))
