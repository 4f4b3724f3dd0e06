"""Source files as they lie on disk."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path


def read_source(path: str | Path) -> str | None:
    """The text of ``path`` in the encoding that it declares, without a byte order mark and with its own line ends;
    ``None`` where there is no such file, or it is not a Python source."""
    try:
        content = Path(path).read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
