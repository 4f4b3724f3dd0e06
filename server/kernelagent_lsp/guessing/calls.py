"""Calls of a class that somebody wrote: ``model = Block(256)``, then ``model(torch.randn(4, 128, 256))``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """In terms of ``torch`` alone: nothing else is in scope where the directive stands."""

    init: tuple[tuple[str, ...], dict[str, str]] | None
    inputs: str | None
