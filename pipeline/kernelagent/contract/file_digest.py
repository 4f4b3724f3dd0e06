"""The SHA-256 of a file, as both sides compute it."""

from __future__ import annotations

import hashlib
from typing import BinaryIO


def sha256_of(stream: BinaryIO) -> str:
    """In hex. Read in pieces, for files may be large; ``hashlib.file_digest`` came with Python 3.11."""
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
