"""The launches of a synthesis as ``aot`` takes them, at the example's sizes and without launching anything."""

from __future__ import annotations

import re
from typing import Any

import triton
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.index import at_sizes
from kernelagent.worker.synth.ir import Buffer
from kernelagent.worker.synth.synthesize import Synthesis, size_hints


def launches(synthesis: Synthesis) -> list[dict[str, Any]]:
    """One for each kernel text."""
    found = {kernel.name: kernel for kernel in reversed(synthesis.kernels)}
    return [launch(synthesis, kernel) for kernel in reversed(found.values())]


def launch(synthesis: Synthesis, kernel: KernelSource) -> dict[str, Any]:
    hints = size_hints(synthesis.graph)
    header = re.search(r"^def \w+\((.*?)\):$", kernel.text, re.S | re.M)
    assert header is not None
    names = [p.partition(":")[0].strip() for p in header[1].split(",")]
    arguments: list[dict[str, Any]] = []
    for name, memory in zip(names, kernel.pointers, strict=False):
        dtype = memory.dtype if isinstance(memory, Buffer) else synthesis.plan.storage[memory].dtype
        arguments.append({"name": name, "kind": "tensor", "dtype": dtype, "aligned": True})
    for name, expression in kernel.sizes:
        value = at_sizes(expression, hints)
        kind = "i32" if value < 2**31 else "i64"
        arguments.append({"name": name, "kind": "int", "one": value == 1, "divisible": value % 16 == 0, "type": kind})
    known = {str(symbol): value for symbol, value in hints.items()} | {"triton": triton}
    for name, text in kernel.constants:
        value = {"FP32_PRECISION": "tf32x3", "BF16_OPERAND": {"dtype": "bf16"}}.get(text)
        if value is None:
            value = known[name.lower()] = eval(text, {"max": max, "min": min}, known)
        arguments.append({"name": name, "value": value})
    options = {"num_warps": kernel.num_warps, "num_stages": kernel.num_stages}
    return {"kernel": kernel.name, "arguments": arguments, "options": options}
