"""The text of a kernel's file, read as Python reads it.

Python takes a file's encoding from a comment in its first lines. In some (``raw_unicode_escape``, ``utf-7``) a comment
may hold code, so a file in any other than UTF-8 is refused: what is judged must be what runs.
"""

from __future__ import annotations

import io
import tokenize


def kernel_text(content: bytes) -> str:
    """Raises ``SyntaxError`` for what is no Python in UTF-8."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # Python ends a line at each of the three
    encoding, _ = tokenize.detect_encoding(io.BytesIO(lines).readline)
    if encoding not in ("utf-8", "utf-8-sig"):
        raise SyntaxError(f"it says that its encoding is {encoding}: save it as UTF-8, and take that comment out")
    try:
        return lines.decode(encoding)
    except UnicodeDecodeError as exc:
        line = lines.count(b"\n", 0, exc.start) + 1
        raise SyntaxError(f"it is not in UTF-8: {exc.reason}; save it so", ("", line, 1, "")) from exc
