"""``output = sibling``: the kernel in a file of its own, beside the module's; the module's file stays as it is.

before: ``model.py`` with ``class Gate(nn.Module)``
after:  ``model.py`` untouched, ``model_triton.py`` with the kernels and ``class GateTriton``

A file that holds something else than this class's kernel is never overwritten: the next free name is taken.
"""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol import types

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.plan import EditPlan, Placing, newline_of, whole_range, with_newlines
from kernelagent_lsp.jobs.judging import KernelFile
from kernelagent_lsp.uris import path_to_uri


def plan_sibling(documents: DocumentStore, placing: Placing) -> EditPlan:
    """The kernel into the file beside the module's."""
    target = find_sibling(documents, placing.path, placing.class_name, placing.entry)
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
    return EditPlan(uri, str(target), None, not target.exists(), (types.TextEdit(nowhere, after),), after)


def existing_sibling(documents: DocumentStore, path: str, class_name: str) -> KernelFile | None:
    """The file beside ``path`` that holds ``class_name``'s kernel, and its text; ``None`` where there is none."""
    for entry in (f"{class_name.rpartition('.')[2]}Triton", "ModelNew"):
        target = find_sibling(documents, path, class_name, entry)
        document = documents.get(path_to_uri(str(target)))
        text = document.text if document is not None else read_source(target)
        if text is not None and defines_class(text, entry):
            return KernelFile(target, text)
    return None


def find_sibling(documents: DocumentStore, path: str, class_name: str, entry: str) -> Path:
    """Where ``class_name``'s kernel belongs: the first name that is free, empty, or holds ``entry`` already."""
    module = Path(path)
    own = re.sub(r"\W", "_", class_name)
    names = [f"{module.stem}_triton.py", f"{module.stem}_{own}_triton.py"]
    number = 1
    while True:
        for name in names:
            candidate = module.with_name(name)
            if _may_hold(documents, candidate, entry):
                return candidate
        number += 1
        names = [f"{module.stem}_{own}_triton_{number}.py"]


def _may_hold(documents: DocumentStore, candidate: Path, entry: str) -> bool:
    document = documents.get(path_to_uri(str(candidate)))
    if document is None and not candidate.exists():
        return True
    text = document.text if document is not None else read_source(candidate)
    return text is not None and (not text.strip() or defines_class(text, entry))


def defines_class(text: str, name: str) -> bool:
    return re.search(rf"^class {re.escape(name)}\b", text, re.MULTILINE) is not None
