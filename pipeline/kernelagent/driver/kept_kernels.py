"""Kernel files that are kept in a repository, and the classes that they say they were made from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kernelagent.driver.project_file import project_root
from kernelagent.errors import TargetNotFound
from kernelagent.static.provenance import Provenance, fingerprint, provenances

_NOT_OURS = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


@dataclass(frozen=True)
class KeptKernel:
    file: Path
    source: Path
    said: Provenance
    is_current: bool
    """The class is as it was when the kernel was made of it."""

    @property
    def target(self) -> str:
        return f"{self.source}::{self.said.class_name}"


def kept_kernels(files: Iterable[Path]) -> list[KeptKernel]:
    """Of each of ``files`` that says what it was made from, and of each kernel that was made from one of them: a class
    may have changed under its kernel. Raises ``TargetNotFound`` for a file that is not there, also a named source."""
    found: dict[Path, KeptKernel] = {}
    for file in map(Path.absolute, files):
        text = _read(file)
        for said in provenances(text):
            found[file] = _kept(file, said)
        for kernel in _made_from(file):
            for said in provenances(_read(kernel)):
                kept = _kept(kernel, said)
                if kept.source == file:
                    found[kernel] = kept
    return [found[file] for file in sorted(found)]


def _kept(kernel: Path, said: Provenance) -> KeptKernel:
    source = _source_of(kernel, said)
    return KeptKernel(kernel, source, said, fingerprint(_read(source), said.class_name) == said.digits)


def _source_of(kernel: Path, said: Provenance) -> Path:
    """The file of that name beside the kernel; else the one of the project whose class is as it was, or the only one
    that has the class."""
    if (beside := kernel.with_name(said.file)).is_file():
        return beside
    named = [path for path in _python_files(project_root(kernel)) if path.name == said.file]
    known = [(path, fingerprint(_read(path), said.class_name)) for path in named]
    for those in ([p for p, digits in known if digits == said.digits], [p for p, digits in known if digits]):
        if len(those) == 1:
            return those[0]
    raise TargetNotFound(
        f"{kernel.name} says that it was made from {said.file}::{said.class_name}, and "
        + (f"{len(named)} files have that name." if named else "there is no such file."),
        hint="Keep the kernel beside the file of its class, or name both: kernelagent verify KERNEL --problem TARGET.",
    )


def _made_from(source: Path) -> Iterator[Path]:
    line = f"# source: {source.name}::".encode()
    for path in _python_files(project_root(source)):
        if path != source and line in path.read_bytes():
            yield path


def _python_files(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        inner[:] = [n for n in inner if n not in _NOT_OURS and not n.startswith(".") and not _is_venv(folder, n)]
        yield from (Path(folder, name) for name in names if name.endswith(".py"))


def _is_venv(folder: str, name: str) -> bool:
    return os.path.isfile(os.path.join(folder, name, "pyvenv.cfg"))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as exc:
        raise TargetNotFound(f"there is no file {file}.") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise TargetNotFound(f"{file} cannot be read: {exc}.") from exc
