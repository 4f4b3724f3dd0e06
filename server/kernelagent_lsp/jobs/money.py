"""An amount of money in words."""

from __future__ import annotations


def dollars(usd: float) -> str:
    """``$12.30``, and of less than a cent as much as shows it: ``$0.0006``."""
    return f"${usd:.2f}" if usd >= 0.01 else f"${usd:.4f}"
