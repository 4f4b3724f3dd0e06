"""Where the Triton version of a class is: in the class's own file, or in one beside it.

What the file itself imports comes first, then what lies below the class, then the file of the usual name, then one
whose kernel says that it was made from this class: files are renamed, and the line above the kernel keeps the old name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kernelagent.static.needed import needed_by
from kernelagent.static.parsing import parse
from kernelagent.static.provenance import Provenance, fingerprint, provenances
from kernelagent.static.wiring import entry_names, wiring_of

from kernelagent_lsp.edits.neighbours import Neighbours
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

    def source(self, path: str) -> str:
        """The class's file ``path`` under the name that it had when the kernel was made."""
        made_from = self.provenance
        return path if made_from is None else str(source_of(made_from, Path(path)))

    def is_of_another(self, path: str) -> bool:
        """Whether the file that it was made from is there, and is another one than ``path``."""
        source = self.source(path)
        return source != path and os.path.exists(source)


def source_of(made_from: Provenance, near: Path) -> Path:
    """The file that a kernel was made from, in the folder of ``near``."""
    is_name = not {"/", "\\"} & set(made_from.file)
    return near.with_name(made_from.file) if is_name else near


def kernel_place(neighbours: Neighbours, path: str, class_name: str, text: str) -> KernelPlace | None:
    """``text``: of the class's own file. A file of the kernel's own is read from disk unless it is open."""
    wiring = wiring_of(text, class_name)
    if wiring is not None and wiring.is_in_force and wiring.module:
        in_use = _in_file(neighbours, Path(path).with_name(f"{wiring.module}.py"), [wiring.entry])
        if in_use is not None:
            return in_use
    entry = entry_names(class_name)[0]
    if defines_class(text, entry):
        return KernelPlace(Path(path), text, entry, is_inline=True)
    beside = existing_sibling(neighbours, path, class_name)
    if beside is None:
        return _made_from_this(neighbours, Path(path), class_name, text)
    return _in_file(neighbours, beside.path, (*entry_names(class_name), "ModelNew"))


def _in_file(neighbours: Neighbours, file: Path, entries: Iterable[str]) -> KernelPlace | None:
    text = neighbours.text(file)
    entry = next((name for name in entries if text is not None and defines_class(text, name)), None)
    return None if text is None or entry is None else KernelPlace(file, text, entry, is_inline=False)


def _made_from_this(neighbours: Neighbours, path: Path, class_name: str, text: str) -> KernelPlace | None:
    """A kernel that says so; where it names a file that is not there any more, by the digest of the class."""
    for file, made_from in neighbours.made_from(path.parent, class_name):
        if made_from.entry not in (*entry_names(class_name), "ModelNew"):
            continue
        is_gone = not os.path.exists(source_of(made_from, path))
        if made_from.file == path.name or (is_gone and made_from.digits == fingerprint(text, class_name)):
            return _in_file(neighbours, file, [made_from.entry])
    return None


def _alone(text: str, entry: str) -> str:
    """``text`` with everything blank that ``entry`` does not need."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    kept: set[int] = set()
    for node in needed_by(parse(text), entry):
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        kept |= set(range(first, (node.end_lineno or node.lineno) + 1))
    lines = text.split("\n")
    return "\n".join(line if number in kept else "" for number, line in enumerate(lines, 1))
