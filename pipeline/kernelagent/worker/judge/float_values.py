"""Floating values of each kind: spread, equal, far from zero, of every magnitude, with what is planted among them."""

from __future__ import annotations

import math

import torch

from kernelagent.worker.judge.yardstick import row_shape

AROUND = (-3.0, 0.02, 1.5, -0.3, 5.0, -1.0, 0.1, -6.0, 0.7, -0.05, 3.0)
"""Each for the rows of a case of its own, as far as there are so many."""
_LEAST_TOGETHER = 40
"""Power of two: squares are well below every eps, and cubes are no denormals."""
FAR = {
    torch.float64: (2.0**20, 2.0**10),
    torch.float32: (2.0**10, 2.0**6),
    torch.float16: (2.0**5, 2.0**4),
    torch.bfloat16: (2.0**3, 2.0**2),
}
"""Means that leave the dtype digits enough for the spread: about half of them, and a quarter."""


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


def whole(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Whole numbers from -3 to 3: the power of a negative number is defined for these alone."""
    return torch.randint(-3, 4, tensor.shape, generator=generator).to(tensor.dtype)


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
    numbers = torch.tensor(AROUND, dtype=torch.float64).roll(-place)
    centres = numbers[torch.arange(math.prod(shape)) % len(AROUND)].reshape(shape)
    noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
    return (centres * (1 + noise.clamp(-3, 3) / 32)).to(tensor.dtype)


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


def growing_small(tensor: torch.Tensor) -> torch.Tensor:
    """``tensor`` times a power of two for each slice along the last dimension, from one to the next less, the same in
    every tensor with as many: an eps that is added to, or bounds, a product of two that are small."""
    least = 10 if tensor.dtype == torch.float16 else _LEAST_TOGETHER
    shape = (*tensor.shape[:-1], 1) if tensor.dim() > 1 else tensor.shape
    exponents = -torch.linspace(1, least, math.prod(shape), dtype=torch.float64).round().reshape(shape)
    return (tensor.double() * torch.exp2(exponents)).to(tensor.dtype)


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
