"""Where the judge's corpus lies, and how its files say what they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"


def header(path: Path) -> dict[str, str]:
    """``# problem: softmax::Softmax | tries: ... | caught by: values`` → its parts."""
    first = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return {key.strip(): value.strip() for key, _, value in (part.partition(": ") for part in first.split(" | "))}


def cases(files: Iterable[Path]) -> list[object]:
    """Parameters of a test, the names of ``files``; those that say ``slow: yes``, and every second of the others, are
    run with ``--whole`` alone."""
    every = sorted(files)
    quick = [f.name for f in every if "slow" not in header(f)][::2]
    return [pytest.param(f.name, marks=[] if f.name in quick else [pytest.mark.whole]) for f in every]
