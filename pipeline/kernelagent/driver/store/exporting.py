"""Runs as one archive to send to somebody: no key of this user's in it, no path of this machine, nothing but texts."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kernelagent.contract.codec import dumps, from_json, parse_json
from kernelagent.contract.result import Result
from kernelagent.driver import certificate
from kernelagent.driver.links import require_no_links
from kernelagent.driver.project_file import project_root
from kernelagent.driver.providers.secrets import Redactor, keyring
from kernelagent.driver.run_directory import ANSWER, disk_error
from kernelagent.driver.run_lock import LOCK, is_going
from kernelagent.errors import BadOption, StillGoing

_TEXTS = (".py", ".json", ".jsonl", ".md", ".html", ".svg", ".txt", ".log")
_LEFT_OUT = (LOCK, ANSWER)
"""This user's own: who holds the directory, and the seal."""
ENDINGS = (".tar.gz", ".tgz", ".zip")
_WHEN = 315_532_800
"""1980: the same runs make the same archive."""


@dataclass(frozen=True)
class Exported:
    archive: str
    runs: tuple[str, ...]
    files: int
    bytes: int
    """Of the archive."""
    changed: tuple[str, ...]
    """Files that secrets were taken out of."""
    left_out: tuple[str, ...]
    """Files that are no texts."""


def export(folders: Sequence[Path], archive: Path) -> Exported:
    """Write ``archive``, whole or not at all.

    Raises ``BadOption`` for a name that tells no format, a file that is there already and a run with a symbolic link in
    it, ``StillGoing``, ``DiskFull`` and ``FolderNotWritable``.
    """
    if not archive.name.endswith(ENDINGS):
        raise BadOption(f"--to {archive}: this names no kind of archive.", hint=f"End it in {', '.join(ENDINGS)}.")
    if os.path.lexists(archive):
        raise BadOption(f"--to {archive} is there already.", hint="Name another file, or remove it.")
    for folder in folders:
        require_no_links(folder)
        if is_going(folder):
            raise StillGoing(f"the run in {folder} is still going.")
    changed: list[str] = []
    left_out: list[str] = []
    entries = [entry for folder in folders for entry in _entries(folder, changed, left_out)]
    try:
        _write(archive, entries)
        size = archive.stat().st_size
    except OSError as exc:
        raise disk_error(exc, archive, "--to") from exc
    return Exported(str(archive), tuple(f.name for f in folders), len(entries), size, tuple(changed), tuple(left_out))


def _entries(folder: Path, changed: list[str], left_out: list[str]) -> Iterator[tuple[str, bytes]]:
    redact = Redactor.of(keyring(folder))
    places = _places(folder)
    for path in sorted(folder.rglob("*")):
        name = str(PurePosixPath(folder.name, path.relative_to(folder).as_posix()))
        if not stat.S_ISREG(path.lstat().st_mode) or path.name in _LEFT_OUT:
            continue
        try:
            if not path.name.endswith(_TEXTS):
                raise ValueError
            text = path.read_bytes().decode("utf-8")
        except (ValueError, UnicodeDecodeError):
            left_out.append(name)
            continue
        clean = redact(text)
        if clean != text:
            changed.append(name)
        if path.suffix != ".py":  # a kernel's hash is what its verdict is bound to
            clean = _sealed(path.name, text, _relative(clean, places))
        yield name, clean.encode("utf-8")


def _places(folder: Path) -> list[tuple[str, str]]:
    """What stands for each folder of this machine, the innermost first."""
    project = project_root(folder / "x")
    found = [(folder, "."), (folder.parent, ".fuse"), (project, "project"), (Path.home(), "~")]
    return [
        (form, new)
        for path, new in found
        if len(path.parts) > 1
        for form in dict.fromkeys((str(path.absolute()), str(path.resolve())))
    ]


def _relative(text: str, places: list[tuple[str, str]]) -> str:
    for path, new in places:
        for form in dict.fromkeys((path, dumps(path)[1:-1])):
            text = text.replace(form, new)
    return text


def _sealed(name: str, before: str, after: str) -> str:
    """A result whose words have changed has a certificate with another digest; one that held before holds again."""
    if name != "result.json" or before == after:
        return after
    try:
        old, new = from_json(Result, parse_json(before)).verification, parse_json(after)
        result = from_json(Result, new)
    except ValueError:
        return after
    if old is None or result.verification is None or old.digest != certificate.digest(old):
        return after
    return dumps(replace(result, verification=certificate.sealed(result.verification)), indent=2) + "\n"


def _write(archive: Path, entries: list[tuple[str, bytes]]) -> None:
    handle, temporary = tempfile.mkstemp(dir=archive.absolute().parent, prefix=".", suffix=archive.name)
    try:
        with os.fdopen(handle, "wb") as stream:
            if archive.name.endswith(".zip"):
                _zip(stream, entries)
            else:
                _tar(stream, entries)
        os.chmod(temporary, 0o644)
        os.replace(temporary, archive)
    except BaseException:
        os.unlink(temporary)
        raise


def _zip(stream: Any, entries: list[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries:
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _tar(stream: Any, entries: list[tuple[str, bytes]]) -> None:
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as packed,
    ):
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), _WHEN, 0o644
            packed.addfile(entry, io.BytesIO(content))
