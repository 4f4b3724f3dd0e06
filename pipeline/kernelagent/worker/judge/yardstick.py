"""The yardstick: a candidate's error against float64 beside PyTorch's own, in units of what each element's conditioning
and dtype make of one rounding.

Errors are divided, element by element, by a *unit*: how far the result moves when the inputs move by half a unit in the
last place, plus one unit in the last place of the element, both at least the root mean square of its row. So a row
of small results is judged as closely as a row of large ones, and one ill-conditioned row hides no other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import torch

from kernelagent.worker.judge.planted import Planted
from kernelagent.worker.judge.selections import Selection
from kernelagent.worker.judge.tolerance import Tolerance, rms

ROW = 16
"""Elements at least over which conditioning is averaged."""
SERIAL = 3.0
"""Multiple of the simulated error of serial summation that is allowed (6 for the largest element)."""
CLASSES = ("tf32", "fp16", "bf16")
"""Below float32, from the most exact to the least. fp16 has tf32's digits."""


@dataclass(frozen=True)
class Beside:
    """What else is known of one expected tensor. All of its shape, in float64."""

    moved: torch.Tensor | None = None
    """How far the float64 result moves when inputs and weights move by half a unit in their last place."""
    serial: torch.Tensor | None = None
    """Error of the same computation whose sums run one term after the other in float32."""
    rounded: dict[str, torch.Tensor] = field(default_factory=dict)
    """Precision class → error of the same computation with operands rounded to it, and inputs."""
    has_products: bool = True
    """Without any, TF32 explains nothing: nothing else is computed in it."""
    also_right: tuple[torch.Tensor, ...] = ()
    """Results that are as good: denormals taken for zero."""
    planted: Planted | None = None
    """For inputs with NaN or infinities."""
    around: float = 0.0
    """Magnitude that a formula may pass through where the results are small: 1 - 2 / (1 + exp(2 x)) is a good tanh,
    exact to a unit in the last place of 1."""
    through: float = 0.0
    """The same for what is computed in float32 at least, whatever the dtype of the result."""
    unasked: torch.Tensor | None = None
    """bool: elements that come of what the standards leave open (``left_open.py``)."""
    unasked_nan: bool = False
    """NaN for a finite number is let pass, and said: the inputs have -infinity in runs, the example's have none."""
    unordered: torch.Tensor | None = None
    """bool: elements that rest on an order that rounding decides (``rounded_orders.py``)."""
    rounded_away: torch.Tensor | None = None
    """How far off each element may be for what the module's own float64 rounds away (``rounded_float64.py``)."""
    turned: tuple[torch.Tensor, torch.Tensor] | None = None
    """Least and largest integers that other sound orders of operations give (``turned_edges.py``)."""
    is_undefined: bool = False
    """It depends on the order of equal values where PyTorch promises none (``order_of_equals.py``)."""
    is_in_any_order: bool = False
    """It is so, whatever the values: the module asks for no order."""
    selection: Selection | None = None
    """What it must select all the same."""

    def of_parts(self) -> Beside:
        """What is known of a complex result, for its real and imaginary parts: other results, and what was planted."""

        def parts(results: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            return tuple(torch.view_as_real(t.resolve_conj()) for t in results if t.is_complex())

        planted, clean = None, () if self.planted is None else parts((self.planted.clean,))
        if self.planted is not None and clean:
            ordered, taken = parts(self.planted.ordered), parts(self.planted.taken_as)
            planted = replace(self.planted, clean=clean[0], ordered=ordered, taken_as=taken, met=None)
        return Beside(also_right=parts(self.also_right), planted=planted)

    def fitting(self, shape: torch.Size) -> Beside:
        """Of what is known here, what is of ``shape``: where values decide on a shape, other values give another."""

        def fits(tensor: torch.Tensor | None) -> bool:
            return tensor is not None and tensor.shape == shape

        planted = self.planted if self.planted is not None and fits(self.planted.clean) else None
        if planted is not None:
            met = planted.met if fits(planted.met) else None
            ordered, taken = (tuple(filter(fits, results)) for results in (planted.ordered, planted.taken_as))
            planted = replace(planted, ordered=ordered, taken_as=taken, met=met)
        return replace(
            self,
            moved=self.moved if fits(self.moved) else None,
            serial=self.serial if fits(self.serial) else None,
            rounded={name: error for name, error in self.rounded.items() if fits(error)},
            also_right=tuple(filter(fits, self.also_right)),
            planted=planted,
            unasked=self.unasked if fits(self.unasked) else None,
            unordered=self.unordered if fits(self.unordered) else None,
            rounded_away=self.rounded_away if fits(self.rounded_away) else None,
            turned=self.turned if self.turned is not None and all(map(fits, self.turned)) else None,
        )


@dataclass(frozen=True)
class Measured:
    """Errors in units, over some of a tensor's elements."""

    rms: float
    max: float
    own_rms: float
    own_max: float
    rms_limit: float
    max_limit: float

    @property
    def within(self) -> bool:
        return self.rms <= self.rms_limit and self.max <= self.max_limit


def unit(t: torch.Tensor, beside: Beside, eps: float) -> torch.Tensor:
    """What one rounding may come to at each element of ``t``; never zero."""
    moved = beside.moved
    finite = torch.where(torch.isfinite(t), t, 0.0).abs()
    floor = eps * 2.0**-10 * rms(finite) + torch.finfo(torch.float64).tiny + passed_through(beside, eps)
    found = eps * torch.maximum(finite, row_rms(finite)) + floor
    return found if moved is None else found + row_rms(torch.where(torch.isfinite(moved), moved, 0.0))


def passed_through(beside: Beside, eps: float) -> float:
    """One rounding of the largest that a formula may pass through."""
    return eps * beside.around + min(eps, torch.finfo(torch.float32).eps) * beside.through


def row_shape(values: torch.Tensor) -> tuple[int, ...]:
    """One element for each row: as many of the last dimensions as hold :data:`ROW` elements, or all, are 1."""
    shape, count = list(values.shape), 1
    for dim in reversed(range(values.dim())):
        if count >= ROW:
            break
        count *= shape[dim]
        shape[dim] = 1
    return tuple(shape)


def row_rms(values: torch.Tensor) -> torch.Tensor:
    """The root mean square over each row (:func:`row_shape`)."""
    over = tuple(dim for dim, n in enumerate(row_shape(values)) if n != values.shape[dim])
    return values.square().mean(over, keepdim=True).sqrt().expand_as(values) if over else values.abs()


def measure(
    c: torch.Tensor, r: torch.Tensor, t: torch.Tensor, where: torch.Tensor, beside: Beside, limits: Tolerance
) -> Measured | None:
    """Errors of ``c`` over the elements ``where``, and their limits; ``None`` where there are no such elements.

    The mean square of n independent errors scatters by 1/sqrt(n) of itself, and of a single one it is the largest: so
    the limit of the root mean square begins at the largest's and comes down to its own as 1/sqrt(n).
    """
    if not bool(where.any()):
        return None
    units = unit(t, beside, limits.eps)[where]
    error, own = (c - t)[where].abs() / units, (r - t)[where].abs() / units
    rms_limit = limits.rms_factor * max(rms(own), limits.least) + limits.rms_floor
    max_limit = limits.max_factor * max(float(own.max()), 3 * limits.least) + limits.max_floor
    if beside.serial is not None:
        # It was simulated in float32, whose sums are no excuse for a float64 result.
        finer = min(1.0, limits.eps / torch.finfo(torch.float32).eps)
        serial = beside.serial[where].abs() * finer / units
        serial = serial[torch.isfinite(serial)]
        if serial.numel():
            rms_limit = max(rms_limit, SERIAL * rms(serial))
            max_limit = max(max_limit, 2 * SERIAL * float(serial.max()))
    if max_limit > rms_limit:  # both may be infinite
        rms_limit += (max_limit - rms_limit) / math.sqrt(error.numel())
    return Measured(rms(error), float(error.max()), rms(own), float(own.max()), rms_limit, max_limit)


def precision_class(
    c: torch.Tensor, t: torch.Tensor, where: torch.Tensor, beside: Beside, measured: Measured, limits: Tolerance
) -> str:
    """The class that a float32 candidate's error shows: ``fp32``, ``tf32``, ``fp16``, ``bf16``, or nothing when it is
    larger than any class explains."""
    if measured.within:
        return "fp32"
    values, truth = c[where], t[where]
    for name, dtype in (("bf16", torch.bfloat16), ("fp16", torch.float16)):
        if _representable(values, dtype) and not _representable(truth.float().double(), dtype):
            return name
    units = unit(t, beside, limits.eps)[where]
    for name in CLASSES:
        if name in beside.rounded:
            shown = beside.rounded[name][where].abs() / units
            shown = shown[torch.isfinite(shown)]
            if shown.numel() and measured.rms <= 2 * rms(shown) and measured.max <= 4 * float(shown.max()):
                return name
    return ""


def tells_classes_apart(where: torch.Tensor, t: torch.Tensor, beside: Beside, measured: Measured, eps: float) -> bool:
    """Whether operands rounded to TF32 would have been seen on these inputs."""
    if "tf32" not in beside.rounded:
        return False
    shown = beside.rounded["tf32"][where].abs() / unit(t, beside, eps)[where]
    shown = shown[torch.isfinite(shown)]
    return bool(shown.numel()) and math.isfinite(measured.rms_limit) and rms(shown) > measured.rms_limit


def _representable(values: torch.Tensor, dtype: torch.dtype) -> bool:
    return bool((values.to(dtype).double() == values).all())
