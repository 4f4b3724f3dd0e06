"""Which inputs the kernel is judged on: other seeds, sizes, magnitudes, strides and weights.

A wrong kernel that is right on the example must meet a case on which it is wrong. Sizes are tried where kernels
break: one, a small odd number, and one past the example, where the last block is all but empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch.utils._pytree import tree_map

from kernelagent.contract.problem import FreeSize, Problem
from kernelagent.worker.problem import Specimen, base_sizes
from kernelagent.worker.problem.sizes import shape_at

Values = Literal["example", "strided", "signed", "positive"]

HEAVY, VERY_HEAVY = 1 << 20, 1 << 23
"""Elements that no choice of sizes makes fewer, such as weights. The interpreter needs a second or more for a million
of them in products, so from these on the less telling cases are left out, and named in the verdict."""

SMALL_ELEMENTS = 1 << 14
"""Of inputs and outputs together, in the cases that need no more."""


@dataclass(frozen=True)
class CasePlan:
    """One set of inputs and weights."""

    name: str
    sizes: dict[str, int]
    seed: int
    values: Values = "example"
    weights: int = 0
    """Number of the set of weights."""
    otherwise: tuple[CasePlan, ...] = ()
    """What to try, in this order, where the module itself refuses these inputs."""
    left_out: str = ""
    """Why it is not run; empty: it is."""


def plan(problem: Problem, profile: str) -> list[CasePlan]:
    """The cases of ``problem``, the example first. Most are small: the interpreter takes its time for each program."""
    base = base_sizes(problem)
    small = _shrunk(problem, base)
    burden = _burden(problem)
    if burden > HEAVY:
        base = small
    if profile == "quick":
        return [CasePlan("example", small, 1)]
    cases = [CasePlan("example", base, 1), CasePlan("another seed", small, 2)]
    if small != base:
        cases.append(CasePlan("a third seed", small, 3))
    sizes = _other_sizes(problem, base)
    for number, choices in enumerate(sizes):
        first, *rest = [CasePlan(_named(choice), choice, 4 + number) for choice in choices]
        cases.append(replace(first, otherwise=tuple(rest)))
    positive = CasePlan("positive, heavy-tailed values", small, 11, values="positive")
    cases.append(replace(positive, name="signed, heavy-tailed values", values="signed", otherwise=(positive,)))
    strided = [CasePlan("strided inputs", s, 12, values="strided") for s in [*(sizes[0] if sizes else []), small]]
    cases.append(replace(strided[0], otherwise=tuple(strided[1:])))
    if problem.state:
        cases.append(CasePlan("other weights", small, 2, weights=1))
    return _without_the_slow(cases, burden)


def _burden(problem: Problem) -> int:
    """Elements of the state, and of inputs and outputs at the smallest sizes."""
    smallest = {f.symbol: _fit(f, 1) for f in problem.free_sizes}
    return sum(math.prod(s.shape) for s in problem.state) + _elements(problem, smallest)


def _without_the_slow(cases: list[CasePlan], burden: int) -> list[CasePlan]:
    """Of a heavy problem: the example, one other size, spread values, other weights; of a very heavy one, three."""
    if burden <= HEAVY:
        return cases
    sizes = [c.name for c in cases if "=" in c.name]
    kept = {"example", "other weights", "signed, heavy-tailed values", *sizes[:1]}
    if burden > VERY_HEAVY:
        kept -= {"other weights"} if sizes else set()
    why = f"the interpreter would take too long for {burden:,} elements that have to be gone through each time"
    varied = int(burden > VERY_HEAVY and any(c.weights for c in cases))
    cases = [replace(c, weights=varied) if c.name in sizes[:1] else c for c in cases]
    return [c if c.name in kept else replace(c, left_out=why) for c in cases]


def _shrunk(problem: Problem, sizes: Mapping[str, int]) -> dict[str, int]:
    """Sizes at which inputs and outputs hold at most ``SMALL_ELEMENTS``, as far as the free sizes allow."""
    free = {f.symbol: f for f in problem.free_sizes}
    found = dict(sizes)
    while _elements(problem, found) > SMALL_ELEMENTS:
        halves = {symbol: _fit(free[symbol], size // 2) for symbol, size in found.items() if size >= 8}
        shrinkable = [symbol for symbol, half in halves.items() if half < found[symbol]]
        if not shrinkable:
            break
        largest = max(shrinkable, key=lambda symbol: found[symbol])
        found[largest] = halves[largest]
    return found


def _elements(problem: Problem, sizes: Mapping[str, int]) -> int:
    return sum(math.prod(shape_at(spec, sizes)) for spec in (*problem.inputs, *problem.outputs))


def _other_sizes(problem: Problem, base: Mapping[str, int]) -> list[list[dict[str, int]]]:
    """Sizes to try: small ones, some past the example's, and one; each with even ones for modules that refuse odd ones.

    Every free size is changed at once, to different numbers, so that sizes that are mixed up show.
    """
    if not problem.free_sizes:
        return []
    # Not 3: its halves are 2 and 1, and a size of 1 broadcasts by accident where no other odd size would fit.
    odd, even, eights = (5, 7, 11, 13, 17), (6, 10, 14, 22, 26), (24, 40, 56, 88, 104)
    free = list(enumerate(problem.free_sizes))
    small = [{f.symbol: _fit(f, row[i % len(row)]) for i, f in free} for row in (odd, even, eights)]
    past = [{f.symbol: _fit(f, base[f.symbol] + step * f.multiple_of) for _, f in free} for step in (1, 2, 8)]
    one = [{f.symbol: _fit(f, 1 if f.minimum <= 1 else f.minimum + f.minimum % 2) for _, f in free}]
    found: list[list[dict[str, int]]] = []
    for choices in (small, past, one):
        if choices[0] != dict(base) and all(choices[0] != others[0] for others in found):
            found.append(choices)
    return found


def _named(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{symbol}={size}" for symbol, size in sizes.items())


def _fit(free: FreeSize, size: int) -> int:
    """The nearest size that the module allows."""
    size = max(size, free.minimum)
    size = -(-size // free.multiple_of) * free.multiple_of
    if free.maximum is not None and size > free.maximum:
        size = free.maximum // free.multiple_of * free.multiple_of
    return size


def vary(specimen: Specimen, values: Values, seed: int) -> Specimen:
    """The specimen's inputs with the same shapes and other values or strides."""
    if values == "example":
        return specimen
    generator = torch.Generator().manual_seed(seed)

    def change(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        if values == "strided":
            return restride(leaf)
        return spread(leaf, generator).abs() if values == "positive" else spread(leaf, generator)

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def restride(tensor: torch.Tensor) -> torch.Tensor:
    """Equal values in memory that is laid out otherwise: the last two dimensions swapped, or every second element."""
    if tensor.dim() >= 2:
        return tensor.transpose(-1, -2).contiguous().transpose(-1, -2)
    if tensor.dim() == 1:
        wide = torch.zeros(2 * tensor.numel(), dtype=tensor.dtype)
        wide[::2] = tensor
        return wide[::2]
    return tensor


def spread(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Both signs, magnitudes from about 0.01 to 30, a different mean for each slice along the last dimension."""
    if not tensor.is_floating_point():
        return tensor
    normal = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
    scale = torch.exp(torch.randn(tensor.shape, generator=generator, dtype=torch.float64)).clamp(max=10.0)
    shift = torch.randn((*tensor.shape[:-1], 1) if tensor.dim() else (), generator=generator, dtype=torch.float64)
    return (normal * scale + shift).to(tensor.dtype)
