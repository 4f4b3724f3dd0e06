"""A folder of small JSON files that are kept for later, whole or not at all; the oldest go when there are many."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def put(file: Path, text: str, most: int) -> None:
    """Write ``file``, whose folder is made in one that is there, and leave ``most`` files in that. Raises
    ``OSError``."""
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f"{file.stem}.{secrets.token_hex(4)}.new")
    new.write_text(text, encoding="utf-8", errors="backslashreplace")
    new.replace(file)
    entries = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(file.parent)]
    for _, path in sorted(entries)[: max(0, len(entries) - most)]:
        os.unlink(path)
