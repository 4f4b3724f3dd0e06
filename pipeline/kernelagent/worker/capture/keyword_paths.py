"""Modules under keys that are words of Python's: ``nn.ModuleDict({"class": ...})``.

``torch.fx`` writes the path of a parameter as attributes, and for a part that is no identifier as ``getattr``; but
``class`` is an identifier, and no attribute's name in a program.
"""

from __future__ import annotations

import contextlib
import keyword
from collections.abc import Iterator

from torch.fx import graph


@contextlib.contextmanager
def keyword_paths() -> Iterator[None]:
    """Programs that ``torch.fx`` writes in here reach such parts by ``getattr``, too."""
    own = graph._format_target

    def format_target(base: str, target: str) -> str:
        for part in target.split("."):
            is_word = part.isidentifier() and not keyword.iskeyword(part)
            base = f"{base}.{part}" if is_word else f"getattr({base}, {part!r})"
        return base

    graph._format_target = format_target
    try:
        yield
    finally:
        graph._format_target = own
