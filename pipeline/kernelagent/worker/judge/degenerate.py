"""Would a kernel that does nothing pass? Zeros, a constant, an input handed back, and the output for another input or
with other weights are tried in place of a kernel's outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.tolerance import near, rms, tolerance_for
from kernelagent.worker.judge.value_kinds import PLANTED
from kernelagent.worker.problem.tensors import tensors_in

Impostor = Literal["zeros", "constant", "identity", "other input", "other weights"]
SENTENCES: dict[Impostor, str] = {
    "zeros": "zeros would pass every case",
    "constant": "one constant would pass every case",
    "identity": "an input handed back would pass every case",
    "other input": "the output for another input would pass",
    "other weights": "the output with other weights would pass",
}
CONSTANT = "gives one and the same constant"
"""What ``useless`` says of a module that a kernel may equal all the same: an honest one gives it, too."""

SAMPLE = 1 << 14


@dataclass(frozen=True)
class Expected:
    """What one case must give."""

    seed: int
    """of its inputs"""
    weights: int
    native: Any
    exact: Any | None
    inputs: tuple[torch.Tensor, ...] = ()
    """Those that an output might be taken for."""
    values: str = "example"
    """The kind of its inputs' values."""


def survivors(cases: list[Expected], among: tuple[Impostor, ...] = tuple(SENTENCES)) -> tuple[Impostor, ...]:
    """The impostors that pass every case on which they can be tried; none: not degenerate.

    Cases with NaN and infinities take no part: what passes there only because it is NaN everywhere proves nothing.
    """
    plain = sorted(_of_one_form(_plain(cases)), key=_elements)  # small cases tell as well, and sooner
    return tuple(name for name in among if plain and _TRIALS[name](plain))


def useless(cases: list[Expected]) -> str:
    """Why nothing can be told by these outputs at all, or nothing: one constant, or not one finite number."""
    filled_cases = _of_one_form([case for case in cases if _elements(case)])
    if len(_plain(cases)) < 2:
        return ""
    columns = list(zip(*([_told(case, t) for _, t in tensors_in(case.native)] for case in filled_cases), strict=True))
    filled = [told for column in columns if (told := [part for part in column if part.numel()])]
    if not filled or any(part.is_complex() for column in filled for part in column):
        return ""
    if all(part.is_floating_point() and not part.isfinite().any() for column in filled for part in column):
        return "gives NaN or infinities alone"
    return CONSTANT if all(_one_value(column) for column in filled) else ""


def _of_one_form(cases: list[Expected]) -> list[Expected]:
    """Those that give as many tensors as most do: a module may decide by its values how many it gives."""
    counts = [sum(1 for _ in tensors_in(case.native)) for case in cases]
    most = max(counts, key=counts.count, default=0)
    return [case for case, count in zip(cases, counts, strict=True) if count == most]


def _told(case: Expected, tensor: torch.Tensor) -> torch.Tensor:
    """The elements that say something of the module: what NaN or an infinity among the inputs makes NaN does not."""
    flat = tensor.reshape(-1)
    return flat[torch.isfinite(flat)] if case.values in PLANTED else flat


def _one_value(parts: list[torch.Tensor]) -> bool:
    first = parts[0][:1].double()
    return all(bool(torch.equal(p.double().nan_to_num(1e300), first.nan_to_num(1e300).expand_as(p))) for p in parts)


def _plain(cases: list[Expected]) -> list[Expected]:
    return [case for case in cases if case.values not in PLANTED and _elements(case)]


def _elements(case: Expected) -> int:
    return sum(t.numel() for _, t in tensors_in(case.native))


def _zeros(cases: list[Expected]) -> bool:
    return all(_passes(case, [torch.zeros_like(t) for _, t in tensors_in(case.native)]) for case in cases)


def _constant(cases: list[Expected]) -> bool:
    """The mean of the first case's outputs, everywhere."""
    values = [_mean(t) for _, t in tensors_in(cases[0].native)]

    def filled(case: Expected) -> list[torch.Tensor]:
        return [torch.full_like(t, v) for (_, t), v in zip(tensors_in(case.native), values, strict=True)]

    return all(_passes(case, filled(case)) for case in cases)


def _identity(cases: list[Expected]) -> bool:
    for case in cases:
        outputs = [t for _, t in tensors_in(case.native)]
        taken = [next((i for i in case.inputs if _alike(i, t)), None) for t in outputs]
        found = [tensor for tensor in taken if tensor is not None]
        if len(found) < len(outputs) or not _passes(case, found):
            return False
    return True


def _other_input(cases: list[Expected]) -> bool:
    return _exchanged(cases, lambda one, two: one.weights == two.weights)


def _other_weights(cases: list[Expected]) -> bool:
    return _exchanged(
        cases, lambda one, two: one.weights != two.weights and one.seed == two.seed and one.values == two.values
    )


def _exchanged(cases: list[Expected], are_pair: Callable[[Expected, Expected], bool]) -> bool:
    """Each case is given the other's outputs; false where there is no pair."""
    pairs = [(a, b) for a in cases for b in cases if a is not b and are_pair(a, b) and _same_shapes(a, b)]
    return bool(pairs) and all(_passes(one, [t for _, t in tensors_in(two.native)]) for one, two in pairs)


_TRIALS: dict[Impostor, Callable[[list[Expected]], bool]] = {
    "zeros": _zeros,
    "constant": _constant,
    "identity": _identity,
    "other input": _other_input,
    "other weights": _other_weights,
}


def _mean(tensor: torch.Tensor) -> float:
    if tensor.is_floating_point():
        finite = tensor[torch.isfinite(tensor)].double()
        return float(finite.mean()) if finite.numel() else 0.0
    return float(tensor.reshape(-1)[0].item()) if tensor.numel() and not tensor.is_complex() else 0.0


def _alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype


def _same_shapes(one: Expected, other: Expected) -> bool:
    pairs = [[t for _, t in tensors_in(case.native)] for case in (one, other)]
    return len(pairs[0]) == len(pairs[1]) and all(_alike(a, b) for a, b in zip(*pairs, strict=True))


def _passes(case: Expected, impostor: list[torch.Tensor]) -> bool:
    """A sample by the fixed tolerance first: it is cheap, and nearly always enough."""
    native = [t for _, t in tensors_in(case.native)]
    if any(_is_far(fake, t) for fake, t in zip(impostor, native, strict=True)):
        return False
    exact = [None] * len(native) if case.exact is None else [t for _, t in tensors_in(case.exact)]
    return all(compare(fake, t, truth).reason == "" for fake, t, truth in zip(impostor, native, exact, strict=True))


def _is_far(fake: torch.Tensor, native: torch.Tensor) -> bool:
    """Of a sample of the elements some are not near PyTorch's."""
    step = max(native.numel() // SAMPLE, 1)
    c, r = fake.reshape(-1)[::step], native.reshape(-1)[::step]
    if not native.is_floating_point():
        return not torch.equal(c, r)
    scale = rms(native.reshape(-1)[native.reshape(-1).isfinite()])
    return not bool(near(c.double(), r.double(), tolerance_for(native.dtype), scale).all())
