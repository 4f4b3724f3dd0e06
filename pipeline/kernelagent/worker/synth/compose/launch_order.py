"""The order in which the wrapper launches kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.synthesize import Synthesis

if TYPE_CHECKING:
    from kernelagent.worker.synth.compose.kept import Kept


def in_order(synthesis: Synthesis, kept: Kept | None) -> list[tuple[Kernel, KernelSource]]:
    """Kernels of the plan with their sources, as they are launched. Those of a subgraph that PyTorch computes come
    together, so that what it reads is made before and what reads it comes after."""
    pairs = list(zip(synthesis.plan.kernels, synthesis.kernels, strict=True))
    if kept is None or not kept.pieces:
        return pairs
    unit: dict[int, object] = {id(k): source if source.joined > 1 else k for k, source in pairs}
    for planned in synthesis.plan.loops:
        unit |= dict.fromkeys((id(k) for k in planned.kernels), planned)
    for one in kept.pieces:
        unit |= dict.fromkeys((id(k) for k in one.piece.kernels), one)
    members: dict[int, list[tuple[Kernel, KernelSource]]] = {}
    for kernel, source in pairs:
        members.setdefault(id(unit[id(kernel)]), []).append((kernel, source))
    home = synthesis.plan.home
    waits = {
        one: {id(unit[id(home[op])]) for kernel, _ in group for op in kernel.loads if op in home} - {one}
        for one, group in members.items()
    }
    ordered: list[tuple[Kernel, KernelSource]] = []
    while members:
        following = next((one for one in members if not waits[one] & members.keys()), next(iter(members)))
        ordered += members.pop(following)
    return ordered
