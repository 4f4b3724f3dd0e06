"""Tiles of a product: the ones that a small model of the GPU calls cheapest, at the example's sizes.

A program's step along the inner dimension costs its multiply-adds and, partly hidden behind them, the bytes it reads;
programs run in waves over the processors. What spills, or would not fit into shared memory, is not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kernelagent.worker.synth.dtypes import BYTES
from kernelagent.worker.synth.machine import Machine

_SIDES = ((128, 64), (128, 128), (64, 128), (64, 64), (128, 32), (64, 32), (32, 64), (32, 32), (16, 64), (16, 128))
_SHOWN = 0.5
"""Part of the reading that is not hidden behind the multiplying."""
_ALONE = 1.2
"""What it costs that a program is the only one on its processor: nothing runs while it waits."""
_REGISTERS = 60
"""Of a thread, for addresses and operands; the compiler's own figures are near this and the sums'."""
_STEP_NS = 60.0
"""What a step costs at least: a barrier and the way to L2, where too few programs hide it."""


@dataclass(frozen=True)
class Tiles:
    rows: int
    columns: int
    inner: int
    warps: int
    stages: int
    reason: str
    """For the kernel's comment."""


@dataclass(frozen=True)
class Product:
    """What is to be multiplied, at the example's sizes."""

    batch: int
    rows: int
    columns: int
    inner: int
    dtype: str
    """Of the operands."""
    free_rows: bool
    free_columns: bool
    """Chosen at other sizes too: a tile is made for many, and shrinks where there are few."""
    plain: bool
    """Both operands are read as they lie, along the inner dimension: their addresses take few registers."""
    reads: tuple[int, int] = (1, 1)
    """Tensors from which the rows' tile is made, and the columns': each is in flight by itself."""


def choose(wanted: Product, machine: Machine) -> Tiles:
    if wanted.dtype not in machine.rates:
        # products and sums, not tensor cores: what is summed is a tile of three dimensions in registers
        return Tiles(16, 32, 16, 4, 2, "products are summed without tensor cores: small tiles")
    found = [c for sides in _SIDES if (c := _candidate(wanted, machine, *sides)) is not None]
    return min(found, key=lambda c: c[0])[1]


def _candidate(wanted: Product, machine: Machine, rows: int, columns: int) -> tuple[float, Tiles] | None:
    if (wanted.free_rows and rows < 64) or (wanted.free_columns and columns < 64):
        return None
    limits = (rows, columns)
    rows, columns = min(rows, _power(wanted.rows)), min(columns, _power(wanted.columns))
    largest = (limits[0] if wanted.free_rows else rows) * (limits[1] if wanted.free_columns else columns)
    size = BYTES[wanted.dtype]
    inner = 32 if size == 4 else 64
    most = machine.sums[wanted.dtype] // (1 if wanted.plain else 2)
    warps = next((w for w in (4, 8) if largest <= most * w * machine.lanes), 0)
    in_flight = (rows * wanted.reads[0] + columns * wanted.reads[1]) * inner * size
    stages = next((s for s in (3, 2) if s * in_flight <= machine.shared_bytes), 1)  # 1: nothing is read ahead
    if not warps:
        return None
    shared = stages * in_flight
    sums = rows * columns // (warps * machine.lanes)
    programs = wanted.batch * math.ceil(wanted.rows / rows) * math.ceil(wanted.columns / columns)
    registers = _REGISTERS + sums * (3 if size == 4 else 1)  # float32 operands are taken apart into three
    held = min(max(1, machine.shared_bytes // shared), machine.registers // (warps * machine.lanes * registers))
    multiplying = rows * columns * inner / machine.rates[wanted.dtype]
    reading = (rows + columns) * inner * size / machine.bandwidth
    turns = math.ceil(programs / machine.processors)
    step = multiplying + _SHOWN * reading
    if held < 2 or turns < 2:
        step *= _ALONE
    cost = turns * math.ceil(wanted.inner / inner) * max(step, _STEP_NS / max(1, min(held, turns)))
    reason = (
        f"for {machine.arch}: {programs} program{'s' * (programs != 1)} of {rows} x {columns} at the example's sizes, "
        f"{sums} sums to a thread, {shared // 1024} KiB in flight"
    )
    return cost, Tiles(*limits, inner, warps, stages, reason)


def _power(size: int) -> int:
    """The block that holds ``size``, 16 at least: what the tensor cores take."""
    return max(16, 1 << max(size - 1, 0).bit_length())
