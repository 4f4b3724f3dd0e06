"""How large a kernel's file may be for the judge to read it.

A syntax tree takes memory by its words and signs, some 700 bytes for each, and not by the file's bytes: the file of a
network with 200 layers has long names and few signs for its size, a table of numbers the contrary.
"""

from __future__ import annotations

import re
from pathlib import Path

from kernelagent.errors import NotAKernelFile

MOST_BYTES = 1 << 23
MOST_WORDS = 1_000_000
_WORD = re.compile(rb"\w+|[^\w\s]")


def refuse_too_large(kernel: Path) -> None:
    """Raises ``NotAKernelFile``."""
    size, most, what = kernel.stat().st_size, MOST_BYTES, "bytes"
    if size <= MOST_BYTES:
        size, most, what = sum(1 for _ in _WORD.finditer(kernel.read_bytes())), MOST_WORDS, "words and signs"
    if size > most:
        raise NotAKernelFile(
            f"{kernel.name} has {size:,} {what}; the judge reads {most:,} at most.",
            hint="Make one file for each module, or leave tables of numbers out of it.",
        )
