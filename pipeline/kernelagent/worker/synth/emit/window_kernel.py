"""A reduction over overlapping windows (pooling, depthwise convolution): a block of outputs to a program, tap by tap.

Neighbouring outputs read neighbouring memory, so that each load is contiguous, and what windows share comes from the
cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.accumulate import accumulated, neutral
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.stages import stages, varies_by_column
from kernelagent.worker.synth.emit.tile import Scope, Tile, Var
from kernelagent.worker.synth.index import Index, dim, nonnegative, product, unravel
from kernelagent.worker.synth.ir import Op, Reduce, operands
from kernelagent.worker.synth.plan import Kernel, Plan

ROW = sympy.Symbol("rows", integer=True, nonnegative=True)
TAP = sympy.Symbol("tap", integer=True, nonnegative=True)

BLOCK = 128
"""Outputs a program, one for each thread of 4 warps: what the windows of so many share stays in the first cache. With
1024, windows of 11 x 11 took 4.4 times as long on an H100."""
UNROLLED = 32
"""Windows of up to so many taps are unrolled, so that their loads are in flight together."""


def slides(kernel: Kernel, plan: Plan) -> bool:
    """Whether neighbouring outputs read neighbouring memory: a value that lies in memory, or on the way to it, is read
    at positions that join an output's with a place in its window. Blocks one behind the other are no windows."""
    seen: set[tuple[Op, tuple[Any, ...]]] = set()
    whole = tuple(dim(i) for i in range(len(kernel.domain)))
    stack: list[tuple[Op, tuple[Any, ...]]] = [(op, whole) for op in kernel.heavies]
    while stack:
        op, at = stack.pop()
        mapping = {dim(i): e for i, e in enumerate(at)}
        for operand in operands(op):
            index = tuple(sympy.sympify(e).xreplace(mapping) for e in operand.index)
            if _is_window(kernel, index):
                return True
            own = operand.op not in kernel.heavies and not plan.is_loaded(operand.op, kernel)
            if own and (operand.op, index) not in seen:
                seen.add((operand.op, index))
                stack.append((operand.op, index))
    return False


def _is_window(kernel: Kernel, index: Index) -> bool:
    kept = {dim(a) for a in kernel.kept}
    reduced = [dim(a) for a in kernel.axes if kernel.domain[a] != 1]
    joined: dict[Any, Any] = {}
    for e in index:
        used = e.free_symbols
        if used & kept:
            joined |= {r: e for r in reduced if r in used}
    if not reduced or reduced[-1] not in joined:
        return False
    position = joined[reduced[-1]]
    steps = [position.coeff(k) for k in kept & position.free_symbols]
    reach = abs(position.coeff(reduced[-1])) * kernel.ranges[reduced[-1]]
    apart = all(nonnegative(step - reach) or nonnegative(-step - reach) for step in steps)
    return len(joined) > 1 or not apart


def write_windows(name: str, body: Body, comment: Sequence[str]) -> KernelSource:
    return _Writer(name, body, comment).write()


class _Writer:
    def __init__(self, name: str, body: Body, comment: Sequence[str]):
        self.name, self.body, self.comment = name, body, comment
        self.kernel = body.kernel
        self.kept_shape = tuple(self.kernel.domain[i] for i in self.kernel.kept)
        self.reduced_shape = tuple(self.kernel.domain[i] for i in self.kernel.axes)
        self.ranges: Mapping[Any, Any] = {ROW: product(self.kept_shape), TAP: product(self.reduced_shape)}

    def write(self) -> KernelSource:
        body = self.body
        self.block = body.name("BLOCK")
        body.taken |= {"rows", "row_mask", "tap", "step"}
        body.start_suffix = "_row"
        rows = body.size(self.ranges[ROW], "n_rows")
        self.taps = body.size(self.ranges[TAP], "n_taps")
        outer = Scope(frozenset({"row"}), [], 1)
        outer.write(f"rows = tl.program_id(0).to(tl.int64) * {self.block} + tl.arange(0, {self.block})")
        outer.write(f"row_mask = rows < {rows}")
        for stage in stages(self.kernel, body.plan):
            self._stage(stage, outer)
        by_tap = [op for op in self.kernel.stores if varies_by_column(op, self.kernel)]
        for op in self.kernel.stores:
            if op not in by_tap:
                body.store(op, self._tile([outer]))
        if by_tap:
            loop = self._loop()
            for op in by_tap:
                body.store(op, self._tile([outer, loop]))
            outer.lines += loop.lines
        return assemble(self.name, body, outer.lines, [(self.block, str(BLOCK))], [(rows, self.block)], self.comment)

    def _tile(self, scopes: list[Scope]) -> Tile:
        kept = unravel(ROW, self.kept_shape, self.ranges)
        reduced = unravel(TAP, self.reduced_shape, self.ranges)
        where = dict(zip(self.kernel.kept, kept, strict=True)) | dict(zip(self.kernel.axes, reduced, strict=True))
        domain = tuple(where[i] for i in range(len(self.kernel.domain)))
        names, axes = {ROW: "rows", TAP: "tap"}, {ROW: "row", TAP: "tap"}
        return Tile(domain, self.ranges, names, axes, {"row": "row_mask"}, scopes)

    def _loop(self) -> Scope:
        loop = Scope(frozenset({"row", "tap"}), [], 2)
        count = self.ranges[TAP]
        unrolled = count.is_Integer and int(count) <= UNROLLED
        loop.lines.append(f"    for step in {'tl.static_range' if unrolled else 'range'}(0, {self.taps}):")
        loop.write("tap = tl.cast(step, tl.int64)")
        return loop

    def _stage(self, stage: Sequence[Reduce], outer: Scope) -> None:
        """One pass over the taps for reductions that wait for nothing but earlier passes."""
        body = self.body
        accumulators: dict[Op, str] = {}
        for op in stage:
            dtype = dtypes.triton_name(dtypes.register(op.dtype))
            accumulators[op] = body.name(body.labels.get(op, f"window_{op.fn}"))
            start = neutral(op.fn, dtypes.register(op.dtype))
            outer.write(f"{accumulators[op]} = tl.full(({self.block},), {start}, dtype={dtype})")
        loop = self._loop()
        tile = self._tile([outer, loop])
        for op in stage:
            value = body.evaluate_operand(op.operand, tile.domain, tile)
            loop.write(accumulated(op.fn, accumulators[op], body.cast(value, dtypes.register(op.dtype))))
        outer.lines += loop.lines
        for op in stage:
            body.values[op] = Var(accumulators[op], frozenset({"row"}), dtypes.register(op.dtype))
