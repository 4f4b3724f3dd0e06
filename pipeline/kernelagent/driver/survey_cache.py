"""Surveys by content, in the user's own cache folder: what was surveyed once is not run again."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import dumps, read_json
from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage, Problem
from kernelagent.contract.survey import ClassSurvey
from kernelagent.driver.dependencies import Files, digest

VERSION = 1
MOST = 400
"""Entries that are kept; the ones that were written first go first."""
LARGEST = 2 << 20
"""Bytes of one entry: what is larger is surveyed anew."""


@dataclass(frozen=True)
class _Entry:
    survey: ClassSurvey
    imports: tuple[ImportedFile, ...] = ()
    data: tuple[DataFile, ...] = ()
    packages: tuple[InstalledPackage, ...] = ()


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Of surveys, in the user's cache; ``None`` for a user without a home."""
    base = environ.get("XDG_CACHE_HOME") or environ.get("LOCALAPPDATA")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "kernelagent" / "surveys"
    except RuntimeError:
        return None


class SurveyCache:
    """A folder that may be shared by servers, unwritable or gone: what is not remembered is only surveyed again."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def key(self, problem: Problem, text: str, versions: Mapping[str, str]) -> str:
        """Of all that is known before anything runs; the files that are learned by running are compared besides. Lines
        are of ``text`` as it is, with what wires a class to its Triton version."""
        exact = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return digest(problem, versions, VERSION, problem.file, exact)

    def find(self, key: str, source: Path) -> ClassSurvey | None:
        if self._folder is None:
            return None
        try:
            entry = read_json(self._folder / f"{key}.json", _Entry)
        except (OSError, ValueError):
            return None
        return None if Files(entry.imports, entry.data, entry.packages).changed(source) else entry.survey

    def keep(self, key: str, survey: ClassSurvey, files: Files) -> None:
        if self._folder is None:
            return
        text = dumps(_Entry(survey, files.imports, files.data, files.packages))
        if len(text) > LARGEST:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._folder / f"{key}.{os.getpid()}.new"
            new.write_text(text, encoding="utf-8", errors="backslashreplace")
            new.replace(self._folder / f"{key}.json")
            self._drop_old(self._folder)

    def _drop_old(self, folder: Path) -> None:
        entries = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)]
        for _, path in sorted(entries)[: max(0, len(entries) - MOST)]:
            with contextlib.suppress(OSError):
                os.unlink(path)
