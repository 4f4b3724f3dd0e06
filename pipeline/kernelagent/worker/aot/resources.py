"""Registers, spills and shared memory of a compiled kernel, from the tools and texts that compiling leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resources:
    registers: int | None
    spills: int | None
    """bytes"""
    shared_bytes: int | None


def of_compiled(compiled: Any, assembler_log: str) -> Resources:
    """``assembler_log`` is what ``ptxas -v`` printed; AMD's figures stand in the assembly text itself."""
    shared = getattr(compiled.metadata, "shared", None)
    if "amdgcn" in compiled.asm:
        text = str(compiled.asm["amdgcn"])
        registers = _last(r"\.vgpr_count:\s+(\d+)", text)
        spills = _last(r"\.vgpr_spill_count:\s+(\d+)", text)
        lanes = int(getattr(compiled.metadata, "warp_size", 64))
        return Resources(registers, None if spills is None else spills * 4 * lanes, shared)
    registers = _last(r"Used (\d+) registers", assembler_log)
    stores = _last(r"(\d+) bytes spill stores", assembler_log)
    return Resources(registers, stores, shared)


def _last(pattern: str, text: str) -> int | None:
    found = re.findall(pattern, text)
    return int(found[-1]) if found else None
