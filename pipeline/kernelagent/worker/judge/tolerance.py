"""When two tensors count as equal: the tolerance relative to the output's scale, and the float64 yardstick.

Let ``t`` be the float64 result, ``r`` PyTorch's own in the problem's dtype, ``c`` the candidate's.

1. Every element is near ``t`` or near ``r``: ``|c - x| <= atol * min(1, rms(t)) + rtol * |x|``, so that small outputs
   are not passed by zeros. Near either will do: where ``r`` itself jumps (a comparison that rounding turns), following
   it is right. On inputs on which PyTorch's own result misses ``t`` by more than this (16-bit types, long chains,
   heavy tails), only 2. is asked.
2. The errors against ``t`` are at most a small multiple of PyTorch's own: ``rms(c-t) <= A rms(r-t) + a eps rms(t)``;
   so do the largest. For float32 A is 8 (16 for the largest): another order of summation costs a factor of up
   to √(width of a vector register), about 4 to 6, against PyTorch's blocked sums, while TF32 is wrong by some hundred.
   For 16-bit types A is 3 (6): accumulating in 16 bits is wrong by more, rounding each step as PyTorch does by 1. The
   floors allow a few units in the last place where PyTorch happens to be exact.

Integers and booleans are equal or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

RTOL = ATOL = 1e-3
HALF_RTOL = HALF_ATOL = 1e-2
"""For 16-bit types; nothing raises either."""


@dataclass(frozen=True)
class Tolerance:
    rtol: float
    atol: float
    rms_factor: float
    max_factor: float
    rms_floor: float
    """in units of the dtype's eps times the output's rms"""
    max_floor: float
    """in units of the dtype's eps times the output's largest magnitude"""
    eps: float


def tolerance_for(dtype: torch.dtype) -> Tolerance:
    if dtype in (torch.float16, torch.bfloat16):
        return Tolerance(HALF_RTOL, HALF_ATOL, 3.0, 6.0, 0.5, 1.0, torch.finfo(dtype).eps)
    if dtype == torch.float64:
        # The yardstick is the reference itself: PyTorch's own error is not seen, so the floor stands for both.
        return Tolerance(RTOL, ATOL, 8.0, 16.0, 256.0, 1024.0, torch.finfo(dtype).eps)
    return Tolerance(RTOL, ATOL, 8.0, 16.0, 4.0, 8.0, torch.finfo(torch.float32).eps)


@dataclass(frozen=True)
class Comparison:
    """How one output tensor compares."""

    reason: str
    """empty: it passed"""
    bad: torch.Tensor | None = None
    """bool, of the output's shape: which elements are wrong; ``None`` where no single element is to blame"""
    max_abs_err: float | None = None
    max_rel_err: float | None = None
    eager_max_abs_err: float | None = None


def compare(candidate: torch.Tensor, native: torch.Tensor, exact: torch.Tensor | None) -> Comparison:
    """Judge values of equal shape and dtype. ``exact`` is the float64 result, where there is one."""
    if candidate.numel() == 0:
        return Comparison("")
    if not native.is_floating_point() and not native.is_complex():
        return _compare_exactly(candidate, native)
    if native.is_complex():
        parts = [torch.view_as_real(t.resolve_conj()) for t in (candidate, native)]
        return compare(parts[0], parts[1], None if exact is None else torch.view_as_real(exact.to(torch.complex128)))
    limits = tolerance_for(native.dtype)
    c, r = candidate.double(), native.double()
    t = r if exact is None else exact.double()
    same_kind = (torch.isnan(c) == torch.isnan(r)) | (torch.isnan(c) == torch.isnan(t))
    if not bool(same_kind.all()):
        extra = int((torch.isnan(c) & ~torch.isnan(r)).sum())
        missing = int((~torch.isnan(c) & torch.isnan(r)).sum())
        return Comparison(
            f"is NaN in {extra} places where it must not be, and not NaN in {missing} where it must", ~same_kind
        )
    scale = _rms(t[torch.isfinite(t)])
    near = _near(c, t, limits, scale) | _near(c, r, limits, scale)
    finite = torch.isfinite(c) & torch.isfinite(r) & torch.isfinite(t)
    error, own = (c - t)[finite].abs(), (r - t)[finite].abs()
    figures = _figures(error, own, t[finite])
    # Where PyTorch's own result in this dtype is not near float64's, the fixed tolerance tells nothing of these inputs:
    # its error is then the only measure.
    telling = exact is None or bool(_near(r, t, limits, scale).all())
    if not bool(near.all()) and (telling or not bool((torch.isfinite(c) == torch.isfinite(r)).all())):
        return Comparison("is wrong", ~near, *figures)
    if error.numel() and (exact is not None or native.dtype == torch.float64):
        largest = float(t[finite].abs().max())
        rms_limit = limits.rms_factor * _rms(own) + limits.rms_floor * limits.eps * scale
        max_limit = limits.max_factor * float(own.max()) + limits.max_floor * limits.eps * largest
        if _rms(error) > rms_limit or float(error.max()) > max_limit:
            return Comparison(
                f"is less exact than PyTorch: error {_rms(error):.3g} rms and {float(error.max()):.3g} at most against "
                f"float64, PyTorch's own {_rms(own):.3g} and {float(own.max()):.3g}, "
                f"allowed {rms_limit:.3g} and {max_limit:.3g}",
                None,
                *figures,
            )
    return Comparison("", None, *figures)


def _compare_exactly(candidate: torch.Tensor, native: torch.Tensor) -> Comparison:
    bad = candidate != native
    if native.dtype == torch.bool and candidate.numel():  # a byte that is neither 0 nor 1 was never written
        raw = candidate.contiguous().reshape(-1).view(torch.uint8).reshape(candidate.shape)
        bad = bad | (raw > 1)
    if bool(bad.any()):
        return Comparison("is wrong", bad)
    return Comparison("", None, 0.0, 0.0, 0.0)


def _near(c: torch.Tensor, x: torch.Tensor, limits: Tolerance, scale: float) -> torch.Tensor:
    both_nan = torch.isnan(c) & torch.isnan(x)
    close = (c - x).abs() <= limits.atol * min(1.0, scale) + limits.rtol * x.abs()
    return both_nan | (c == x) | (close & torch.isfinite(x))


def _figures(error: torch.Tensor, own: torch.Tensor, t: torch.Tensor) -> tuple[float, float, float]:
    if error.numel() == 0:
        return 0.0, 0.0, 0.0
    significant = t.abs() > 0
    relative = float((error[significant] / t[significant].abs()).max()) if bool(significant.any()) else 0.0
    return float(error.max()), relative, float(own.max())


def _rms(values: torch.Tensor) -> float:
    return math.sqrt(float(values.double().square().mean())) if values.numel() else 0.0
