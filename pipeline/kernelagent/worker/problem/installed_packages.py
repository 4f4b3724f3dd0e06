"""What the module's code has imported of what is installed: another version of it may make another module."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path

from kernelagent.contract.problem import ImportedFile, InstalledPackage, Problem
from kernelagent.worker.problem.imported_files import imported_files, told

_INSTALLED = ("site-packages", "dist-packages")
_KNOWN_BY_VERSION = frozenset({"torch", "triton"})


class Imports:
    """What this process imports from now on."""

    def __init__(self) -> None:
        self._before = frozenset(sys.modules)

    def of(self, problem: Problem) -> tuple[tuple[ImportedFile, ...], tuple[InstalledPackage, ...]]:
        """Files, and distributions with a ``RECORD``. A file of code that lies among installed packages and belongs to
        none of them counts as a file of the project does."""
        folder = Path(problem.file).resolve().parent
        packages: dict[str, InstalledPackage] = {}
        stray: list[Path] = []
        for site, loaded in self._by_site().items():
            owned: set[str] = set()
            for record, text, entries in _records(site, set(loaded)):
                owned |= entries
                name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
                if name not in _KNOWN_BY_VERSION:
                    path = os.path.relpath(record, folder).replace(os.sep, "/")
                    packages[path] = InstalledPackage(name, version, path, hashlib.sha256(text).hexdigest())
            stray += [file for entry, files in loaded.items() if entry not in owned for file in files]
        files = {file.path: file for file in (*imported_files(problem), *told(stray, folder))}
        ordered = tuple(file for _, file in sorted(files.items()))
        return ordered, tuple(package for _, package in sorted(packages.items()))

    def _by_site(self) -> dict[Path, dict[str, list[Path]]]:
        """By the folder of installed packages, and by what lies in it, files of code that were imported."""
        found: dict[Path, dict[str, list[Path]]] = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name in self._before or not isinstance(file, str):
                continue
            parts = Path(file).parts
            at = next((n for n, part in enumerate(parts) if part in _INSTALLED), None)
            if at is not None and at + 1 < len(parts):
                entries = found.setdefault(Path(*parts[: at + 1]), {})
                entries.setdefault(parts[at + 1], []).append(Path(file))
        return found


def _records(site: Path, entries: set[str]) -> list[tuple[Path, bytes, set[str]]]:
    """Each ``RECORD`` in ``site`` that lists one of ``entries``, its text, and which."""
    wanted = re.compile(rb"^(%s)[/,]" % b"|".join(re.escape(os.fsencode(entry)) for entry in entries), re.MULTILINE)
    found = []
    for record in sorted(site.glob("*.dist-info/RECORD")):
        try:
            text = record.read_bytes()
        except OSError:
            continue
        if listed := {os.fsdecode(entry) for entry in wanted.findall(text)}:
            found.append((record, text, listed))
    return found
