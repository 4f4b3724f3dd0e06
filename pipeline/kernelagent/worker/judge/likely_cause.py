"""From the pattern of the wrong elements to what probably caused it: a hint for whoever mends the kernel."""

from __future__ import annotations

import torch


def likely_cause(candidate: torch.Tensor, expected: torch.Tensor, bad: torch.Tensor) -> str:
    """One clause, or nothing where the pattern says nothing."""
    share = float(bad.double().mean())
    flat = bad.reshape(-1)
    wrong = torch.nonzero(flat).reshape(-1)
    c, e = candidate.reshape(-1).double(), expected.reshape(-1).double()
    if expected.is_floating_point() and bool((torch.isnan(c[wrong]) & torch.isinf(e[wrong])).all()):
        return "all of them NaN where an infinity is right: inf - inf, 0 * inf or inf / inf on the way"
    if expected.is_floating_point() and bool(torch.isnan(c[wrong]).all()):
        return "all of them NaN: never written, or read from memory that was never written"
    if wrong.numel() and flat.numel() >= 16 and share <= 0.5 and int(wrong[0]) == flat.numel() - wrong.numel():
        return "all of them at the end: the last block, so look at the mask or at the grid's size"
    if expected.dim() >= 1 and expected.shape[-1] > 1 and share < 1:
        columns = bad.reshape(-1, expected.shape[-1])
        by_column = columns.any(0)
        last = torch.nonzero(~by_column).reshape(-1)
        good = int(last.numel())
        if 0 < good < by_column.numel() and int(last[-1]) + 1 == good:
            return f"only from column {good} on in each row: the tail of the last dimension"
    square = expected.dim() >= 2 and expected.shape[-1] == expected.shape[-2]
    if square and torch.allclose(candidate.double().transpose(-1, -2), expected.double(), rtol=1e-3, atol=1e-5):
        return "it is the transpose: two strides are exchanged"
    if share > 0.5 and expected.is_floating_point():
        return _scaled_or_shifted(c, e)
    return ""


def _scaled_or_shifted(c: torch.Tensor, e: torch.Tensor) -> str:
    finite = torch.isfinite(c) & torch.isfinite(e)
    c, e = c[finite], e[finite]
    if c.numel() < 4:
        return ""
    if not bool(c.any()):
        return "it is all zeros"
    if float((c - c.mean()).abs().max()) <= 1e-6 * float(c.abs().max()):
        return "it is one constant"
    factor = float((c * e).sum() / (e * e).sum()) if bool(e.any()) else 0.0
    spread = float(e.abs().max())
    if factor and float((c - factor * e).abs().max()) <= 1e-3 * abs(factor) * spread:
        return f"it is the right result times {factor:.6g}"
    offset = float((c - e).mean())
    if float((c - e - offset).abs().max()) <= 1e-3 * spread:
        return f"it is the right result plus {offset:.6g}"
    return ""
