"""Other values for the inputs of a case: magnitudes, signs, zeros and denormals, NaN and infinities."""

from __future__ import annotations

import itertools
import math
from typing import Any, Literal

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.arguments import KINDS, is_argument, other_argument
from kernelagent.worker.judge.layouts import Layout, as_it_lies, lay_out
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.ties import drawn
from kernelagent.worker.judge.yardstick import row_shape
from kernelagent.worker.problem import Specimen

Values = Literal[
    "example",
    "signed",
    "positive",
    "tiny",
    "huge",
    "large",
    "equal",
    "equal, positive",
    "far",
    "less far",
    "denormal",
    "zeros that meet",
    "infinity",
    "nan",
    "infinities that meet",
    "slices of infinity",
    "slices of -infinity",
    "slices of nan",
    "slices of every magnitude",
    "elements of every magnitude",
    "slices of many magnitudes",
    "elements of many magnitudes",
    "up to the largest number",
    "large integers",
    "larger integers",
    "indices to the end",
    "negative integers",
    "ignored integers",
    "rows of zeros among integers",
    "zeros among integers",
    "zeros in runs among integers",
    "full and empty masks",
    "full masks",
    "masks in runs",
    "slices around one value",
    "ties",
    "halves of a scale",
    "halves of a given scale",
    "ends of the range",
    "around a number",
    "integers at ties",
    "integers at ties, narrowed",
    "numbers looked for",
    "rows of numbers looked for",
    "numbers of the kernel",
    "steps",
    "shared",
    "other numbers",
    "larger numbers",
    "numbers of the other sign",
    "numbers that are zero",
    "one more",
    "one less",
    "integers of the other sign",
    "turned flags",
    "one more of all, and turned",
    "one less of all, and turned",
    "other signs of all, and turned",
]
INFINITY = float("inf")
INFINITE_SLICES: tuple[Values, ...] = ("slices of infinity", "slices of -infinity")
NAN_SLICES: Values = "slices of nan"
NAN: tuple[Values, ...] = ("nan", NAN_SLICES)
PLANTED: tuple[Values, ...] = (*NAN, "infinity", "infinities that meet", "zeros that meet", *INFINITE_SLICES)
"""Kinds that put NaN or infinities into some elements, or zeros, which are divided by."""
IGNORED = -100
"""The label that PyTorch's losses leave out unless told otherwise (``ignore_index``)."""


def vary(
    specimen: Specimen,
    values: Values,
    seed: int,
    layouts: tuple[Layout, ...] = (),
    scale: float = 1.0,
    end: int = 0,
    palette: tuple[float, ...] = (),
    argument: int | None = None,
) -> Specimen:
    """The specimen's inputs with the same shapes, and other values, magnitudes or other layouts, which they take in
    turn. ``end``: what all integers stay below, for ``indices to the end``. ``palette``: what floats are drawn
    from, for ``ties``. ``argument``: which of those that are no tensors is changed; ``None``: all of them."""
    generator = torch.Generator().manual_seed(seed)
    turn = itertools.cycle(layouts or ("",))
    place, plain = itertools.count(), itertools.count()

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            is_meant = is_argument(leaf) and next(plain) == argument
            return other_argument(leaf, values) if is_meant or argument is None else leaf
        if end:
            changed = indices(leaf, end, generator)
        elif palette and leaf.is_floating_point():
            changed = drawn(leaf, palette, generator)
        elif values == "slices around one value" and leaf.is_floating_point():
            changed = around(leaf, generator, next(place))
        else:
            changed = of_kind(leaf, values, generator)
        changed = times(changed, scale) if scale != 1.0 and changed.is_floating_point() else changed
        layout = next(turn) if changed.dim() else ""
        if layout == "offset":
            changed = as_it_lies(changed, leaf)
        return lay_out(changed, layout)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def of_kind(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    """``tensor`` with values of another kind; bools and integers stay as they are unless ``values`` is for them."""
    if values == "example" or tensor.numel() == 0:
        return tensor
    if values.endswith("integers"):
        return integers(tensor, values, generator)
    if values == "masks in runs":
        return in_runs(tensor) if tensor.dtype == torch.bool and tensor.dim() else tensor
    if values.endswith("masks"):
        return masks(tensor, with_empty=values.startswith("full and")) if tensor.dtype == torch.bool else tensor
    if not tensor.is_floating_point() or values in (*KINDS, "ties", "slices around one value"):
        return tensor
    if values.endswith("magnitudes") or values.endswith("magnitude"):
        return of_magnitudes(tensor, generator, values.startswith("slices"), "every" in values)
    narrow = tensor.dtype == torch.float16 or tensor.dtype.itemsize == 1
    if values == "signed":
        return spread(tensor, generator)
    if values == "positive":
        return spread(tensor, generator).abs()
    if values == "tiny":
        return times(tensor, 2.0**-4 if narrow else 2.0**-10)
    if values == "huge":
        return times(tensor, 2.0**7 if narrow else 2.0**13)
    if values == "large":
        return times(tensor, 2.0**5)
    if values in ("equal", "equal, positive"):
        return equal(tensor, generator, with_zeros=values == "equal")
    if values in ("far", "less far"):
        means = _FAR.get(tensor.dtype)
        return far(tensor, generator, means[values == "less far"]) if means else tensor
    tiny = torch.finfo(tensor.dtype).tiny
    if values == "denormal":
        return plant(tensor, (0.0, -0.0, tiny / 4, -tiny / 2), generator)
    if values == "zeros that meet":
        return scattered(tensor, (0.0, -0.0), generator)
    if values == "infinities that meet":
        return scattered(tensor, (0.0, INFINITY, -INFINITY), generator)
    if values == "infinity":
        return plant(tensor, (INFINITY, -INFINITY, -INFINITY), generator)
    return plant(tensor, (float("nan"), float("nan")), generator)


def times(tensor: torch.Tensor, factor: float) -> torch.Tensor:
    """PyTorch multiplies no numbers of 8 bits."""
    return (tensor.float() * factor).to(tensor.dtype) if tensor.dtype.itemsize == 1 else tensor * factor


def spread(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Both signs, magnitudes from about 0.01 to 30, a different mean for each slice along the last dimension."""
    normal = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
    scale = torch.exp(torch.randn(tensor.shape, generator=generator, dtype=torch.float64)).clamp(max=10.0)
    shift = torch.randn((*tensor.shape[:-1], 1) if tensor.dim() else (), generator=generator, dtype=torch.float64)
    return (normal * scale + shift).to(tensor.dtype)


def equal(tensor: torch.Tensor, generator: torch.Generator, with_zeros: bool) -> torch.Tensor:
    """Five different values, so that most rows hold their largest more than once; the last slice along the first
    dimension is all ones; ``with_zeros``: the first slices along each dimension are all zeros, whose signs take turns,
    one beginning with the one, the next with the other."""
    palette = torch.randn(5, generator=generator, dtype=torch.float64) * 2
    palette = palette if with_zeros else palette.abs() + 0.1
    found = palette[torch.randint(5, tensor.shape, generator=generator)]
    if tensor.dim() > 1 and tensor.shape[0] > 2:
        found[-1] = 1.0
    zeros = torch.zeros(tensor.shape, dtype=torch.bool)
    for dim in range(tensor.dim() if with_zeros and tensor.dim() > 1 else 0):
        if tensor.shape[dim] > 1:
            zeros.narrow(dim, 0, 2 if tensor.shape[dim] > 3 else 1).fill_(True)
    places = sum(torch.meshgrid(*map(torch.arange, tensor.shape), indexing="ij"), torch.zeros((), dtype=torch.int64))
    signed = torch.where(places % 2 == 0, -0.0, 0.0).double()
    return torch.where(zeros, signed, found).to(tensor.dtype)


def stepping(tensor: torch.Tensor, steps: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """Along the longest dimension values near zero, and from some place on values near one of ``steps``, the places and
    the steps in turn; then the other way round. What is kept from block to block meets a sudden change."""
    longest = max(range(tensor.dim()), key=lambda dim: tensor.shape[dim])
    length = tensor.shape[longest]
    rows = torch.arange(tensor.numel() // max(length, 1))[:, None]
    cut = (rows * 3 % 5 + 2) * length // 8
    is_past = (torch.arange(length) >= cut) ^ (rows // len(steps) % 2 == 1)
    step = torch.tensor(steps, dtype=torch.float64)[rows % len(steps)]
    noise = torch.rand((len(rows), length), generator=generator, dtype=torch.float64)
    found = torch.where(is_past, step * (1 - noise / 128), noise - 0.5)
    others = [n for dim, n in enumerate(tensor.shape) if dim != longest]
    return found.reshape(*others, length).movedim(-1, longest).to(tensor.dtype)


def around(tensor: torch.Tensor, generator: torch.Generator, place: int) -> torch.Tensor:
    """Each row, as the yardstick takes them, near a number of its own: what an approximation gets wrong in one stretch
    is not hidden by larger results beside it. ``place``: of the tensor among the inputs."""
    shape = row_shape(tensor)
    numbers = torch.tensor(_AROUND, dtype=torch.float64).roll(-place)
    centres = numbers[torch.arange(math.prod(shape)) % len(_AROUND)].reshape(shape)
    noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
    return (centres * (1 + noise.clamp(-3, 3) / 32)).to(tensor.dtype)


def in_runs(tensor: torch.Tensor) -> torch.Tensor:
    """Masks as padding and windows make them: in each row what holds lies together, at the one end, the other, in the
    middle, or all around it, and is of another length than in the next."""
    length = tensor.shape[-1]
    at = torch.arange(length)
    rows = torch.arange(tensor.numel() // max(length, 1))[:, None]
    cut = (rows * 3 % 5 + 2) * length // 8
    inside = (at >= cut // 2) & (at < length - cut // 2)
    kinds = (at < cut, at >= cut, inside, ~inside)
    found = torch.stack([kind.expand(len(rows), length) for kind in kinds]).gather(
        0, (rows % 4).expand(-1, length)[None]
    )
    return found[0].reshape(tensor.shape)


def masks(tensor: torch.Tensor, with_empty: bool) -> torch.Tensor:
    """The last slice along each dimension all true; ``with_empty``: and then the first one all false."""
    found = tensor.clone()
    for dim in range(tensor.dim()):
        if tensor.shape[dim] > 1 or tensor.dim() == 1:
            found.select(dim, -1).fill_(True)
    for dim in range(tensor.dim() - 1 if with_empty else 0):
        if tensor.shape[dim] > 1:
            found.select(dim, 0).fill_(False)
    return torch.zeros_like(found) if with_empty and tensor.dim() == 1 else found


def far(tensor: torch.Tensor, generator: torch.Generator, mean: float) -> torch.Tensor:
    """Spread 1 around ``mean``: what cancels shows."""
    return (torch.randn(tensor.shape, generator=generator, dtype=torch.float64) + mean).to(tensor.dtype)


def of_magnitudes(tensor: torch.Tensor, generator: torch.Generator, slices: bool, every: bool) -> torch.Tensor:
    """``tensor`` times powers of two that lie evenly over the range in which squares stay finite (``every``: values
    do), one for each slice along the last dimension or each element: near an eps, past an integer's exactness, where
    a square overflows and the result does not."""
    widest = {torch.float16: 10, torch.float64: 300}.get(tensor.dtype, 100)
    most = widest if every else widest // 4
    shape = (*tensor.shape[:-1], 1) if slices and tensor.dim() > 1 else tensor.shape
    count = math.prod(shape)
    exponents = torch.linspace(-most, most, count, dtype=torch.float64).round()
    exponents = exponents[torch.randperm(count, generator=generator)].reshape(shape)
    return (tensor.double() * torch.exp2(exponents)).to(tensor.dtype)


def integers(tensor: torch.Tensor, values: Values, generator: torch.Generator) -> torch.Tensor:
    """Integers beyond the example's: large (past what floats or 32 bits hold; the type's ends among them), larger,
    counted from the end, some that losses ignore, or some that are 0 (``rows of``: and the first slice along each
    dimension)."""
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        return tensor
    if values == "negative integers":
        return -1 - tensor if torch.iinfo(tensor.dtype).min < 0 else tensor
    if values == "zeros in runs among integers":
        return torch.where(in_runs(tensor), 0, tensor) if tensor.dim() else tensor
    if values.endswith("zeros among integers"):
        zeros = torch.rand(tensor.shape, generator=generator) < 0.4
        zeros.reshape(-1)[-1:] = True
        for dim in range(tensor.dim() if values.startswith("rows") and tensor.dim() > 1 else 0):
            if tensor.shape[dim] > 1:
                zeros.select(dim, 0).fill_(True)
        return torch.where(zeros, 0, tensor)
    if values == "ignored integers":
        ignored = torch.rand(tensor.shape, generator=generator) < 0.25
        return torch.where(ignored, IGNORED, tensor) if torch.iinfo(tensor.dtype).min <= IGNORED else tensor
    limits = torch.iinfo(tensor.dtype)
    high = limits.max if limits.bits <= 32 else 1 << 62
    if values == "larger integers":
        high = min(high, 1 << 12)
    signed = bool((tensor < 0).any())
    low = high // 2 if values == "large integers" else -high if signed else 0  # of one sign: sums grow
    drawn = torch.randint(low, high, tensor.shape, generator=generator, dtype=torch.int64)
    if values == "large integers":
        ends = torch.tensor([limits.min if signed else 0, min(limits.max, 2**63 - 1)])
        at_end = torch.rand(tensor.shape, generator=generator) < 0.2
        drawn = torch.where(at_end, ends[torch.randint(2, tensor.shape, generator=generator)], drawn)
    return drawn.to(tensor.dtype)


def ends_of_the_range(specimen: Specimen, seed: int) -> Specimen:
    """Half the numbers of inputs that stay between whole numbers not further than one from zero at these: all of ``[0,
    1)`` are drawn, 0 and 1 never. Raises ``NoCase`` where no input stays there."""
    generator = torch.Generator().manual_seed(seed)
    bounded = False

    def change(leaf: Any) -> Any:
        nonlocal bounded
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.numel() < 2:
            return leaf
        low, high = float(leaf.min().floor()), float(leaf.max().ceil())
        if low < -1 or high > 1 or low == high:
            return leaf
        bounded = True
        ends = torch.tensor([low, high], dtype=leaf.dtype)[torch.randint(2, leaf.shape, generator=generator)]
        return torch.where(torch.rand(leaf.shape, generator=generator) < 0.5, ends, leaf)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    if not bounded:
        raise NoCase("no input stays within one from zero")
    return Specimen(args, kwargs, specimen.names)


def around_a_number(specimen: Specimen, number: float, seed: int) -> Specimen:
    """Inputs of floats within some hundredths of ``number``."""
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        noise = torch.randn(leaf.shape, generator=generator, dtype=torch.float64).clamp(-3, 3)
        return (number + noise * max(abs(number), 1.0) / 64).to(leaf.dtype)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_steps(specimen: Specimen, compared: tuple[float, ...], seed: int) -> Specimen:
    """Inputs of floats that step up and down (:func:`stepping`) by a little less than the kernel compares with, and
    than an exponential takes before it is infinite."""
    generator = torch.Generator().manual_seed(seed)
    own = [abs(number) for number in compared if _LEAST_STEP <= abs(number) <= _MOST_STEP]
    steps = tuple(dict.fromkeys([*own, _EXPONENTIAL]))

    def change(leaf: Any) -> Any:
        is_meant = isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.dim() and leaf.numel()
        return stepping(leaf, steps, generator) if is_meant else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def shared(specimen: Specimen) -> Specimen:
    """Of inputs of one shape and type the first in the place of all, as ``attention(x, x, x)`` passes it."""
    known: dict[tuple[torch.Size, torch.dtype], torch.Tensor] = {}

    def change(leaf: Any) -> Any:
        return known.setdefault((leaf.shape, leaf.dtype), leaf) if isinstance(leaf, torch.Tensor) else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def indices(tensor: torch.Tensor, end: int, generator: torch.Generator) -> torch.Tensor:
    """Integers from 0 to ``end - 1``, the last among them."""
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool or not tensor.numel():
        return tensor
    drawn = torch.randint(0, end, tensor.shape, generator=generator, dtype=torch.int64)
    drawn.reshape(-1)[int(torch.randint(tensor.numel(), (1,), generator=generator))] = end - 1
    return drawn.to(tensor.dtype)


_LEAST_STEP, _MOST_STEP, _EXPONENTIAL = 1.0, 1e4, 88.0
_AROUND = (-3.0, 0.02, 1.5, -0.3, 5.0, -1.0, 0.1, -6.0, 0.7, -0.05, 3.0)

_FAR = {
    torch.float64: (2.0**20, 2.0**10),
    torch.float32: (2.0**10, 2.0**6),
    torch.float16: (2.0**5, 2.0**4),
    torch.bfloat16: (2.0**3, 2.0**2),
}
"""Means that leave the dtype digits enough for the spread: about half of them, and a quarter."""


def plant(tensor: torch.Tensor, values: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """``values`` at random places, each in a stretch of its own, so that most rows of the first half keep theirs."""
    flat = tensor.detach().clone().reshape(-1)
    start, stretch = flat.numel() // 2, max((flat.numel() + 1) // 2 // len(values), 1)
    for number, value in enumerate(values):
        first = min(start + number * stretch, flat.numel() - 1)
        span = max(min(stretch, flat.numel() - first), 1)
        flat[first + int(torch.randint(span, (1,), generator=generator))] = value
    return flat.view(tensor.shape)


def scattered(tensor: torch.Tensor, values: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """Each element one of ``values``, or, as often as two of them, what it was: over two inputs every pair occurs."""
    drawn = torch.randint(len(values) + 2, tensor.shape, generator=generator)
    palette = torch.tensor([*values, 0.0, 0.0], dtype=tensor.dtype)
    return torch.where(drawn < len(values), palette[drawn], tensor)


def _within(dtype: torch.dtype, value: float) -> float:
    has_infinities = dtype not in (torch.float8_e4m3fn, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz)
    return value if has_infinities else max(min(value, torch.finfo(dtype).max), torch.finfo(dtype).min)


def without_denormals(specimen: Specimen) -> Specimen:
    """Denormals taken for zero, as a GPU's fast arithmetic takes them; none is made on numbers of 8 bits."""

    def flush(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.dtype.itemsize == 1:
            return leaf
        return torch.where(
            leaf.abs() < torch.finfo(leaf.dtype).tiny, torch.copysign(torch.zeros_like(leaf), leaf), leaf
        )

    args, kwargs = tree_map(flush, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def with_nan_as(specimen: Specimen, value: float) -> Specimen:
    """Each NaN replaced: by an infinity it is what comparisons that are false for NaN make of it. Types that have none
    get their largest number."""

    args, kwargs = tree_map(lambda leaf: nan_as(leaf, value), (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def nan_as(leaf: Any, value: float) -> Any:
    """The same for one tensor; whatever else it is stays."""
    if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
        return leaf
    return torch.where(leaf.isnan(), torch.full_like(leaf, _within(leaf.dtype, value)), leaf)
