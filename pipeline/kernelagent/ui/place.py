"""Where pages work: the folder that the server was started in, its project's runs, and the problems to pick from."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kernelagent.driver.batch.problems import problems
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.target import Target, modules_in, read_source
from kernelagent.errors import KernelAgentError

MOST_PROBLEMS = 500
"""More are no list to pick from."""


@dataclass(frozen=True)
class Place:
    folder: Path
    """In which the server was started."""
    runs: Path
    """``.fuse`` of the project around it."""
    problems: dict[str, Target]
    """By what stands in the list: nothing else can be picked."""

    @property
    def env_file(self) -> Path:
        """A ``.env`` there has keys too, as for KernelAgent's commands."""
        return self.folder / ".env"


def place(folder: Path, paths: Sequence[str] = ()) -> Place:
    """``paths``: problems as ``kernelagent batch`` takes them; none: Python files right in ``folder`` that define a
    module. Raises ``TargetNotFound`` for one that means none."""
    given = list(paths) or sorted(glob.glob(f"{glob.escape(str(folder))}/*.py"))
    found: dict[str, Target] = {}
    for asked in problems(given) if given else ():
        for target in _each_class(asked.target):
            if len(found) < MOST_PROBLEMS:
                found[_shown(target, folder)] = target
    return Place(folder, project_root(folder / "here") / RUNS_FOLDER, found)


def _each_class(target: Target) -> list[Target]:
    if target.class_name is not None:
        return [target]
    try:
        names = [module.name for module in modules_in(read_source(target).text)]
    except (KernelAgentError, SyntaxError, ValueError, RecursionError):
        return []
    return [target] if len(names) == 1 or "Model" in names else [Target(target.file, name) for name in names]


def _shown(target: Target, folder: Path) -> str:
    file = target.file.absolute()
    path = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
    return f"{path}::{target.class_name}" if target.class_name else path
