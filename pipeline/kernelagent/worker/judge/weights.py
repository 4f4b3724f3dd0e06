"""Weights for judging: no parameter keeps a value at which it does nothing."""

from __future__ import annotations

import torch


def perturb(model: torch.nn.Module, seed: int) -> None:
    """Change every floating parameter and persistent buffer a little, in place.

    γ = 1 and β = 0 must not stay, or a kernel that leaves them out would pass. What is positive everywhere (a
    variance, a scale) stays positive; integers, bools and infinities stay as they are. Tied weights stay tied.
    """
    generator = torch.Generator().manual_seed(10_000 + seed)
    seen: set[tuple[int, int]] = set()
    with torch.no_grad():
        for tensor in model.state_dict(keep_vars=True).values():
            if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point() or tensor.numel() == 0:
                continue
            key = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
            if key not in seen:
                seen.add(key)
                tensor.copy_(_nearby(tensor.detach(), generator))


def _nearby(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    values = tensor.double()
    noise = torch.randn(values.shape, generator=generator, dtype=torch.float64)
    finite = torch.isfinite(values)
    if bool((values > 0).all()):
        changed = values * torch.exp(0.2 * noise.clamp(-3, 3))
    else:
        scale = values[finite].square().mean().sqrt() if bool(finite.any()) else torch.ones((), dtype=torch.float64)
        changed = values + 0.2 * (scale if float(scale) > 0 else 1.0) * noise
    return torch.where(finite, changed, values).to(tensor.dtype)
