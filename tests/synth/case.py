"""One module for the synthesizer: inputs, the body of ``forward``, and what ``__init__`` sets up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    inputs: str
    body: str
    init: str = ""
    kernels: int | None = None
    """How many kernels it should take, where that is a promise."""
