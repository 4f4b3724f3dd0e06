"""The SHA-256 of a file, and of the names in a folder, as both sides compute it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO


def sha256_of(stream: BinaryIO) -> str:
    """In hex. Read in pieces, for files may be large; ``hashlib.file_digest`` came with Python 3.11."""
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def sha256_of_names(folder: Path) -> str:
    """Of all that lies in ``folder``, but for what Python and this program leave there. Raises ``OSError``."""
    names = sorted(os.fsencode(name) for name in os.listdir(folder) if name not in ("__pycache__", ".fuse"))
    return hashlib.sha256(b"\0".join(names)).hexdigest()
