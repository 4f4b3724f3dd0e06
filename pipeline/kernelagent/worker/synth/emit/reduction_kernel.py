"""A reduction kernel: rows are what is kept, columns what is reduced, whatever axes they are.

Long rows are taken one to a program, short ones by the tile. A row of known, moderate length stays in registers; any
other is gone over in steps, once for each reduction that depends on an earlier one and once for the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.accumulate import accumulated, neutral
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.stages import stages, varies_by_column
from kernelagent.worker.synth.emit.tile import Scope, Tile, Var
from kernelagent.worker.synth.index import Index, at_sizes, product, substitute, unravel
from kernelagent.worker.synth.ir import Reduce

ROW = sympy.Symbol("row", integer=True, nonnegative=True)
COL = sympy.Symbol("cols", integer=True, nonnegative=True)

RESIDENT = 8192
"""Longest row (elements, a power of two) that is kept in registers: 64 for each thread of 4 warps."""
STEP, LONG_STEP = 2048, 8192
"""Columns taken at a time of a longer row, and of one of at least ``LONG_STEP * 8`` columns."""
TILE = 4096
"""Elements of a tile of several rows."""
LONG_ROW = 512


def write_reduction(name: str, body: Body, hints: Mapping[Any, int], comment: Sequence[str]) -> KernelSource:
    return _Writer(name, body, hints, comment).write()


class _Writer:
    def __init__(self, name: str, body: Body, hints: Mapping[Any, int], comment: Sequence[str]):
        self.name, self.body, self.comment = name, body, comment
        kernel = body.kernel
        self.kernel = kernel
        self.kept_shape = tuple(kernel.domain[i] for i in kernel.kept)
        self.rows = product(self.kept_shape)
        self.columns = product([kernel.domain[i] for i in kernel.axes])
        column_hint, row_hint = at_sizes(self.columns, hints), at_sizes(self.rows, hints)
        self.innermost = innermost = bool(kernel.axes) and kernel.axes[-1] == len(kernel.domain) - 1
        self.one_row = innermost and (column_hint >= LONG_ROW or row_hint == 1)
        padded = 1 << max(column_hint - 1, 0).bit_length()
        self.resident = bool(self.columns.is_Integer) and padded <= RESIDENT
        if self.resident:
            self.block_columns = padded
            self.block_rows = max(1, min(TILE // padded, 128))
        else:
            self.step = LONG_STEP if column_hint >= LONG_STEP * 8 else STEP
            self.block_columns = self.step if self.one_row else max(16, min(padded, 128 if innermost else 32))
            self.block_rows = max(1, min(TILE // self.block_columns, 128))
        self.exact = self.resident and padded == column_hint

    def write(self) -> KernelSource:
        body = self.body
        self.ranges = {ROW: self.rows, COL: self.columns}
        self.block = body.name("BLOCK_COLS")
        self.row_block = "" if self.one_row else body.name("BLOCK_ROWS")
        self.row_name = "row" if self.one_row else "rows"
        body.taken |= {"row", "rows", "cols", "row_mask", "col_mask", "start"}
        outer = Scope(frozenset({"row"}), [], 1)
        body.start_suffix = "_row"
        self.row_count = to_text(self.rows) if self.one_row else body.size(self.rows, "n_rows")
        self.column_count = body.size(self.columns, "n_cols")
        self._row_index(outer)
        lines = self._resident_lines(outer) if self.resident else self._stepped_lines(outer)
        constants = [(self.block, self._columns_text())]
        grid: list[tuple[str, str | None]] = [(self.row_count, None)]
        if not self.one_row:
            constants.insert(0, (self.row_block, fitted(self.rows, self.block_rows, 1)))
            grid = [(self.row_count, self.row_block)]
        elements = self.block_columns * (1 if self.one_row else self.block_rows)
        warps = 8 if elements >= 4096 and self.one_row else 4
        return assemble(self.name, body, lines, constants, grid, self.comment, num_warps=warps)

    def _columns_text(self) -> str:
        """The block of columns; where their number is free, what fits it when the kernel is launched."""
        if self.resident or self.columns.is_Integer:
            return str(self.block_columns)
        return fitted(self.columns, self.step if self.one_row else 128 if self.innermost else 32, 16)

    # -- index variables -------------------------------------------------------------------------------------------

    def _row_index(self, scope: Scope) -> None:
        if self.one_row:
            scope.write("row = tl.program_id(0).to(tl.int64)")
            if self.row_count == "1":
                del scope.lines[:]
                self.row_name = "0"
        else:
            block = self.row_block
            scope.write(f"rows = tl.program_id(0).to(tl.int64) * {block} + tl.arange(0, {block})[:, None]")
            scope.write(f"row_mask = rows < {self.row_count}")

    def _column_range(self, start: str = "") -> str:
        arange = f"tl.arange(0, {self.block})" + ("" if self.one_row else "[None, :]")
        # 64 bits: times its stride a column may pass 2**31
        return f"{start}{arange}.to(tl.int64)"

    def _tile(self, scopes: list[Scope], masked: bool) -> Tile:
        kept = unravel(ROW, self.kept_shape, self.ranges)
        reduced = unravel(COL, [self.kernel.domain[i] for i in self.kernel.axes], self.ranges)
        where = dict(zip(self.kernel.kept, kept, strict=True)) | dict(zip(self.kernel.axes, reduced, strict=True))
        masks = {} if self.one_row else {"row": "row_mask"}
        if masked:
            masks["col"] = "col_mask"
        domain = tuple(where[i] for i in range(len(self.kernel.domain)))
        if self.rows == 1:
            domain = tuple(substitute(e, {ROW: 0}, self.ranges) for e in domain)
        return Tile(domain, self.ranges, {ROW: self.row_name, COL: "cols"}, {ROW: "row", COL: "col"}, masks, scopes)

    # -- bodies ----------------------------------------------------------------------------------------------------

    def _resident_lines(self, outer: Scope) -> list[str]:
        outer.axes = frozenset({"row", "col"})
        outer.write(f"cols = {self._column_range()}")
        if not self.exact:
            outer.write(f"col_mask = cols < {self.column_count}")
        tile = self._tile([outer], not self.exact)
        for op in self.kernel.heavies:
            assert isinstance(op, Reduce)
            value = self._operand(op, tile)
            if not self.exact:
                value = Var(
                    f"tl.where(col_mask, {value.text}, {neutral(op.fn, dtypes.register(op.dtype))})",
                    value.axes,
                    value.dtype,
                )
            elif "col" not in value.axes:
                value = self._spread(value)
            self._finish(op, value, tile)
        for op in self.kernel.stores:
            self.body.store(op, tile)
        return outer.lines

    def _stepped_lines(self, outer: Scope) -> list[str]:
        for stage in stages(self.kernel, self.body.plan):
            self._stage(stage, outer)
        by_column = [op for op in self.kernel.stores if varies_by_column(op, self.kernel)]
        rows_only = self._tile([outer], True)
        for op in self.kernel.stores:
            if op not in by_column:
                self.body.store(op, rows_only)
        if by_column:
            loop, tile = self._loop(outer)
            for op in by_column:
                self.body.store(op, tile)
            outer.lines += loop.lines
        return outer.lines

    def _stage(self, stage: Sequence[Reduce], outer: Scope) -> None:
        """One pass over the columns for reductions that wait for nothing but earlier passes."""
        accumulators = {op: self._accumulator(op, outer) for op in stage}
        loop, tile = self._loop(outer)
        for op in stage:
            value = self._operand(op, tile)
            masked = f"tl.where(col_mask, {value.text}, {neutral(op.fn, dtypes.register(op.dtype))})"
            loop.write(accumulated(op.fn, accumulators[op], masked))
        outer.lines += loop.lines
        rows_only = self._tile([outer], True)
        for op in stage:
            self._finish(op, Var(accumulators[op], frozenset({"row", "col"}), dtypes.register(op.dtype)), rows_only)

    def _loop(self, outer: Scope) -> tuple[Scope, Tile]:
        loop = Scope(frozenset({"row", "col"}), [], 2)
        loop.lines.append(f"    for start in range(0, {self.column_count}, {self.block}):")
        loop.write(f"cols = {self._column_range('start + ')}")
        loop.write(f"col_mask = cols < {self.column_count}")
        return loop, self._tile([outer, loop], True)

    # -- pieces ----------------------------------------------------------------------------------------------------

    def _operand(self, op: Reduce, tile: Tile) -> Var:
        index: Index = tile.domain
        var = self.body.evaluate_operand(op.operand, index, tile)
        wanted = dtypes.register(op.dtype)
        return var if var.dtype == wanted else Var(self.body.cast(var, wanted), var.axes, wanted)

    def _spread(self, value: Var) -> Var:
        """A value that is the same in every column, made a tile so that it can be reduced."""
        shape = self.block if self.one_row else f"{self.row_block}, {self.block}"
        zeros = f"tl.zeros(({shape},), dtype={dtypes.triton_name(value.dtype)})"
        return Var(f"{value.text} + {zeros}", frozenset({"row", "col"}), value.dtype)

    def _accumulator(self, op: Reduce, outer: Scope) -> str:
        name = self.body.name(f"{self.body.labels.get(op, op.fn)}_acc")
        shape = f"({self.block},)" if self.one_row else f"({self.row_block}, {self.block})"
        kind = dtypes.register(op.dtype)
        outer.write(f"{name} = tl.full({shape}, {neutral(op.fn, kind)}, dtype={dtypes.triton_name(kind)})")
        return name

    def _finish(self, op: Reduce, value: Var, tile: Tile) -> None:
        axis = "axis=0" if self.one_row else "axis=1, keep_dims=True"
        if op.fn == "prod":
            self.body.used.add("_multiply")
            where = "0, _multiply" if self.one_row else "1, _multiply, keep_dims=True"
            text = f"tl.reduce({value.text}, {where})"
        else:
            text = f"tl.{op.fn}({value.text}, {axis})"
        axes = frozenset() if self.rows == 1 and self.one_row else frozenset({"row"})
        name = self.body.name(self.body.labels.get(op, f"row_{op.fn}"))
        tile.scopes[0].write(f"{name} = {text}")
        self.body.values[op] = Var(name, axes, dtypes.register(op.dtype))


def fitted(size: Any, largest: int, smallest: int) -> str:
    """A block size as the wrapper computes it: the next power of two of ``size``, within bounds."""
    if size.is_Integer:
        return str(max(smallest, min(largest, 1 << max(int(size) - 1, 0).bit_length())))
    return f"max(min(triton.next_power_of_2({to_text(size)}), {largest}), {smallest})"
