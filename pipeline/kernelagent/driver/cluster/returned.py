"""Files that come back: placed where they belong, with the paths of the other side turned into those of this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kernelagent.driver.cluster.parcel import unpacked

_TEXTS = frozenset((".json", ".jsonl", ".md", ".html", ".log"))
"""Never a kernel: its bytes are what was judged."""


def place(parcel: bytes, folder: Path, paths: Mapping[str, str]) -> None:
    """Write the files into ``folder``; ``paths``: folders there, and which they are here. Raises ``ValueError`` for
    what is no parcel, and ``OSError``."""
    for name, content in unpacked(parcel).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_turned(content, paths) if file.suffix in _TEXTS else content)


def turned(text: str, paths: Mapping[str, str]) -> str:
    """``text`` with the paths of this side."""
    for there, here in paths.items():
        text = text.replace(there, here)
    return text


def _turned(content: bytes, paths: Mapping[str, str]) -> bytes:
    for there, here in paths.items():
        content = content.replace(_inside(there), _inside(here))
    return content


def _inside(path: str) -> bytes:
    """As it stands inside a JSON string; a folder's path has nothing that the other forms write otherwise."""
    return json.dumps(path, ensure_ascii=False)[1:-1].encode("utf-8", "backslashreplace")
