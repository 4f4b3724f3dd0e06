"""Is one tensor right? The fixed tolerance element by element, then the yardstick.

Let ``t`` be the float64 result, ``r`` PyTorch's own in the problem's dtype, ``c`` the candidate's. Elements are of
three kinds, which the reference alone decides:

- *tight*: ``r`` is near ``t``, and moving the inputs by a few units in the last place keeps it there. ``c`` must be
  near ``t`` or ``r``. That is nearly all of them.
- *jumps*: ``r`` is far from ``t`` and conditioning does not explain it (a comparison that rounding turns, an
  overflow, a remainder). Both sides are right, nothing between them is: ``c`` must be near ``t`` or ``r``. They take no
  part in the statistics.
- *loose*: ill-conditioned. ``c`` must be near ``t`` or ``r``, or its error a small multiple of the element's own.

A tensor on the whole of which ``r`` is no nearer to ``t`` than zeros are is rounding alone, and judged as such.

Then the errors over the tight and over the loose elements are each held against PyTorch's own (``yardstick.py``).
Integers and booleans are equal or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from kernelagent.worker.judge.planted import Leave, leave, leave_integers
from kernelagent.worker.judge.tolerance import Tolerance, fixed_bound, near, rms, tolerance_for
from kernelagent.worker.judge.yardstick import (
    Beside,
    Measured,
    measure,
    passed_through,
    precision_class,
    tells_classes_apart,
)
from kernelagent.worker.problem.carried import raw_bytes

JUMP = 32.0
"""Times what conditioning and one unit in the last place explain: more is no rounding error."""
OUTLIERS = 0.01
"""Share of the loose elements that may miss their own bound: the ratio of two random errors has heavy tails."""
FEW = 4.0
"""Units in the last place of the constants that a formula passes through, where the results are small beside them."""
FEWEST = 16
ROUNDINGS = 8.0
"""Units in the last place of 1."""
AS_SMALL = 8.0
"""Times PyTorch's own error, of a result that is rounding alone."""
NOTHING = Beside()


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
    loose: int = 0
    """Elements on which the fixed tolerance could not be asked."""
    jumps: int = 0
    """Elements on which PyTorch's own result and float64's are two different right answers."""
    precision: str = ""
    """The class that the error shows; empty: nothing to tell it by."""
    telling: bool = False
    """These inputs tell float32 from TF32."""
    notes: tuple[str, ...] = ()
    """Differences that are let pass, in words."""


def compare(
    candidate: torch.Tensor, native: torch.Tensor, exact: torch.Tensor | None, beside: Beside = NOTHING
) -> Comparison:
    """Judge values of equal shape and dtype. ``exact`` is the float64 result, where there is one."""
    if candidate.numel() == 0:
        return Comparison("")
    if beside.is_undefined:
        return _of_equals(candidate, beside)
    if not native.is_floating_point() and not native.is_complex():
        return _compare_exactly(candidate, native, beside)
    if native.is_complex():
        parts = [torch.view_as_real(t.resolve_conj()) for t in (candidate, native)]
        wide = None if exact is None else torch.view_as_real(exact.to(torch.complex128).resolve_conj())
        return compare(parts[0], parts[1], wide, beside.of_parts())
    limits = tolerance_for(native.dtype)
    c, r = candidate.double(), native.double()
    t = r if exact is None else exact.double()
    # What float64 holds may be too large for the dtype: then infinity is the right answer.
    t = torch.where(torch.isfinite(t.to(native.dtype)), t, t.to(native.dtype).double())
    scale = rms(t[torch.isfinite(t)])
    right = near(c, t, limits, scale) | near(c, r, limits, scale)
    otherwise = torch.zeros_like(right)
    for other in beside.also_right:
        otherwise |= near(c, other.double(), limits, scale) & ~right
    right |= otherwise
    right |= (c - t).abs() <= FEW * passed_through(beside, limits.eps)
    if beside.unasked is not None:
        right |= beside.unasked
        otherwise |= beside.unasked
    unordered = _unordered(~right, beside)
    if beside.unordered is not None:
        right |= beside.unordered
        otherwise |= beside.unordered
    rounded_away = _rounded_away(t, beside, limits)
    by_that = rounded_away & ~right & ((c - t).abs() <= _off(beside, t))
    right |= by_that
    otherwise |= rounded_away
    left = leave(c, r, right, beside.planted, limits) if beside.planted is not None else _running(c, r, right, beside)
    figures = _figures(c, r, t)
    if exact is not None and is_rounding_alone(r, t, limits):
        return _of_rounding(c, r, t, figures)
    kinds = _kinds(r, t, limits, scale, beside, exact is not None)
    notes = (*left.notes, *unordered, *_said_of(by_that))
    outcome = Comparison("", None, *figures, loose=int(kinds.loose.sum()), jumps=int(kinds.jumps.sum()), notes=notes)
    wrong = ~right & ~left.elements & ~_as_good_as_pytorch(c, r, t, kinds, limits)
    if bool(wrong.any()):
        return replace(outcome, reason=_nan_reason(c, r, wrong) or "is wrong", bad=wrong)
    if exact is None and native.dtype != torch.float64:
        return outcome
    judged = torch.isfinite(c) & ~left.elements & ~otherwise
    return _by_the_yardstick(outcome, c, r, t, [kinds.tight & judged, kinds.loose & judged], beside, limits)


def is_rounding_alone(r: torch.Tensor, t: torch.Tensor, limits: Tolerance) -> bool:
    """Whether PyTorch's own result ``r`` is no nearer to float64's ``t`` than zeros are: a mean of what a norm has
    centred. Not where what it is off by is more than rounding makes of numbers around 1, or has few elements: that may
    be a comparison which rounding turns."""
    if r.numel() < FEWEST or not bool(torch.isfinite(r).all() & torch.isfinite(t).all()):
        return False
    own = (r - t).abs()
    return rms(t) <= rms(own) > 0 and float(own.max()) <= ROUNDINGS * limits.eps


def _of_rounding(c: torch.Tensor, r: torch.Tensor, t: torch.Tensor, figures: tuple[float, float, float]) -> Comparison:
    """Such a result tells nothing but that it is small: it may be a small multiple of what PyTorch's own is off by."""
    error, own = (c - t).abs(), (r - t).abs()
    told = f"is rounding alone: PyTorch's own result is off by {rms(own):.2g} where the true one is {rms(t):.2g}"
    limit = AS_SMALL * float(own.max())
    if rms(error) <= AS_SMALL * rms(own) and bool((error <= limit).all()):
        return Comparison("", None, *figures, loose=t.numel(), notes=(told,))
    return Comparison("is wrong", ~(error <= AS_SMALL * rms(own)), *figures, loose=t.numel())


def _running(c: torch.Tensor, r: torch.Tensor, right: torch.Tensor, beside: Beside) -> Leave:
    """What a maximum that runs over a block of nothing but -infinity makes of it, and what is a number where PyTorch's
    own way to the result is infinity less infinity."""
    made = ~right & c.isnan() & r.isfinite() & beside.unasked_nan
    number = ~right & ~c.isnan() & r.isnan() & beside.unasked_nan
    told = {
        "gives NaN where slices are -infinity for longer than a block, which the example's are not": int(made.sum()),
        "gives a number where PyTorch's result is NaN": int(number.sum()),
    }
    return Leave(made | number, tuple(f"{what} ({n} of {made.numel()} elements)" for what, n in told.items() if n))


@dataclass(frozen=True)
class _Kinds:
    tight: torch.Tensor
    loose: torch.Tensor
    jumps: torch.Tensor
    own: torch.Tensor
    """What PyTorch's error is at each element, or would be for inputs next to these."""


def _kinds(
    r: torch.Tensor, t: torch.Tensor, limits: Tolerance, scale: float, beside: Beside, has_exact: bool
) -> _Kinds:
    finite = torch.isfinite(r) & torch.isfinite(t)
    nothing = torch.zeros_like(finite)
    if not has_exact:
        return _Kinds(finite, nothing, nothing, torch.zeros_like(t))
    own = torch.where(finite, (r - t).abs(), 0.0)
    bound = fixed_bound(t, limits, scale)
    misses = own > bound
    if beside.moved is None:
        loose, jumps, explained = misses & finite, nothing, own
    else:
        moved = torch.where(torch.isfinite(beside.moved), beside.moved, 0.0)
        jumps = misses & (own > JUMP * torch.maximum(moved, limits.eps / 2 * t.abs()))
        explained = torch.maximum(own, limits.steps * moved)
        loose = finite & ~jumps & (explained > bound)
    jumps = jumps | ((torch.isfinite(r) != torch.isfinite(t)) | ((r != t) & ~finite & ~(r.isnan() & t.isnan())))
    return _Kinds(finite & ~loose & ~jumps, loose, jumps, explained)


def _as_good_as_pytorch(
    c: torch.Tensor, r: torch.Tensor, t: torch.Tensor, kinds: _Kinds, limits: Tolerance
) -> torch.Tensor:
    """Loose elements whose error is a small multiple of their own."""
    if not bool(kinds.loose.any()):
        return kinds.loose
    factor = limits.rms_factor / 2
    error = (c - t).abs()
    passed = kinds.loose & (error <= factor * kinds.own)
    missed = kinds.loose & ~passed
    if int(missed.sum()) <= OUTLIERS * int(kinds.loose.sum()):
        passed = passed | (missed & (error <= factor * kinds.own[kinds.loose].max()))
    return passed


def _by_the_yardstick(
    outcome: Comparison,
    c: torch.Tensor,
    r: torch.Tensor,
    t: torch.Tensor,
    groups: list[torch.Tensor],
    beside: Beside,
    limits: Tolerance,
) -> Comparison:
    """Each group of elements against PyTorch's error over the same; the class is read off the first that has any."""
    for where in groups:
        found = measure(c, r, t, where, beside, limits)
        if found is None:
            continue
        shown = ""
        if limits.eps == torch.finfo(torch.float32).eps:
            shown = precision_class(c, t, where, beside, found, limits)
            if not outcome.precision:
                telling = tells_classes_apart(where, t, beside, found, limits.eps)
                outcome = replace(outcome, precision=shown, telling=telling)
        if not found.within:
            return replace(
                outcome,
                precision=shown,
                reason=_inexact(c, r, t, where, found, shown if beside.has_products or shown != "tf32" else ""),
            )
    return outcome


def _inexact(
    c: torch.Tensor, r: torch.Tensor, t: torch.Tensor, where: torch.Tensor, found: Measured, shown: str
) -> str:
    error, own = (c - t)[where].abs(), (r - t)[where].abs()
    like = f"; {shown} operands would give about as much" if shown else ""
    return (
        f"is less exact than PyTorch: error {rms(error):.3g} rms and {float(error.max()):.3g} at most against float64, "
        f"PyTorch's own {rms(own):.3g} and {float(own.max()):.3g}; in units of rounding and conditioning "
        f"{found.rms:.3g} and {found.max:.3g}, allowed {found.rms_limit:.3g} and {found.max_limit:.3g}{like}"
    )


def _compare_exactly(candidate: torch.Tensor, native: torch.Tensor, beside: Beside) -> Comparison:
    bad = candidate != native
    left = leave_integers(candidate, native, beside.planted) if beside.planted is not None else Leave(bad & False, ())
    bad = bad & ~left.elements
    if beside.unasked is not None:
        bad = bad & ~beside.unasked
    unordered = _unordered(bad, beside)
    if beside.unordered is not None:
        bad = bad & ~beside.unordered
    turned = bad & False
    if beside.turned is not None:
        low, high = beside.turned
        turned = bad & (candidate >= low) & (candidate <= high)
        bad = bad & ~turned
    if native.dtype == torch.bool and candidate.numel():  # a byte that is neither 0 nor 1 was never written
        raw = raw_bytes(candidate).reshape(candidate.shape)
        bad = bad | (raw > 1)
    if bool(bad.any()):
        return Comparison("is wrong", bad)
    count = int(turned.sum())
    note = f"another order of operations gives the integers at {count} of {turned.numel()} elements"
    return Comparison("", None, 0.0, 0.0, 0.0, notes=(*left.notes, *unordered, *([note] if count else [])))


def _off(beside: Beside, t: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(t) if beside.rounded_away is None else beside.rounded_away


def _rounded_away(t: torch.Tensor, beside: Beside, limits: Tolerance) -> torch.Tensor:
    """Elements of which the module's own float64 leaves less than what they are judged by, or float32 tells."""
    return _off(beside, t) > max(limits.eps, torch.finfo(torch.float32).eps) * t.abs()


def _said_of(by_that: torch.Tensor) -> tuple[str, ...]:
    count = int(by_that.sum())
    told = f"differs by less than what the module's own arithmetic rounds away ({count} of {by_that.numel()} elements)"
    return (told,) if count else ()


def _unordered(wrong: torch.Tensor, beside: Beside) -> tuple[str, ...]:
    """What is said of elements that are wrong but for an order that rounding decides."""
    count = 0 if beside.unordered is None else int((wrong & beside.unordered).sum())
    about = f"rests on an order that rounding or NaN decides: not compared ({count} of {wrong.numel()} elements)"
    return (about,) if count else ()


def _of_equals(candidate: torch.Tensor, beside: Beside) -> Comparison:
    wrong = beside.selection.wrong(candidate) if beside.selection is not None else None
    if wrong is not None and bool(wrong.any()):
        return Comparison("names another value than it must, or one place twice", wrong)
    if beside.is_in_any_order:
        left = "not compared" if wrong is None else "any order of the same values passes"
        return Comparison("", notes=(f"depends on an order that the module leaves open: {left}",))
    left = "not compared" if wrong is None else "any that names an equal value passes"
    return Comparison("", notes=(f"depends on the order of equal values, which PyTorch leaves open: {left}",))


def _nan_reason(c: torch.Tensor, r: torch.Tensor, wrong: torch.Tensor) -> str:
    extra = int((wrong & torch.isnan(c) & ~torch.isnan(r)).sum())
    missing = int((wrong & ~torch.isnan(c) & torch.isnan(r)).sum())
    if not extra and not missing:
        return ""
    return f"is NaN in {extra} places where it must not be, and not NaN in {missing} where it must"


def _figures(c: torch.Tensor, r: torch.Tensor, t: torch.Tensor) -> tuple[float, float, float]:
    finite = torch.isfinite(c) & torch.isfinite(r) & torch.isfinite(t)
    if not bool(finite.any()):
        return 0.0, 0.0, 0.0
    error, own, truth = (torch.where(finite, value.abs(), 0.0) for value in (c - t, r - t, t))
    relative = torch.where(truth > 0, error / truth, 0.0)
    return float(error.max()), float(relative.max()), float(own.max())
