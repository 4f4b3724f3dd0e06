"""Which folder of runs is meant, and the one that an id in it means."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.driver.printable import printable
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.run_lock import is_going

folder_option = click.option(
    "--folder", metavar="DIR", help="The folder of runs. Default: .fuse of the project around the current folder."
)


def folder_of_runs(chosen: str | None) -> Path:
    return Path(chosen) if chosen is not None else project_root(Path.cwd() / "here") / RUNS_FOLDER


def unfinished(path: Path) -> str:
    """What there is to say of a run without a result."""
    return "is still going" if is_going(path) else f"did not end; `kernelagent runs resume {path.name}` lets it go on"


def warn(warnings: list[str]) -> None:
    """On stderr, each once."""
    for text in dict.fromkeys(warnings):
        click.echo(printable(text), err=True)
