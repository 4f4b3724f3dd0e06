"""A scan kernel: rows by blocks of columns, what came before carried from block to block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.accumulate import neutral
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.reduction_kernel import fitted
from kernelagent.worker.synth.emit.tile import Scope, Tile, Var
from kernelagent.worker.synth.index import product, unravel
from kernelagent.worker.synth.ir import Scan

ROW = sympy.Symbol("row", integer=True, nonnegative=True)
COL = sympy.Symbol("cols", integer=True, nonnegative=True)

ALONG, ACROSS = (4, 1024), (64, 64)
"""Rows and columns of a tile: where columns lie side by side in memory, and where rows do."""

COMBINE = {"max": "_larger", "min": "_smaller", "log_add": "_log_add"}


def write_scan(name: str, body: Body, comment: Sequence[str]) -> KernelSource:
    kernel = body.kernel
    op = kernel.heavies[0]
    assert isinstance(op, Scan)
    kept = [i for i in range(len(kernel.domain)) if i != op.axis]
    count_rows, count_columns = product([kernel.domain[i] for i in kept]), kernel.domain[op.axis]
    ranges: Mapping[Any, Any] = {ROW: count_rows, COL: count_columns}
    most_rows, most_columns = ALONG if op.axis == len(kernel.domain) - 1 else ACROSS
    block_rows, block_columns = body.name("BLOCK_ROWS"), body.name("BLOCK_COLS")
    body.taken |= {"rows", "cols", "row_mask", "col_mask", "start", "carry"}
    body.start_suffix = "_row"
    n_rows, n_columns = body.size(count_rows, "n_rows"), body.size(count_columns, "n_cols")
    dtype = dtypes.register(op.dtype)
    first = neutral(op.fn, dtype)
    wide = "float64" if dtypes.is_float(dtype) and op.fn in ("sum", "prod") else dtype
    outer = Scope(frozenset({"row"}), [], 1)
    outer.write(f"rows = tl.program_id(0).to(tl.int64) * {block_rows} + tl.arange(0, {block_rows})[:, None]")
    outer.write(f"row_mask = rows < {n_rows}")
    outer.write(f"carry = tl.full(({block_rows}, 1), {first}, dtype={dtypes.triton_name(wide)})")
    loop = Scope(frozenset({"row", "col"}), [], 2)
    loop.lines.append(f"    for start in range(0, {n_columns}, {block_columns}):")
    loop.write(f"cols = start + tl.arange(0, {block_columns})[None, :].to(tl.int64)")
    loop.write(f"col_mask = cols < {n_columns}")
    where = dict(zip(kept, unravel(ROW, [kernel.domain[i] for i in kept], ranges), strict=True))
    domain = tuple(COL if i == op.axis else where[i] for i in range(len(kernel.domain)))
    names, axes = {ROW: "rows", COL: "cols"}, {ROW: "row", COL: "col"}
    tile = Tile(domain, ranges, names, axes, {"row": "row_mask", "col": "col_mask"}, [outer, loop])
    value = body.evaluate_operand(op.operand, domain, tile)
    text = body.cast(value, dtype)
    if value.axes != {"row", "col"}:
        text = f"tl.broadcast_to({text}, ({block_rows}, {block_columns}))"
    terms, found = body.name("terms"), body.name(body.labels.get(op, "scanned"))
    loop.write(f"{terms} = tl.where(col_mask & row_mask, {text}, {first})")
    before = "carry" if wide == dtype else f"carry.to({dtypes.triton_name(dtype)})"
    if op.fn == "prod":
        _write_products(body, outer, loop, terms, found, before, dtype)
    elif op.fn == "sum":
        loop.write(f"{found} = {before} + tl.cumsum({terms}, axis=1)")
        loop.write(f"carry += tl.sum({terms}, axis=1, keep_dims=True)")
    else:
        combine = COMBINE[op.fn]
        body.used.add(combine)
        loop.write(f"{found} = {combine}(carry, tl.associative_scan({terms}, 1, {combine}))")
        loop.write(f"carry = {combine}(carry, tl.reduce({terms}, 1, {combine}, keep_dims=True))")
    body.values[op] = Var(found, frozenset({"row", "col"}), dtype)
    for stored in kernel.stores:
        body.store(stored, tile)
    constants = [
        (block_rows, fitted(count_rows, most_rows, 1)),
        (block_columns, fitted(count_columns, most_columns, 16)),
    ]
    return assemble(name, body, outer.lines + loop.lines, constants, [(n_rows, block_rows)], comment)


def _write_products(body: Body, outer: Scope, loop: Scope, terms: str, found: str, before: str, dtype: str) -> None:
    """The factors of a block are multiplied by themselves, and may overflow where a zero came before them."""
    body.used.add("_multiply")
    loop.write(f"{found} = {before} * tl.cumprod({terms}, axis=1)")
    loop.write(f"carry *= tl.reduce({terms}, 1, _multiply, keep_dims=True)")
    if not dtypes.is_float(dtype):
        return
    finite = body.name("finite")
    outer.write(f"{finite} = rows >= 0  # no factor so far was NaN or infinity")
    loop.write(f"{finite} &= tl.min(({terms} - {terms} == 0).to(tl.int32), axis=1, keep_dims=True) != 0")
    loop.write("# a zero before a block whose product overflows gives 0, and not NaN")
    loop.write(f"{found} = tl.where({finite} & ({found} != {found}), 0.0, {found})")
    loop.write(f"carry = tl.where({finite} & (carry != carry), 0.0, carry)")
