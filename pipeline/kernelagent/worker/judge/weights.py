"""Weights for judging: no parameter keeps a value at which it does nothing, and in some sets none keeps its sign."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

Kind = Literal["nearby", "either sign", "spread", "with zeros", "as made", "positive"]
KINDS: tuple[Kind, ...] = ("nearby", "nearby", "either sign", "spread", "with zeros", "as made", "positive")
"""Of each set of weights, by its number."""

PART = 1 << 22
"""Elements of a tensor that are changed at once."""
_STEP = 1_000_003
"""Places by which the random numbers move on from part to part."""


def perturb(model: torch.nn.Module, seed: int, kind: Kind = "nearby") -> None:
    """Change every floating parameter and persistent buffer, in place. Tied weights stay tied.

    γ = 1 and β = 0 must not stay, or a kernel that leaves them out would pass; nor may a trained γ be taken for
    positive, or a slope for less than one. ``nearby``: by a little, and what is positive everywhere (a variance, a
    scale) stays positive. ``either sign``: parameters with signs and magnitudes at random, floating buffers as in
    ``spread``, and those of integers or bools in another order along their last dimension. ``spread``: magnitudes at
    random, from a tenth to ten times. ``with zeros``: as ``nearby``, with half the slices along the first dimension
    zero, as padding leaves them. ``positive``: all of them, so small that a product is some mean, and what has one
    dimension large beside it: no unit of a ReLU rests. ``as made``: nothing is changed. Infinities stay as they are,
    and in the other kinds integers and bools. A floating buffer that is sorted stays sorted: it may be what is searched
    in. Buffers that are not saved stay in every kind: a drop-in module makes them itself, for no
    ``state_dict`` brings them.
    """
    if kind == "as made":
        return
    generator = torch.Generator().manual_seed(10_000 + seed)
    parameters = {id(parameter) for parameter in model.parameters()}
    with torch.no_grad():
        for tensor in _floating(model):
            is_buffer = id(tensor) not in parameters
            change = _CHANGES["spread" if kind == "either sign" and is_buffer else kind]
            if tensor.dtype.itemsize == 1:
                _change_narrow(tensor.detach(), generator, change)
                continue
            falls = _is_sorted(tensor) if is_buffer else None
            _change(tensor.detach(), generator, change)
            if falls is not None:
                tensor.copy_(tensor.sort(dim=-1, descending=falls).values)
            if kind == "with zeros" and tensor.dim() and falls is None:
                tensor[torch.rand(len(tensor), generator=generator) < 0.5] = 0.0
        saved = {id(entry) for entry in model.state_dict(keep_vars=True).values()}
        for buffer in model.buffers() if kind == "either sign" else ():
            if id(buffer) in saved and not buffer.is_floating_point() and not buffer.is_complex() and buffer.dim():
                order = torch.rand(buffer.shape, generator=generator).argsort(-1)
                buffer.copy_(buffer.gather(-1, order))


def _is_sorted(tensor: torch.Tensor) -> bool | None:
    """Whether each row falls; ``None`` where it neither rises nor falls, or does not change."""
    if not tensor.dim() or tensor.shape[-1] < 3 or tensor.numel() > PART:
        return None
    steps = tensor.diff(dim=-1)
    if bool((steps == 0).all()):
        return None
    return False if bool((steps >= 0).all()) else True if bool((steps <= 0).all()) else None


def _floating(model: torch.nn.Module) -> Iterator[torch.Tensor]:
    seen: set[tuple[int, int]] = set()
    for tensor in model.state_dict(keep_vars=True).values():
        if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point() or tensor.numel() == 0:
            continue
        key = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
        if key not in seen:
            seen.add(key)
            yield tensor


@dataclass(frozen=True)
class _About:
    """What is known of a whole tensor, while its parts are changed one after the other."""

    count: int
    dims: int
    row: int
    """Elements of a slice along the first dimension."""
    scale: float
    is_positive: bool
    is_finite: bool


_Change = Callable[[torch.Tensor, torch.Tensor, _About], torch.Tensor]


def _change(tensor: torch.Tensor, generator: torch.Generator, change: _Change) -> None:
    """In place. A large tensor is gone over in parts: in float64 the whole of it would take many times its memory. The
    same numbers then serve for every part, each time with others of its elements."""
    rows = tensor if tensor.dim() else tensor.view(1)
    most = max(PART // max(rows[0].numel(), 1), 1)
    parts = [rows[at : at + most] for at in range(0, len(rows), most)]
    about = _about(tensor, parts)
    # Of one part, float64 costs nothing; of hundreds it would take twice as long, and gives no other float32.
    wide = torch.float64 if len(parts) == 1 or tensor.dtype == torch.float64 else torch.float32
    drawn = torch.randn(parts[0].shape, generator=generator, dtype=torch.float64).to(wide).flatten()
    twice = drawn if len(parts) == 1 else torch.cat([drawn, drawn])
    for number, part in enumerate(parts):
        at = number * _STEP % drawn.numel()
        noise = twice[at : at + part.numel()].view(part.shape)
        values = part.to(wide)
        changed = change(values, noise, about)
        part.copy_(changed if about.is_finite else torch.where(torch.isfinite(values), changed, values))


def _change_narrow(tensor: torch.Tensor, generator: torch.Generator, change: _Change) -> None:
    """The same for floats of 8 bits, which PyTorch does not compute with."""
    values, most = tensor.float(), torch.finfo(tensor.dtype).max
    _change(values, generator, change)
    tensor.copy_(values.clamp(-most, most))


def _about(tensor: torch.Tensor, parts: Sequence[torch.Tensor]) -> _About:
    scale, is_finite = _scale(parts)
    return _About(
        tensor.numel(),
        tensor.dim(),
        parts[0][0].numel(),
        scale,
        all(bool((part > 0).all()) for part in parts),
        is_finite,
    )


def _nearby(values: torch.Tensor, noise: torch.Tensor, about: _About) -> torch.Tensor:
    if about.is_positive:
        return values * torch.exp(0.2 * noise.clamp(-3, 3))
    return torch.add(values, noise, alpha=0.2 * about.scale)


def _spread(values: torch.Tensor, noise: torch.Tensor, about: _About) -> torch.Tensor:
    if about.count == 1:  # a slope, a temperature: on the other side of one, too
        return torch.where(values < 0, -1.0, 1.0) * (1.5 + noise.abs()) * max(about.scale, 1.0)
    if about.is_positive:
        return values * torch.exp(noise.clamp(-2.3, 2.3))
    return values * torch.exp(noise.clamp(-2.3, 2.3)) + 0.2 * about.scale * noise


def _either_sign(values: torch.Tensor, noise: torch.Tensor, about: _About) -> torch.Tensor:
    least = 1.5 if about.count == 1 else 0.5
    if about.dims < 2:  # a gain, a bias, a slope: by itself it makes nothing explode
        return max(about.scale, 1.0) * torch.where(noise < 0, -1.0, 1.0) * (least + noise.abs() + noise.square())
    return about.scale * noise * torch.exp(noise.flip(0).clamp(-1.5, 1.5))


def _positive(values: torch.Tensor, noise: torch.Tensor, about: _About) -> torch.Tensor:
    size = 0.5 + noise.abs()
    return size * max(about.scale, 1.0) if about.dims < 2 else size / about.row


def _scale(parts: Sequence[torch.Tensor]) -> tuple[float, bool]:
    """The root mean square of what is finite, 1 where there is nothing but zeros; and whether all is finite."""
    count, squares, is_finite = 0, 0.0, True
    for part in parts:
        found = float(part.double().square_().sum())
        if not math.isfinite(found):
            finite = part.double()[torch.isfinite(part)]
            is_finite = is_finite and finite.numel() == part.numel()
            found = float(finite.square().sum())
            count -= part.numel() - finite.numel()
        count, squares = count + part.numel(), squares + found
    return math.sqrt(squares / max(count, 1)) or 1.0, is_finite


_CHANGES: dict[Kind, _Change] = {
    "nearby": _nearby,
    "with zeros": _nearby,
    "either sign": _either_sign,
    "spread": _spread,
    "positive": _positive,
}
