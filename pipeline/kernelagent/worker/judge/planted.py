"""What is held of a result for inputs with a few NaN or infinities, and what is let pass and said.

PyTorch's own kernels and Triton's differ on NaN: a maximum may pass over it, a comparison with it is false, a product
with a zero of a mask spreads it. What is wrong either way is not let pass: a finite value that no reading of the
inputs explains, or something else than the reference's finite value where that depends on an infinity (a masked
softmax, a saturated activation).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from kernelagent.worker.judge.tolerance import Tolerance, near


@dataclass(frozen=True)
class Planted:
    """PyTorch's results beside the one for the planted inputs, in the problem's dtype."""

    kind: str
    """One of ``value_kinds.PLANTED``."""
    clean: torch.Tensor
    """For the inputs before anything was planted."""
    ordered: tuple[torch.Tensor, ...] = ()
    """For the planted inputs where operators order NaN otherwise, also NaN that comes of infinities or zeros
    (``nan_ordered.py``)."""
    taken_as: tuple[torch.Tensor, ...] = ()
    """For each NaN replaced by an infinity of either sign from the start."""
    asks: bool = False
    """The module asks whether its inputs are NaN: a number in place of its NaN, and NaN for its zeros, are then no
    other way of going past NaN."""
    met: torch.Tensor | None = None
    """Where a result that is computed element by element is infinite because of what was planted: that is asked of a
    kernel as well."""

    @property
    def is_nan(self) -> bool:
        return self.kind.endswith("nan")


@dataclass(frozen=True)
class Leave:
    """What is let pass of one tensor."""

    elements: torch.Tensor
    """Also right ones, in a row that is let pass whole."""
    notes: tuple[str, ...]


def leave(c: torch.Tensor, r: torch.Tensor, right: torch.Tensor, planted: Planted, limits: Tolerance) -> Leave:
    """Elements of ``c`` that are not ``right`` and are let pass, with what is said of them. All in float64."""
    clean = planted.clean.double()
    untouched = near(r, clean, limits, 0.0)
    explained = near(c, clean, limits, 1.0)
    if not planted.asks:
        explained = explained | (c == 0) | torch.isinf(c)
    for other in (*planted.ordered, *planted.taken_as):
        explained = explained | near(c, other.double(), limits, 1.0)
    wrong = ~right
    met = planted.met if planted.met is not None else torch.zeros_like(right)
    if not planted.is_nan:  # inf - inf and 0 * inf: there the reference defines nothing
        explained = explained | True
    found = {
        "gives a number where PyTorch's result is NaN": wrong & r.isnan() & ~c.isnan() & explained,
        "gives NaN where PyTorch's result is infinite": wrong & r.isinf() & c.isnan() & ~met,
        "gives NaN where PyTorch's result is a row of zeros": wrong
        & (not planted.asks)
        & c.isnan()
        & _rows_with(r == 0)
        & ~_rows_with(r.isfinite() & (r != 0)),
        "gives NaN in elements that do not depend on the value planted": wrong & r.isfinite() & c.isnan() & untouched,
    }
    ordered = _rows_with(r.isfinite() & ~untouched & _otherwise(r, planted))
    found["orders NaN otherwise than PyTorch"] = wrong & ordered
    elements = ordered  # two neighbours that change places may be too near each other to be wrong
    for some in found.values():
        elements = elements | some
    notes = tuple(f"{what} ({int(e.sum())} of {e.numel()} elements)" for what, e in found.items() if bool(e.any()))
    return Leave(elements, notes)


def elementwise(planted: torch.Tensor, clean: torch.Tensor, places: list[torch.Tensor]) -> torch.Tensor | None:
    """Elements of the result at which something was planted in an input, where nothing else has changed them:
    ``None`` where an element depends on others. ``places``: for each input, where."""
    try:
        where = _either([*places, torch.zeros(clean.shape, dtype=torch.bool)])
    except RuntimeError:
        return None
    if where.shape != clean.shape or planted.shape != clean.shape or bool(where.all()):
        return None
    return where if torch.allclose(planted[~where], clean[~where], 0, 0, equal_nan=True) else None


def _either(places: list[torch.Tensor]) -> torch.Tensor:
    """Broadcast; raises ``RuntimeError`` where that can't be."""
    found = places[0]
    for other in places[1:]:
        found = found | other
    return found


def leave_integers(candidate: torch.Tensor, native: torch.Tensor, planted: Planted) -> Leave:
    """The same for indices and comparisons, where NaN is ordered."""
    differs = candidate != native
    elements = differs & _rows_with((native != planted.clean) & _otherwise(native, planted))
    for other in planted.ordered:
        elements = elements | (differs & (candidate == other))
    count = int(elements.sum())
    note = f"orders NaN otherwise than PyTorch ({count} of {elements.numel()} elements)"
    return Leave(elements, (note,) if count else ())


def _otherwise(native: torch.Tensor, planted: Planted) -> torch.Tensor:
    """Elements that depend on how NaN is ordered."""
    found = torch.zeros(native.shape, dtype=torch.bool)
    for other in planted.ordered:
        found = found | ((native != other) & ~(native.isnan() & other.isnan()))
    return found


def _rows_with(some: torch.Tensor) -> torch.Tensor:
    """All elements of the rows in which there is one of ``some``. In a row that is sorted or ranked all elements depend
    on where NaN is put; a row that is masked out altogether is zeros in PyTorch and 0 / 0 in a plain softmax."""
    return some.any(-1, keepdim=True).expand_as(some) if some.dim() else some
