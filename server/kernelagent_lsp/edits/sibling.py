"""``output = sibling``: the kernel in a file of its own, beside the module's; the module's file stays as it is.

before: ``model.py`` with ``class Gate(nn.Module)``
after:  ``model.py`` untouched, ``model_triton.py`` with the kernels and ``class GateTriton``

A file that holds anything else than what we generated for this class is never overwritten: the next free name is taken.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from kernelagent.static.once import once_per_text
from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.generated import IsOurs
from kernelagent_lsp.edits.neighbours import Neighbours, kernel_files
from kernelagent_lsp.edits.plan import EditPlan, Placing, newline_of, whole_range, with_newlines
from kernelagent_lsp.jobs.judging import KernelFile
from kernelagent_lsp.uris import path_to_uri


def plan_sibling(documents: DocumentStore, placing: Placing, is_ours: IsOurs, standing: Path | None = None) -> EditPlan:
    """The kernel into the file beside the module's: the first name that is free, empty, or holds a text of ours.
    ``standing``: where the class has one under another name, which comes before all others."""
    names = chain([] if standing is None else [standing], _names(placing.path, placing.class_name))
    target = next(name for name in names if _may_be_written(documents, name, is_ours))
    uri = path_to_uri(str(target))
    document = documents.get(uri)
    on_disk = None if document is not None else read_source(target)
    after = with_newlines(placing.kernel, newline_of(placing.text))
    nowhere = types.Range(start=types.Position(0, 0), end=types.Position(0, 0))
    if document is not None:
        return EditPlan(
            document.uri, str(target), document.version, False, (types.TextEdit(whole_range(document), after),), after
        )
    if on_disk is not None:
        stored = Document(uri, "python", 0, on_disk, documents.encoding)
        return EditPlan(uri, str(target), None, False, (types.TextEdit(whole_range(stored), after),), after)
    # Emacs sends every text with the line ends of Unix, and writes it with those that the file had.
    newline = newline_of(read_source(placing.path) or placing.text)
    is_new = not os.path.exists(target)
    return EditPlan(uri, str(target), None, is_new, (types.TextEdit(nowhere, after),), after, newline=newline)


def existing_sibling(neighbours: Neighbours, path: str, class_name: str) -> KernelFile | None:
    """The file beside ``path`` that holds ``class_name``'s kernel, whoever wrote it; ``None`` where there is none."""
    for place, target in enumerate(_names(path, class_name)):
        if not neighbours.is_there(target):
            if place:
                return None
            continue  # the second name is taken where a file of this name was there once
        text = neighbours.text(target)
        entries = (f"{class_name.rpartition('.')[2]}Triton", "ModelNew")
        if text is not None and any(defines_class(text, entry) for entry in entries):
            return KernelFile(target, text)
    return None  # pragma: no cover - there is no end of names


def beside(path: Path) -> list[Path]:
    """The files in ``path``'s folder that may hold kernels of its classes."""
    stem = re.sub(r"\W+", "_", _ascii(path.stem))
    is_plain = re.search(r"[A-Za-z]", stem) is not None  # else it goes by the class's name
    return [file for file in kernel_files(path.parent) if file.name.lstrip("_").startswith(stem) or not is_plain]


def defines_class(text: str, name: str) -> bool:
    return name in _classes_at_the_top(text)


@once_per_text
def _classes_at_the_top(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"^class (\w+)", text, re.MULTILINE))


def _may_be_written(documents: DocumentStore, candidate: Path, is_ours: IsOurs) -> bool:
    document = documents.get(path_to_uri(str(candidate)))
    if document is None and not os.path.exists(candidate):
        return True
    text = document.text if document is not None else read_source(candidate)
    return text is not None and (not text.strip() or is_ours(text))


def _names(path: str, class_name: str) -> Iterator[Path]:
    """Where ``class_name``'s kernel may lie, best first, without end."""
    module, stem = Path(path), _stem(path, class_name)
    own = re.sub(r"\W", "_", _ascii(class_name))
    yield module.with_name(f"{stem}_triton.py")
    yield module.with_name(f"{stem}_{own}_triton.py")
    number = 2
    while True:
        yield module.with_name(f"{stem}_{own}_triton_{number}.py")
        number += 1


def _stem(path: str, class_name: str) -> str:
    """The module file's name as one that can be imported, in ASCII: ptxas refuses sources with any other name."""
    stem = re.sub(r"\W+", "_", _ascii(Path(path).stem))
    if not re.search(r"[A-Za-z]", stem):  # its author wrote it in another script
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W+", "_", _ascii(class_name)).lower().strip("_")
        stem = snake or "kernel"
    return f"_{stem}" if stem[0].isdigit() else stem


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
