"""Seeds that a kernel's file can't know: of the digest of that very file.

With the judge's seeds written down here, a kernel could hold a table of what its inputs begin with, and be wrong on all
others. A table changes the file, and with it these seeds; the same file is judged on the same inputs each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

Seeds = Callable[[int], int]
"""Number of a seed → the seed, of one kernel."""
_BYTES = 7
"""Of a digest: further seeds are counted up from it within 64 bits."""


def seed_of(kernel_sha256: str, number: int) -> int:
    """The seed with ``number``, another one for each; ``number`` itself where there is no file."""
    if not kernel_sha256:
        return number
    digest = hashlib.sha256(f"{kernel_sha256} {number}".encode()).digest()
    return int.from_bytes(digest[:_BYTES], "big")
