"""A module's file and those beside it, as one request sees them: the buffer where a file is open, else the disk.

Each file is read and each folder listed once, however many classes are asked about: a file of two hundred classes costs
two hundred times as much as one of a single class, and no more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from kernelagent.static.provenance import Provenance, provenances

from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.uris import path_to_uri


class Neighbours:
    """Lives as long as one request: what it has seen is not looked at again."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._texts: dict[Path, str | None] = {}
        self._made_from: dict[Path, dict[str, list[tuple[Path, Provenance]]]] = {}

    def text(self, file: Path) -> str | None:
        """``None`` where there is no such file, or it is not a Python source."""
        if file not in self._texts:
            document = self._documents.get(path_to_uri(str(file)))
            self._texts[file] = document.text if document is not None else read_source(file)
        return self._texts[file]

    def is_there(self, file: Path) -> bool:
        """Open or on disk, whatever it holds."""
        known = self._texts.get(file) is not None
        return known or self._documents.get(path_to_uri(str(file))) is not None or os.path.exists(file)

    def made_from(self, folder: Path, class_name: str) -> Iterable[tuple[Path, Provenance]]:
        """The kernels in ``folder`` that say that they were made from a class of this name, and their files."""
        if folder not in self._made_from:
            found = self._made_from[folder] = {}
            for file in kernel_files(folder):
                for said in provenances(self.text(file) or ""):
                    found.setdefault(said.class_name, []).append((file, said))
        return self._made_from[folder].get(class_name, ())


def kernel_files(folder: Path) -> list[Path]:
    """Those in ``folder`` that have a kernel file's name."""
    try:
        return sorted(file for file in folder.iterdir() if re.search(r"_triton(_\d+)?\.py$", file.name))
    except OSError:
        return []
