"""A pointwise kernel: one flat index over all elements."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.text import joined
from kernelagent.worker.synth.emit.tile import Scope, Tile
from kernelagent.worker.synth.index import product, unravel

BLOCK = 1024
"""Elements a program: with 4 warps 8 for each thread, two 16-byte loads of float32."""

OFFSETS = sympy.Symbol("offsets", integer=True, nonnegative=True)


def write_pointwise(name: str, body: Body, comment: Sequence[str]) -> KernelSource:
    kernel = body.kernel
    count = product(kernel.domain)
    ranges = {OFFSETS: count}
    total = body.size(count, "n_elements")
    block = body.name("BLOCK")
    scope = Scope(frozenset({"x"}), [], 1)
    body.taken |= {"offsets", "mask"}
    scope.write(f"offsets = tl.program_id(0).to(tl.int64) * {block} + tl.arange(0, {block})")
    scope.write(f"mask = offsets < {total}")
    tile = Tile(
        domain=unravel(OFFSETS, kernel.domain, ranges),
        ranges=ranges,
        names={OFFSETS: "offsets"},
        axis_of={OFFSETS: "x"},
        masks={"x": "mask"},
        scopes=[scope],
    )
    for op in kernel.stores:
        body.store(op, tile)
    return assemble(name, body, joined([scope]), [(block, str(BLOCK))], [(total, block)], comment)
