"""A caller's own test in its folder: part of what workers and driver agree on."""

from __future__ import annotations

SAID = "said.txt"
"""What it has printed and raised up to now."""
