"""Files as bytes, to send and to take: never a pickle, and nothing is written outside of the folder that is meant."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import parse_json

MOST_BYTES = 512 << 20
"""Of all files of one parcel, unpacked."""
MOST_FILES = 20_000
_NAME = re.compile(r"(?!.*(^|/)\.{1,2}(/|$))[^/\\:\0][^\\:\0]*")


def packed(files: Mapping[str, Path]) -> bytes:
    """``files`` by their names there, relative with ``/``. What has gone meanwhile is left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            try:
                content = path.read_bytes()
            except OSError:
                continue
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpacked(parcel: bytes) -> dict[str, bytes]:
    """The files of ``parcel`` by name. Raises ``ValueError`` for one that no honest side packs."""
    try:
        with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
                raise ValueError(f"a parcel of more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")
            bad = next((info.filename for info in infos if not _NAME.fullmatch(info.filename)), None)
            if bad is not None:
                raise ValueError(f"a parcel with a file {bad!r}")
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as exc:
        raise ValueError(f"no parcel: {exc}") from exc


def unpack(parcel: bytes, folder: Path) -> None:
    """Write the files of ``parcel`` into ``folder``. Raises what :func:`unpacked` does, and ``OSError``."""
    for name, content in unpacked(parcel).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def files_below(folder: Path, *, leave_out: Iterable[str] = ()) -> dict[str, Path]:
    """Every plain file in ``folder``, by its name from there, but links and those in the folders ``leave_out``."""
    left = set(leave_out)
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not left & set(relative.parts):
            found[relative.as_posix()] = path
    return found


def message(document: Any, parcel: bytes = b"") -> bytes:
    """A JSON document and files as one piece of bytes."""
    text = json.dumps(document, allow_nan=False).encode("ascii")
    return struct.pack(">I", len(text)) + text + parcel


def opened(data: Any) -> tuple[Any, bytes]:
    """What :func:`message` was given. Raises ``ValueError``."""
    if not isinstance(data, bytes) or len(data) < 4:
        raise ValueError("no message")
    (length,) = struct.unpack(">I", data[:4])
    if len(data) < 4 + length:
        raise ValueError("half a message")
    return parse_json(data[4 : 4 + length]), data[4 + length :]
