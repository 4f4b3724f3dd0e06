"""The router's decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Route:
    kind: Literal["direct", "fuser"]
    """``direct``: one kernel for the whole module; ``fuser``: extract, dispatch, compose."""
    reasons: tuple[str, ...]
    """Sentences, most important first."""
