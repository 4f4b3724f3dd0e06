"""Task ``compare_fused``: what the rewritten module gave beside what the original gave; neither's code is seen here.

``{cases_dir, outputs_dir, cases, row}`` → ``{error, worst}``; ``row`` is how many calls of one module were made.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kernelagent.worker.judge import tensorfile

TOLERANCE = 1e-4
"""Of the output's scale: both sides run PyTorch's own operators, so only their order may differ."""
HALF_TOLERANCE = 2e-2
MOST_BYTES = 1 << 30


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    worst = 0.0
    names = [(f"case {number}", str(number)) for number in range(args["cases"])]
    names += [(f"call {number + 1} of one module in a row", f"row_{number}") for number in range(args["row"])]
    for told, name in names:
        want = tensorfile.read(Path(args["cases_dir"]) / f"{name}_expected")
        try:
            got = tensorfile.read(Path(args["outputs_dir"]) / f"{name}_outputs", most_bytes=MOST_BYTES)
        except tensorfile.BadTensorFile as exc:
            return {"error": f"{told}: outputs cannot be read: {exc}", "worst": worst}
        for part in ("outputs", "state"):
            difference = _difference(got.get(part), want[part], part)
            if isinstance(difference, str):
                return {"error": f"{told}: {difference}", "worst": worst}
            worst = max(worst, difference)
    return {"error": "", "worst": worst}


def _difference(got: Any, want: Any, part: str) -> float | str:
    """The largest, as a share of the scale; what is wrong, in words."""
    ours, theirs = dict(tensorfile.tensors_in(got)), dict(tensorfile.tensors_in(want))
    if sorted(ours) != sorted(theirs):
        return f"{part} has {', '.join(sorted(ours)) or 'nothing'} instead of {', '.join(sorted(theirs)) or 'nothing'}"
    worst = 0.0
    for path, b in theirs.items():
        a, name = ours[path], f"{part} {path}".strip()
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{name} is {a.dtype} {list(a.shape)} instead of {b.dtype} {list(b.shape)}"
        if not b.numel():
            continue
        if not torch.equal(a.isnan(), b.isnan()):
            return f"{name} has NaN at {int(a.isnan().sum())} places; the original at {int(b.isnan().sum())}"
        x, y = (t.double().nan_to_num(0.0, 1e30, -1e30) for t in (a, b))
        scale = max(y.abs().max().item(), 1e-30)
        share = ((x - y).abs() / scale).flatten()
        place = int(share.argmax())
        if share[place].item() > (TOLERANCE if b.element_size() >= 4 else HALF_TOLERANCE):
            index = [int(i) for i in torch.unravel_index(torch.tensor(place), b.shape)] if b.dim() else []
            return f"{name}{index} is {x.flatten()[place].item():.6g} instead of {y.flatten()[place].item():.6g}"
        worst = max(worst, share[place].item())
    return worst
