"""A drop-in module class as text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModuleSource:
    imports: tuple[str, ...]
    helpers: str
    """Top-level statements that the class needs, in the file's order."""
    body: str
    """The class."""
    name: str
