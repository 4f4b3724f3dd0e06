"""``--compute best``: what was measured of a subgraph, what was chosen, and how the whole stands beside PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NOISE = 0.05
"""PyTorch's operators are kept where they are faster by more than this share of their own time."""


@dataclass(frozen=True)
class Measured:
    """Medians of one subgraph at the example's sizes, with a cold L2 cache, in milliseconds."""

    pytorch_ms: float
    """Its operators, called as the composed file would call them."""
    triton_ms: float
    device: str

    @property
    def keeps_pytorch(self) -> bool:
        return self.pytorch_ms * (1 + NOISE) < self.triton_ms


@dataclass(frozen=True)
class Choice:
    subgraph: str
    computed_by: Literal["triton", "pytorch"]
    reason: str
    """Why, in words with the figures."""
    measured: Measured | None = None
    remembered: bool = False
    """It was measured in an earlier run, on the same device."""


@dataclass(frozen=True)
class Compute:
    """What ``--compute best`` has come to: ``compute`` in ``result.json``."""

    device: str
    """Empty where nothing could be measured."""
    choices: tuple[Choice, ...]
    message: str
    """One sentence for people."""
    is_faster: bool | None = None
    """Than the better of eager and ``torch.compile``; ``None``: not measured, or nothing is Triton's."""

    @property
    def is_all_pytorch(self) -> bool:
        """Nothing is faster than PyTorch here: its operators were kept for every subgraph."""
        return bool(self.choices) and all(choice.computed_by == "pytorch" for choice in self.choices)
