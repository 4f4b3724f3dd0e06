"""Errors and timings as pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
    'font-family="system-ui, sans-serif" font-size="12" role="img">'
    '<rect width="100%" height="100%" fill="#ffffff" rx="6"/>'
)
_KERNEL, _OTHER, _TEXT, _LINE = "#0969da", "#8c959f", "#1f2328", "#d0d7de"


def error_histogram(ratios: Sequence[float]) -> str:
    """How often the kernel's largest error is how many times PyTorch's own: one bar for each power of two."""
    places = [min(8, max(-8, round(math.log2(ratio)))) for ratio in ratios if ratio > 0 and math.isfinite(ratio)]
    if not places:
        return ""
    low, high = min(-2, *places), max(2, *places)
    counts = {place: places.count(place) for place in range(low, high + 1)}
    step, base, top = 44, 150, 24
    width = 2 * 20 + len(counts) * step
    parts = [_HEAD.format(w=width, h=196)]
    for number, (place, count) in enumerate(counts.items()):
        x, tall = 20 + number * step, (base - top) * count / max(counts.values())
        colour = _KERNEL if place <= 1 else "#bc4c00"
        parts.append(
            f'<rect x="{x + 5}" y="{base - tall:.1f}" width="{step - 10}" height="{tall:.1f}" fill="{colour}"/>'
        )
        if count:
            parts.append(_text(x + step / 2, base - tall - 4, str(count)))
        label = f"{2**place}×" if place >= 0 else f"1/{2**-place}"
        parts.append(_text(x + step / 2, base + 16, label))
    parts.append(f'<line x1="20" y1="{base}" x2="{width - 20}" y2="{base}" stroke="{_LINE}"/>')
    parts.append(_text(width / 2, 188, "largest error of the kernel, in units of PyTorch's own"))
    return "\n".join([*parts, "</svg>\n"])


def timing_bars(rows: Sequence[tuple[str, float, float, float]], floor_ms: float) -> str:
    """``(name, median, p10, p90)`` in milliseconds, one bar each; a line marks the physical floor."""
    if not rows:
        return ""
    longest = max(p90 for _, _, _, p90 in rows) or 1.0
    left, wide, height = 120, 420, 34 * len(rows) + 40
    parts = [_HEAD.format(w=left + wide + 110, h=height)]
    for number, (name, median, p10, p90) in enumerate(rows):
        y = 14 + 34 * number
        colour = _KERNEL if name == "kernel" else _OTHER
        parts.append(_text(left - 8, y + 15, name, "end"))
        parts.append(f'<rect x="{left}" y="{y}" width="{wide * median / longest:.1f}" height="20" fill="{colour}"/>')
        x1, x2 = left + wide * p10 / longest, left + wide * p90 / longest
        parts.append(f'<line x1="{x1:.1f}" y1="{y + 10}" x2="{x2:.1f}" y2="{y + 10}" stroke="{_TEXT}"/>')
        parts.append(_text(left + wide * p90 / longest + 8, y + 15, f"{median:.4f} ms", "start"))
    x = left + wide * floor_ms / longest
    parts.append(f'<line x1="{x:.1f}" y1="8" x2="{x:.1f}" y2="{height - 24}" stroke="#cf222e" stroke-dasharray="4 3"/>')
    parts.append(_text(x, height - 8, f"floor {floor_ms:.4f} ms", "start"))
    return "\n".join([*parts, "</svg>\n"])


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_TEXT}">{escape(words)}</text>'
