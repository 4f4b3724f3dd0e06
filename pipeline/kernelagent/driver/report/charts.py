"""Errors, timings and speed-ups as pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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


def fast_p_curve(lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """For each name the share (0 to 1) by speed-up, at the same speed-ups for all, which lie equally far apart."""
    left, top, wide, tall = 60, 20, 480, 200
    every = next(iter(lines.values()), ())
    if len(every) < 2:
        return ""
    step = wide / (len(every) - 1)
    parts = [_HEAD.format(w=left + wide + 130, h=top + tall + 60)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = top + tall * (1 - share)
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + wide}" y2="{y:.1f}" stroke="{_LINE}"/>')
        parts.append(_text(left - 8, y + 4, f"{share:.0%}", "end"))
    for number, (p, _) in enumerate(every):
        parts.append(_text(left + number * step, top + tall + 18, f"{p:g}×"))
    labels: list[float] = []
    for (name, points), colour in zip(lines.items(), (_KERNEL, "#bc4c00", _OTHER), strict=False):
        places = [(left + number * step, top + tall * (1 - share)) for number, (_, share) in enumerate(points)]
        told = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        y = places[-1][1] + 4
        while any(abs(y - other) < 14 for other in labels):
            y -= 14
        labels.append(y)
        parts.append(
            f'<text x="{left + wide + 10}" y="{y:.1f}" text-anchor="start" fill="{colour}">{escape(name)}</text>'
        )
    parts.append(
        _text(left + wide / 2, top + tall + 44, "verified and more than so many times as fast, of all problems")
    )
    return "\n".join([*parts, "</svg>\n"])


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_TEXT}">{escape(words)}</text>'
