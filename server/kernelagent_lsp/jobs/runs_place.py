"""Where the runs of a file lie, and what else is kept of it."""

from __future__ import annotations

from pathlib import Path

from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER, runs_folder

from kernelagent_lsp.configuration.settings import Settings


def runs_place(path: str, settings: Settings) -> Path:
    """The folder that ``runDirectory`` names, or ``.fuse`` of the project around ``path``; there or not."""
    if settings.run_directory is not None:
        return Path(settings.run_directory)
    return project_root(Path(path)) / RUNS_FOLDER


def made_runs_place(path: str, settings: Settings) -> Path:
    """As :func:`runs_place`, and there. Raises ``OSError``."""
    if settings.run_directory is None:
        return runs_folder(Path(path))
    place = Path(settings.run_directory)
    place.mkdir(parents=True, exist_ok=True)
    return place
