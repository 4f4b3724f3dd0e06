"""Random numbers held fixed, so that all else about a random module can be compared exactly.

Every number that is drawn is the same one, whoever draws it: for the reference PyTorch's operators give it, for the
candidate Triton's Philox, of which ``tl.rand``, ``tl.randn`` and ``tl.randint`` are made. It is chosen so that dropout
keeps every element, whether it is written ``rand > p`` or (for ``p`` below one half) ``rand < 1 - p``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_BITS = 0x40000000, 0x7F000000
"""What Philox gives, and ``tl.rand`` makes 1/2 and 127/128 of."""
_TRIED = 1, 0x7FFFFFFF, 0x40000000
_SCALE = 4.6566127342e-10
"""Of ``tl.rand``."""


def choices() -> tuple[int, ...]:
    return _BITS


def tried() -> tuple[int, ...]:
    """For a kernel of a module that draws nothing: next to 0 and to 1, and in the middle."""
    return _TRIED


def as_uniform(bits: int) -> float:
    return float(torch.tensor(bits, dtype=torch.float32) * _SCALE)


def as_normal(bits: int) -> float:
    """By Box and Muller, as ``tl.randn`` does."""
    u = max(as_uniform(bits), 1e-7)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(6.283185307179586 * as_uniform(bits))


class FixedDraws(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """PyTorch's operators that draw, in the reference."""

    def __init__(self, bits: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._uniform, self._normal = as_uniform(bits), as_normal(bits)
        self.dropped = 0.0
        """The largest share that any of them drops."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        namespace, _, name = func._schema.name.partition("::")
        if namespace != "aten" or torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **kwargs)
        if name in ("bernoulli", "bernoulli_"):
            share = args[1] if len(args) > 1 else kwargs.get("p", 0.5 if name.endswith("_") else args[0])
            given = share if isinstance(share, torch.Tensor) else torch.tensor(share, dtype=torch.float64)
            self.dropped = max(self.dropped, 1.0 - float(given.min()) if given.numel() else 0.0)
            kept = (self._uniform >= 1.0 - given).to(args[0].dtype).expand(args[0].shape)
            return args[0].copy_(kept) if name.endswith("_") else kept.clone()
        if name == "native_dropout":
            x, share, train = (*args, *kwargs.values())[:3]
            share = 0.0 if train is False else float(share)
            self.dropped = max(self.dropped, share)
            kept = torch.full_like(x, self._uniform >= share, dtype=torch.bool)
            return x * kept * (1.0 / (1.0 - share) if share < 1.0 else 0.0), kept
        result = func(*args, **kwargs)
        if name.startswith("rand") and result.is_floating_point():
            return result.fill_(self._normal if name.startswith("randn") else self._uniform)
        if name == "uniform_":
            low, high = args[1:3] if len(args) > 2 else (0.0, 1.0)
            return result.fill_(low + (high - low) * self._uniform)
        if name == "normal_":
            mean, deviation = args[1:3] if len(args) > 2 else (0.0, 1.0)
            return result.fill_(mean + deviation * self._normal)
        return result


def hold(model: torch.nn.Module, bits: int) -> FixedDraws:
    """From now on every call of ``model``, or of a copy of it, draws the fixed number."""
    mode = FixedDraws(bits)
    entered: list[FixedDraws] = []

    def before(module: Any, args: Any) -> None:
        mode.__enter__()  # type: ignore[no-untyped-call]
        entered.append(mode)

    def after(module: Any, args: Any, output: Any) -> None:
        entered.pop().__exit__(None, None, None)  # type: ignore[no-untyped-call]

    model.register_forward_pre_hook(before)
    model.register_forward_hook(after, always_call=True)
    return mode


def install(bits: Callable[[], int | None], note: Callable[..., None]) -> None:
    """Into Triton's interpreter in this process: while ``bits`` gives a number, Philox gives it too; else ``note`` is
    handed the seed and the counters."""
    import triton.language as tl
    from triton.language import random

    from kernelagent.worker.judge import interpreter_philox

    genuine = random.philox

    def philox(seed: Any, c0: Any, c1: Any, c2: Any, c3: Any, n_rounds: Any = random.N_ROUNDS_DEFAULT) -> Any:
        fixed = bits()
        if fixed is None:
            note(seed, c0, c1, c2, c3)
            rounds = int(getattr(n_rounds, "value", n_rounds))
            found = interpreter_philox.philox(seed, (c0, c1, c2, c3), rounds)
            return found or genuine(seed, c0, c1, c2, c3, n_rounds)
        wide = c0.dtype.primitive_bitwidth == 64
        held = tl.full(c0.shape, fixed << 32 if wide else fixed, tl.uint64 if wide else tl.uint32)
        return held, held, held, held

    random.philox = tl.philox = philox
