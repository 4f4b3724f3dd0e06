"""The order in which the reductions of one kernel can be taken: some wait for the results of others."""

from __future__ import annotations

from kernelagent.worker.synth.index import dim
from kernelagent.worker.synth.ir import Buffer, Op, Reduce, operands
from kernelagent.worker.synth.plan import Kernel, Plan


def stages(kernel: Kernel, plan: Plan) -> list[list[Reduce]]:
    """Reductions by how many others each has to wait for."""
    depth: dict[Op, int] = {}
    found: dict[int, list[Reduce]] = {}
    for op in kernel.heavies:
        assert isinstance(op, Reduce)
        depth[op] = 1 + max((depth[d] for d in _own_dependencies(op, kernel, plan) if d in depth), default=-1)
        found.setdefault(depth[op], []).append(op)
    return [found[level] for level in sorted(found)]


def _own_dependencies(op: Op, kernel: Kernel, plan: Plan) -> set[Op]:
    found: set[Op] = set()
    stack = [o.op for o in operands(op)]
    seen: set[Op] = set()
    while stack:
        inner = stack.pop()
        if inner in seen:
            continue
        seen.add(inner)
        if inner in kernel.heavies:
            found.add(inner)
        elif not isinstance(inner, Buffer) and not plan.is_loaded(inner, kernel):
            stack.extend(o.op for o in operands(inner))
    return found


def varies_by_column(op: Op, kernel: Kernel) -> bool:
    """Whether a value placed in the kernel has one element for each element that is reduced."""
    reduced = {dim(a) for a in kernel.axes}
    return any(e.free_symbols & reduced for e in kernel.placed[op])
