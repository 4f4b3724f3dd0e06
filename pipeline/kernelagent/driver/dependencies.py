"""What an answer about a module hangs on: its own file, the files of the project that it imports, the files that it
reads, how it is constructed and fed, and the versions that run it. One way for all that is kept and used again:
certificates, the answers of a batch, the router's decisions."""

from __future__ import annotations

import hashlib
import importlib.machinery
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent import __version__
from kernelagent.contract.codec import read_json, to_json
from kernelagent.contract.file_digest import sha256_of, sha256_of_names
from kernelagent.contract.options import Options
from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage, Problem
from kernelagent.contract.verdict import Verification
from kernelagent.static.wiring import unwired_bytes

_DECIDES_NOTHING = ("run_dir", "output", "yes", "fresh", "budget_usd", "budget_tokens", "budget_seconds")
"""Options that an answer does not hang on: what has stopped at a budget is none."""


@dataclass(frozen=True)
class Files:
    """Besides the module's own file; known once it has run."""

    imports: tuple[ImportedFile, ...] = ()
    data: tuple[DataFile, ...] = ()
    packages: tuple[InstalledPackage, ...] = ()

    def __or__(self, other: Files) -> Files:
        """Both, each file once."""
        imports = {file.path: file for file in (*self.imports, *other.imports)}
        data = {file.path: file for file in (*self.data, *other.data)}
        packages = {package.record: package for package in (*self.packages, *other.packages)}
        return Files(tuple(imports.values()), tuple(data.values()), tuple(packages.values()))

    def changed(self, source: Path) -> list[str]:
        """What is not as it was, in words, for the module in ``source``; empty where all of it is."""
        return changed(source, self.imports) + changed(source, self.data) + _replaced(source, self.packages)

    @property
    def is_known(self) -> bool:
        """Whether all of it can be compared: what was read and never hashed can't."""
        return not any(file.unhashed for file in self.data)


def files_of(told: Problem | Verification) -> Files:
    return Files(told.imports, told.data, told.packages)


def changed(source: Path, files: Iterable[ImportedFile | DataFile]) -> list[str]:
    """A sentence for each of ``files`` that is not as it was; one that was never hashed tells nothing."""
    folder = source.absolute().parent
    return [why for file in files for why in _whys(folder / file.path, file) if why]


def _whys(path: Path, file: ImportedFile | DataFile) -> Iterator[str]:
    if isinstance(file, ImportedFile):
        yield why_changed(path, file.sha256)
        yield why_shadowed(path)
    elif file.kind == "absent":
        yield f"{path} was not there then" if os.path.exists(path) else ""
    elif file.kind == "there":
        yield "" if os.path.exists(path) else f"{path} is not there any more"
    elif file.kind == "folder":
        yield _why_other_names(path, file.sha256)
    elif file.sha256:
        yield why_changed(path, file.sha256)


def _why_other_names(folder: Path, expected: str) -> str:
    """Empty while the folder has the names that it had."""
    try:
        return "" if sha256_of_names(folder) == expected else f"{folder} holds other files than then"
    except OSError as exc:
        return f"{folder} cannot be listed: {exc.strerror or exc}"


def _replaced(source: Path, packages: Iterable[InstalledPackage]) -> list[str]:
    """A sentence for each distribution that is no longer the same, or not where it was."""
    folder = source.absolute().parent
    return [
        f"{package.name} {package.version} was installed then: {why}"
        for package in packages
        if (why := why_changed(folder / package.record, package.sha256))
    ]


def shadowing(path: Path) -> tuple[Path, ...]:
    """What ``import`` finds in place of the file ``path`` where it is there: a package, or a compiled module."""
    if path.suffix != ".py":
        return ()
    extensions = (path.with_suffix(suffix) for suffix in importlib.machinery.EXTENSION_SUFFIXES)
    return path.with_suffix("") / "__init__.py", *extensions


def why_shadowed(path: Path) -> str:
    """Empty unless a package or a compiled module beside the file ``path`` is what ``import`` finds now."""
    first = next((other for other in shadowing(path) if other.is_file()), None)
    return "" if first is None else f"{first} is imported now in place of {path}"


def why_changed(path: Path, expected: str) -> str:
    """Empty while ``path`` has the SHA-256 ``expected``; of a Python file, that of its content without what puts a
    Triton version in a class's place (``static/wiring.py``)."""
    try:
        with path.open("rb") as stream:
            content = io.BytesIO(unwired_bytes(stream.read())) if path.suffix == ".py" else stream
            found = sha256_of(content)
    except OSError as exc:
        return f"{path} cannot be read: {exc.strerror or exc}"
    return "" if found == expected else f"{path} has changed since: {expected[:12]} then, {found[:12]} now"


def changed_since_capture(problem_file: Path, source: Path) -> list[str]:
    """What of the files in ``problem_file``, a run's ``problem.json``, is not as it was; empty where nothing was
    captured yet."""
    try:
        return files_of(read_json(problem_file, Problem)).changed(source)
    except (OSError, ValueError):
        return []


def deciding(options: Options) -> dict[str, Any]:
    """``options`` as JSON, for :func:`digest`: those that an answer hangs on, the others as they are by default."""
    neutral = Options()
    told: dict[str, Any] = to_json(replace(options, **{name: getattr(neutral, name) for name in _DECIDES_NOTHING}))
    return told


def digest(problem: Problem, versions: Mapping[str, str], *besides: Any) -> str:
    """Of all that an answer about ``problem`` hangs on, as far as ``problem`` knows it, and of ``besides`` (JSON)."""
    said = {
        "kernelagent": __version__,
        "versions": dict(versions),
        "source": problem.source_sha256,
        "class": problem.class_name,
        "mode": problem.mode,
        "init": problem.example.init,
        "inputs": problem.example.inputs,
        "live": problem.live.sha256 if problem.live is not None else "",
        "files": to_json(files_of(problem)),
        "besides": besides,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
