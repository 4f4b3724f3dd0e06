"""A problem of a batch that has no answer yet, and where its run lies."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.driver.dependencies import changed_since_capture
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.driver.target import Target


@dataclass(frozen=True)
class Task:
    target: Target
    key: str
    author: str
    goes_on: bool
    """Its run was begun under this key, and did not come to an answer."""
    options: Options
    inputs_belong: str = ""
    """Where example inputs of a class of an installed package are looked for, as a sentence."""
    package: str = ""
    """``pkg.mod:Class``, where it was asked for so."""

    @property
    def folder_name(self) -> str:
        return folder_name(self.target)


def begun(folder: Path, target: Target, key: str) -> bool:
    """The run in its folder was begun under ``key``, with the files as they are now."""
    run = RunDirectory(folder / folder_name(target))
    return key_begun(folder, target) == key and not changed_since_capture(run.problem, target.file)


def key_begun(folder: Path, target: Target) -> str:
    """Under which key the run in its folder was begun; empty where that is not known."""
    try:
        return key_file(folder, target).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def key_file(folder: Path, target: Target) -> Path:
    """Says under which key the run in the folder beside it was begun."""
    return folder / f"{folder_name(target)}.key"


def folder_name(target: Target) -> str:
    """Speaks, and is the target's own: files of one name lie in different folders."""
    stem = re.sub(r"\W+", "_", f"{target.file.stem}_{target.class_name or ''}").strip("_")[:60]
    return f"{stem}-{hashlib.sha256(str(target).encode()).hexdigest()[:8]}"
