"""Magnitudes up to the largest number of an input's type, where the module computes element by element.

What a kernel multiplies before it divides overflows there and nowhere else. Only elements at which the module itself
gives what float64 gives, and a finite number, are asked, and gives it also with its composite operators taken apart (a
batch norm scales in one factor or in two); where it overflows by itself, nothing can be, nor where a unit in the last
place of the input decides (a sine of such a number is right by chance, if it is). Sums are left out: which of
their partial sums overflow goes by the order in which they are added.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch._decomp import decomposition_table
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.judge.tolerance import near, tolerance_for
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

_FROM = {torch.float16: 10, torch.bfloat16: 100, torch.float32: 100}
"""Types that are tried → the power of two where other cases end (``float_values.of_magnitudes``)."""

_MOST_INPUTS = 3


def up_to_the_largest(model: torch.nn.Module, made: Specimen, seed: int) -> Specimen:
    """``made`` with such numbers of either sign in up to half the elements of one input, the largest that takes any.
    Raises ``NoCase`` where none does, and what the module raises."""
    floats = [leaf for _, leaf in tensors_in((made.args, made.kwargs)) if leaf.dtype in _FROM and leaf.numel() > 1]
    for given in sorted(floats, key=torch.Tensor.numel, reverse=True)[:_MOST_INPUTS]:
        generator = torch.Generator().manual_seed(seed)
        half = torch.rand(given.shape, generator=generator) < 0.5
        if not _goes_by_its_own_element(model, made, given, half):
            continue
        large = _large(given, generator)
        specimen = _with(made, given, torch.where(half, large, given))
        exact, result = reference_run.run_float64(model, specimen), reference_run.run(model, specimen)
        with _TakenApart():  # type: ignore[no-untyped-call]
            apart = reference_run.run(model, specimen)
        right = half & _asked(result, exact, given) & _asked(apart, exact, given)
        for moved in _moved(large):
            right &= _asked(result, reference_run.run_float64(model, _with(made, given, moved)), given)
        specimen = _with(made, given, torch.where(right, large, given))
        if bool(right.any()) and _are_equal(result, reference_run.run(model, specimen), right):
            return specimen
    raise NoCase("it takes no larger numbers element by element")


class _TakenApart(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Operators as PyTorch itself makes them of others, but for the plain ones of one element."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        is_plain = func.is_view or {torch.Tag.core, torch.Tag.pointwise} <= set(func.tags)
        parts = None if is_plain else decomposition_table.get(func)
        with self if parts else contextlib.nullcontext():
            return (parts or func)(*args, **(kwargs or {}))


def _large(given: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    largest = torch.finfo(given.dtype).max
    count = given.numel()
    top = float(torch.tensor(largest, dtype=torch.float64).log2())
    exponents = torch.linspace(0.0, _FROM[given.dtype] - top, count, dtype=torch.float64)
    found = (torch.exp2(exponents[torch.randperm(count, generator=generator)]) * largest).reshape(given.shape)
    return torch.where(torch.rand(given.shape, generator=generator) < 0.5, -found, found).to(given.dtype)


def _moved(large: torch.Tensor) -> Iterator[torch.Tensor]:
    """Each number a unit in its last place nearer to zero, and again."""
    for _ in range(3):
        large = torch.nextafter(large, torch.zeros_like(large))
        yield large


def _asked(result: ReferenceRun, exact: ReferenceRun, given: torch.Tensor) -> torch.Tensor:
    """Elements at which every output is finite, and as float64 has it; none where outputs have other elements."""
    native, wide = _outputs(result), _outputs(exact)
    if not native or any(t.shape != given.shape or not t.is_floating_point() for t in native):
        return torch.zeros(given.shape, dtype=torch.bool)
    right = torch.ones(given.shape, dtype=torch.bool)
    for r, t in zip(native, wide, strict=True):
        limits = tolerance_for(r.dtype)
        right &= r.isfinite() & near(r.double(), t.double(), limits, 1.0)
    return right


def _goes_by_its_own_element(model: torch.nn.Module, made: Specimen, given: torch.Tensor, where: torch.Tensor) -> bool:
    """Whether results at ``where`` stay the same, to the last bit, when the other elements are changed."""
    others = given.reshape(-1).roll(1).reshape(given.shape) * 2
    plain = reference_run.run(model, made)
    if any(t.shape != given.shape for t in _outputs(plain)):
        return False
    other = reference_run.run(model, _with(made, given, torch.where(where, given, others)))
    return _are_equal(plain, other, where)


def _are_equal(one: ReferenceRun, other: ReferenceRun, where: torch.Tensor) -> bool:
    return all(torch.equal(a[where], b[where]) for a, b in zip(_outputs(one), _outputs(other), strict=True))


def _outputs(result: ReferenceRun) -> list[torch.Tensor]:
    return [tensor for _, tensor in tensors_in((result.outputs, result.state))]


def _with(made: Specimen, given: torch.Tensor, value: torch.Tensor) -> Specimen:
    def change(leaf: Any) -> Any:
        return value if leaf is given else leaf

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)
