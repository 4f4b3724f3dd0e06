"""Where the Triton version of a class is: in the class's own file, or in one beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kernelagent.static.needed import needed_by
from kernelagent.static.parsing import parse
from kernelagent.static.provenance import Provenance, provenances
from kernelagent.static.wiring import entry_names

from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.sibling import defines_class, existing_sibling
from kernelagent_lsp.jobs.judging import KernelFile


@dataclass(frozen=True)
class KernelPlace:
    path: Path
    text: str
    """Of the file that holds it: the buffer's where that is open."""
    entry: str
    """Its module class."""
    is_inline: bool

    @property
    def provenance(self) -> Provenance | None:
        """What it was made from, if it says so."""
        return next((found for found in provenances(self.text) if found.entry == self.entry), None)

    @property
    def file(self) -> KernelFile:
        """The kernel as a file of its own, each line where it is."""
        return KernelFile(self.path, _alone(self.text, self.entry) if self.is_inline else self.text)


def kernel_place(documents: DocumentStore, path: str, class_name: str, text: str) -> KernelPlace | None:
    """``text``: of the class's own file. A file of the kernel's own is read from disk unless it is open."""
    entry = entry_names(class_name)[0]
    if defines_class(text, entry):
        return KernelPlace(Path(path), text, entry, is_inline=True)
    beside = existing_sibling(documents, path, class_name)
    if beside is None:
        return None
    entry = next(entry for entry in (*entry_names(class_name), "ModelNew") if defines_class(beside.text, entry))
    return KernelPlace(beside.path, beside.text, entry, is_inline=False)


def _alone(text: str, entry: str) -> str:
    """``text`` with everything blank that ``entry`` does not need."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    kept: set[int] = set()
    for node in needed_by(parse(text), entry):
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        kept |= set(range(first, (node.end_lineno or node.lineno) + 1))
    lines = text.split("\n")
    return "\n".join(line if number in kept else "" for number, line in enumerate(lines, 1))
