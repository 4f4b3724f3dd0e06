"""Task ``compare_fused``: what the rewritten module gave beside what the original gave; neither's code is seen here.

``{cases_dir, outputs_dir, cases, row}`` → ``{error, worst}``; ``row`` is how many calls of one module were made.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.tensor_paths import told
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.reference_run import shared_memory
from kernelagent.worker.problem.tensors import tensors_in

TOLERANCE = 1e-4
"""Of the output's scale: both sides run PyTorch's own operators, so only their order may differ."""
EXACT_TOLERANCE = 1e-5
"""Where float64 shows how far the original itself may be off, which is allowed besides."""
HALF_TOLERANCE = 2e-2
"""Also of what float64 can't be asked for, at values other than the example's."""
ORDERS = 8.0
"""How many times as much as the original is off by, as float64 shows it, another order may differ from it."""
MOST_BYTES = 1 << 30


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    worst = 0.0
    names = [(f"case {number}", str(number)) for number in range(args["cases"])]
    names += [(f"call {number + 1} of one module in a row", f"row_{number}") for number in range(args["row"])]
    sharing: list[tuple[str, dict[str, str], dict[str, str]]] = []
    for case, name in names:
        want = tensorfile.read(Path(args["cases_dir"]) / f"{name}_expected")
        which = f"{case} ({want['told']})" if want["told"] else case
        try:
            got = tensorfile.read(Path(args["outputs_dir"]) / f"{name}_outputs", most_bytes=MOST_BYTES)
            if not isinstance(got, dict) or not {"outputs", "state", "inputs"} <= got.keys():
                raise tensorfile.BadTensorFile("it has no outputs, state and inputs")
        except tensorfile.BadTensorFile as exc:
            return {"error": f"{which}: outputs cannot be read: {exc}", "worst": worst}
        exact = _exact(Path(args["cases_dir"]) / f"{name}_exact") if want["told"] else {}
        for part in ("outputs", "state", "inputs"):
            difference = _difference(got.get(part), want[part], part, None if exact is None else exact.get(part, {}))
            if isinstance(difference, str):
                return {"error": f"{which}: {difference}", "worst": worst}
            worst = max(worst, difference)
        ours, theirs = (shared_memory(side["outputs"], side["inputs"]) for side in (got, want))
        sharing.append((which, ours, theirs))
    return {"error": _sharing(sharing), "worst": worst}


def _exact(file: Path) -> dict[str, Any] | None:
    return tensorfile.read(file) if Path(f"{file}.json").exists() else None


def _sharing(found: list[tuple[str, dict[str, str], dict[str, str]]]) -> str:
    """What is wrong with the memory that outputs share with inputs, ours and the original's of each case. Where the
    original shares some by what it is given, an output of its own is right, too."""
    always = set.intersection(*(set(theirs.items()) for _, _, theirs in found)) if found else set()
    for which, ours, theirs in found:
        for path, owner in sorted(set(ours.items()) - set(theirs.items())):
            return f"{which}: {told('outputs', path)} shares memory with the input {owner}; the original's does not"
        for path, owner in sorted(always - set(ours.items())):
            return f"{which}: {told('outputs', path)} does not share memory with the input {owner}, as it does there"
    return ""


def _difference(got: Any, want: Any, part: str, exact: dict[str, torch.Tensor] | None) -> float | str:
    """The largest, as a share of the scale; what is wrong, in words. ``exact``: what float64 gives, of the tensors of
    which it is known; ``None`` where it can't be asked."""
    ours, theirs = dict(tensors_in(got)), dict(tensors_in(want))
    if sorted(ours) != sorted(theirs):
        return f"{part} has {', '.join(sorted(ours)) or 'nothing'} instead of {', '.join(sorted(theirs)) or 'nothing'}"
    worst = 0.0
    for path, b in theirs.items():
        a, name = ours[path], told(part, path)
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{name} is {a.dtype} {list(a.shape)} instead of {b.dtype} {list(b.shape)}"
        if not b.numel():
            continue
        c = (exact or {}).get(path, b)
        c = b if c.shape != b.shape else c
        limit = HALF_TOLERANCE if b.dtype.itemsize < 4 or exact is None else TOLERANCE if c is b else EXACT_TOLERANCE
        difference = _of_tensor(_real(a), _real(b), _real(c), name, limit)
        if isinstance(difference, str):
            return difference
        worst = max(worst, difference)
    return worst


def _of_tensor(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor, name: str, limit: float) -> float | str:
    """``x``: ours; ``y``: the original's; ``z``: what float64 gives."""
    settled = _kind(y) == _kind(z)  # beyond the range of its dtype another order may end elsewhere
    if not torch.equal(x.isnan() & settled, y.isnan() & settled):
        return f"{name} has NaN at {int(x.isnan().sum())} places; the original at {int(y.isnan().sum())}"
    finite = settled & y.isfinite()
    far = settled & ~y.isnan() & (x != y) & ~(finite & x.isfinite())
    scale = max(y[finite].abs().max().item() if finite.any() else 0.0, 1e-30)
    own = (y - z)[finite].abs().max().item() / scale if finite.any() else 0.0
    share = torch.where(finite & x.isfinite(), (x - y).abs() / scale, 0.0)
    share = torch.where(far, torch.inf, share).flatten()
    place = int(share.argmax())
    if share[place].item() > limit + ORDERS * own:
        index = [int(i) for i in torch.unravel_index(torch.tensor(place), y.shape)] if y.dim() else []
        return f"{name}{index} is {x.flatten()[place].item():.6g} instead of {y.flatten()[place].item():.6g}"
    return share[place].item()


def _real(tensor: torch.Tensor) -> torch.Tensor:
    """In float64, a complex one with an axis for its parts."""
    return torch.view_as_real(tensor.resolve_conj()).double() if tensor.is_complex() else tensor.double()


def _kind(wide: torch.Tensor) -> torch.Tensor:
    """Of each element: finite, NaN, or which infinity."""
    return torch.where(wide.isnan(), 2, torch.where(wide.isinf(), wide.sign(), 0))
