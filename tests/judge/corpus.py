"""Where the judge's corpus lies, and how its files say what they are."""

from __future__ import annotations

from pathlib import Path

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"


def header(path: Path) -> dict[str, str]:
    """``# problem: softmax::Softmax | tries: ... | caught by: values`` → its parts."""
    first = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return {key.strip(): value.strip() for key, _, value in (part.partition(": ") for part in first.split(" | "))}
