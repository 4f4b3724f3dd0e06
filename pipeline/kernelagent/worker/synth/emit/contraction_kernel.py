"""A contraction kernel: tiles of rows by columns, a loop over the inner dimension, prologues and an epilogue fused in.

Float32 operands go through the tensor cores as three TF32 products each (``tf32x3``), which is more exact than a plain
float32 product; float64 and integers, for which the tensor cores have no use here, are multiplied and summed by tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.contraction_tiles import Product, choose
from kernelagent.worker.synth.emit.dot_operand import Side, dot_operand, tile_product
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.reduction_kernel import fitted
from kernelagent.worker.synth.emit.tile import Scope, Tile, Var
from kernelagent.worker.synth.index import (
    FloorDiv,
    Index,
    Loaded,
    Modulo,
    at_sizes,
    dim,
    product,
    ravel,
    substitute,
    unravel,
)
from kernelagent.worker.synth.ir import Buffer, Contract, Operand
from kernelagent.worker.synth.machine import Machine
from kernelagent.worker.synth.operand_order import padded

M = sympy.Symbol("offs_m", integer=True, nonnegative=True)
N = sympy.Symbol("offs_n", integer=True, nonnegative=True)
K = sympy.Symbol("offs_k", integer=True, nonnegative=True)
BATCH = sympy.Symbol("pid_b", integer=True, nonnegative=True)

GROUP = 8
"""Row tiles whose column tiles are visited together, so that operands stay in L2."""


def write_contraction(
    name: str, body: Body, hints: Mapping[Any, int], machine: Machine, comment: Sequence[str]
) -> KernelSource:
    return _Writer(name, body, hints, machine, comment).write()


RUN = 16
"""Elements one after the other in memory from which on it is read in wide loads."""


class _Writer:
    def __init__(self, name: str, body: Body, hints: Mapping[Any, int], machine: Machine, comment: Sequence[str]):
        self.name, self.body, self.comment = name, body, comment
        op = body.kernel.heavies[0]
        assert isinstance(op, Contract)
        self.op = op
        self.batch, self.rows = product(op.batch), product(op.rows)
        self.columns, self.inner = product(op.columns), product(op.inner)
        self.ranges = {BATCH: self.batch, M: self.rows, N: self.columns, K: self.inner}
        batch, rows, columns, inner = (at_sizes(self.ranges[s], hints) for s in (BATCH, M, N, K))
        plain = all(self._is_plain(operand) for operand in (op.a, op.b))
        free_rows, free_columns = not self.rows.is_Integer, not self.columns.is_Integer
        reads = self._reads(op.a), self._reads(op.b)
        wanted = Product(batch, rows, columns, inner, op.operand_dtype, free_rows, free_columns, plain, reads)
        self.tiles = choose(wanted, machine)
        self.block_m, self.block_n = _fit(rows, self.tiles.rows), _fit(columns, self.tiles.columns)
        self.block_k = _fit(inner, self.tiles.inner) if self.inner.is_Integer else self.tiles.inner

    def write(self) -> KernelSource:
        body, op = self.body, self.op
        block_m, block_n, block_k = (body.name(f"BLOCK_{d}") for d in "MNK")
        precision = body.name("PRECISION") if op.operand_dtype == "float32" else ""
        self.operand = body.name("OPERAND") if op.operand_dtype == "bfloat16" else ""
        body.taken |= {"offs_m", "offs_n", "offs_k", "pid_b", "pid_m", "pid_n", "a", "b", "acc", "k", "num_m", "num_n"}
        body.taken |= {"m_mask", "n_mask", "k_mask"}
        self.count_m, self.count_n = body.size(self.rows, "M"), body.size(self.columns, "N")
        self.count_k = body.size(self.inner, "K")
        batched = self.batch != 1
        batches = body.size(self.batch, "n_batch") if batched else "1"
        outer = Scope(frozenset({"m", "n"}), [], 1)
        outer.write("pid = tl.program_id(0)")
        outer.write(f"num_m = tl.cdiv({self.count_m}, {block_m})")
        outer.write(f"num_n = tl.cdiv({self.count_n}, {block_n})")
        if batched:
            outer.write("pid_b = (pid // (num_m * num_n)).to(tl.int64)")
            outer.write("pid = pid % (num_m * num_n)")
        outer.write(f"pid_m, pid_n = tl.swizzle2d(pid // num_n, pid % num_n, num_m, num_n, {GROUP})")
        outer.write(f"offs_m = pid_m.to(tl.int64) * {block_m} + tl.arange(0, {block_m})")
        outer.write(f"offs_n = pid_n.to(tl.int64) * {block_n} + tl.arange(0, {block_n})")
        self.masks: dict[str, str] = {}
        for axis, size, count, block, lift in (
            ("m", self.rows, self.count_m, self.block_m, "[:, None]"),
            ("n", self.columns, self.count_n, self.block_n, "[None, :]"),
        ):
            if not (size.is_Integer and int(size) % block == 0):
                outer.write(f"{axis}_mask = (offs_{axis} < {count}){lift}")
                self.masks[axis] = f"{axis}_mask"
        self._inner_loop(outer, block_m, block_n, block_k, precision)
        self._epilogue(outer)
        blocks = ((block_m, self.rows, self.tiles.rows), (block_n, self.columns, self.tiles.columns))
        constants = [(name, fitted(size, limit, 16)) for name, size, limit in blocks]
        constants.append((block_k, str(self.block_k)))
        if precision:
            constants.append((precision, "FP32_PRECISION"))
        if self.operand:
            constants.append((self.operand, "BF16_OPERAND"))
        grid: list[tuple[str, str | None]] = [(self.count_m, block_m), (self.count_n, block_n)]
        if batched:
            grid.append((batches, None))
        comment = [*self.comment, self.tiles.reason]
        return assemble(self.name, body, outer.lines, constants, grid, comment, self.tiles.warps, self.tiles.stages)

    def _inner_loop(self, outer: Scope, block_m: str, block_n: str, block_k: str, precision: str) -> None:
        body, op = self.body, self.op
        accumulate = accumulator_dtype(op.dtype)
        outer.write(f"acc = tl.zeros(({block_m}, {block_n}), dtype={dtypes.triton_name(accumulate)})")
        exact = self.inner.is_Integer and int(self.inner) % self.block_k == 0
        loop = Scope(frozenset({"m", "n", "k"}), [], 2)
        loop.lines.append(f"    for k in range(0, {self.count_k}, {block_k}):")
        wide = ".to(tl.int64)" if self._may_overflow() else ""
        loop.write(f"offs_k = k + tl.arange(0, {block_k}){wide}")
        if not exact:
            loop.write(f"k_mask = offs_k < {self.count_k}")
        left = self._tile(outer, loop, {M: "offs_m[:, None]", K: "offs_k[None, :]"}, exact)
        sides = [
            Side(frozenset(axes), f"({shape})", "k", "" if exact else f"k_mask{lift}")
            for axes, shape, lift in (
                ("mk", f"{block_m}, {block_k}", "[None, :]"),
                ("kn", f"{block_k}, {block_n}", "[:, None]"),
            )
        ]
        a = dot_operand(body, op.a, left, sides[0], op.operand_dtype, self.operand)
        right = self._tile(outer, loop, {K: "offs_k[:, None]", N: "offs_n[None, :]"}, exact)
        loop.memo = {}
        b = dot_operand(body, op.b, right, sides[1], op.operand_dtype, self.operand)
        loop.write(tile_product(a, b, "acc", op.operand_dtype, precision))
        outer.lines += loop.lines
        body.values[op] = Var("acc", frozenset({"m", "n"}), dtypes.register(op.dtype))
        if accumulate != dtypes.register(op.dtype):
            outer.write(f"acc = acc.to({dtypes.triton_name(dtypes.register(op.dtype))})")

    def _reads(self, operand: Operand) -> int:
        """Tensors as large as a tile from which it is made; what is one number for each row or column is none."""
        found: set[Any] = set()
        queue = [operand.op]
        while queue:
            op = queue.pop()
            if not self.body.in_memory(op):
                queue += [o.op for o in getattr(op, "operands", ()) if isinstance(o, Operand)]
            elif sum(size != 1 for size in op.shape) > 1:
                found.add(op)
        return max(len(found), 1)

    def _is_plain(self, operand: Operand) -> bool:
        """Whether it lies in memory and is read there along the inner dimension, element after element or in runs."""
        mapping = {dim(i): e for i, e in enumerate(self._domain())}
        while not self.body.in_memory(operand.op):
            inside = padded(operand.op)
            if inside is None:
                return False
            mapping = {dim(i): substitute(e, mapping, self.ranges) for i, e in enumerate(operand.index)}
            operand = inside
        index = tuple(substitute(e, mapping, self.ranges) for e in operand.index)
        memory = operand.op if isinstance(operand.op, Buffer) else self.body.plan.storage[operand.op]
        flat = sympy.Add(*(i * s for i, s in zip(index, memory.strides, strict=True)))
        flat = sympy.expand(substitute(flat, {}, self.ranges))
        atoms = [e for e in flat.atoms(FloorDiv, Modulo, Loaded) if K in e.free_symbols]
        if any(isinstance(e, Loaded) for e in atoms):
            return False
        cuts = [e for e in atoms if not e.args[0].atoms(FloorDiv, Modulo)]
        runs = all(e.args[0] == K and e.args[1].is_Integer and e.args[1] % RUN == 0 for e in cuts)
        return bool(runs and sum(flat.coeff(e) for e in (K, *cuts) if not isinstance(e, FloorDiv)) == 1)

    def _may_overflow(self) -> bool:
        """Whether an offset along the inner dimension could pass 2**31 - 1: where its stride is more than 1, in
        memory that
        is not known to be smaller."""
        domain = self._domain()
        mapping = {dim(i): e for i, e in enumerate(domain)}
        for operand in (self.op.a, self.op.b):
            size = product(operand.op.shape)
            if size.is_Integer and int(size) < 2**31:
                continue
            index = tuple(substitute(e, mapping, self.ranges) for e in operand.index)
            flat = sympy.expand(ravel(index, operand.op.shape))
            if sympy.diff(flat, K) != 1 or flat.atoms(FloorDiv, Modulo):
                return True
        return False

    def _tile(self, outer: Scope, loop: Scope, names: dict[Any, str], exact: bool) -> Tile:
        masks = {
            axis: self.masks[axis] for symbol, axis in ((M, "m"), (N, "n")) if symbol in names and axis in self.masks
        }
        if not exact:
            masks["k"] = f"k_mask{names[K].removeprefix('offs_k')}"
        return Tile(
            self._domain(), self.ranges, {BATCH: "pid_b", **names}, {M: "m", N: "n", K: "k"}, masks, [outer, loop]
        )

    def _domain(self) -> Index:
        op = self.op
        parts = ((BATCH, op.batch), (M, op.rows), (N, op.columns), (K, op.inner))
        return tuple(e for symbol, shape in parts for e in unravel(symbol, shape, self.ranges))

    def _epilogue(self, outer: Scope) -> None:
        names = {M: "offs_m[:, None]", N: "offs_n[None, :]"}
        domain = self._domain()[: len(self.op.domain)]
        tile = Tile(domain, self.ranges, {BATCH: "pid_b", **names}, {M: "m", N: "n"}, self.masks, [outer])
        for stored in self.body.kernel.stores:
            self.body.store(stored, tile)


def accumulator_dtype(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32" if dtypes.is_float(dtype) else "int64"


def _fit(size: int, largest: int) -> int:
    return max(16, min(largest, 1 << max(size - 1, 0).bit_length()))
