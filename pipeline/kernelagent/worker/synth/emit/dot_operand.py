"""An operand of a tile product: in the dtype that is multiplied, of full shape, zero beyond the inner dimension."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.accumulate import neutral
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.tile import Tile, Var
from kernelagent.worker.synth.index import dim, substitute
from kernelagent.worker.synth.ir import Operand

TENSOR_CORES = ("float16", "bfloat16", "float32")
"""dtypes whose tiles go through ``tl.dot``; float64 and integers are multiplied and summed."""


@dataclass(frozen=True)
class Side:
    """One side of a tile product."""

    axes: frozenset[str]
    """Its two axes."""
    shape: str
    inner: str
    """The axis that is summed over."""
    inner_mask: str
    """Text of the mask along it; empty where the axis always fits."""


def dot_operand(body: Body, operand: Operand, tile: Tile, side: Side, dtype: str, bfloat16: str) -> str:
    """The text of an operand's tile. ``bfloat16`` names the constant that says what bfloat16 is multiplied as; it is
    empty for other dtypes."""
    mapping = {dim(i): e for i, e in enumerate(tile.domain)}
    index = tuple(substitute(e, mapping, tile.ranges) for e in operand.index)
    return shaped(body.evaluate(operand.op, index, tile, operand.when, raw=True), side, dtype, bfloat16)


def shaped(var: Var, side: Side, dtype: str, bfloat16: str) -> str:
    """A value as one side of a product."""
    text = var.text
    if side.inner_mask and not (var.zeroed and side.inner in var.axes):
        text = f"tl.where({side.inner_mask}, {text}, {neutral('sum', var.dtype)})"
    if var.dtype != dtype or bfloat16:
        text = f"{text if text.isidentifier() else f'({text})'}.to({bfloat16 or dtypes.triton_name(dtype)})"
    if var.axes != side.axes:
        text = f"tl.broadcast_to({text}, {side.shape})"
    return text


def tile_product(left: str, right: str, accumulator: str, dtype: str, precision: str) -> str:
    """The statement that adds a product of tiles to ``accumulator``."""
    if dtype not in TENSOR_CORES:
        return f"{accumulator} += tl.sum({left}[:, :, None] * {right}[None, :, :], axis=1)"
    extra = f", input_precision={precision}" if precision else ""
    return f"{accumulator} = tl.dot({left}, {right}, {accumulator}{extra})"
