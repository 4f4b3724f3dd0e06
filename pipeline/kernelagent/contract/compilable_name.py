"""Which file names NVIDIA's assembler takes: Triton writes a kernel's into the assembly, its folder's with escapes."""

from __future__ import annotations

FORM = "ptxas takes no file name with a quotation mark or with other than ASCII letters"


def ptxas_takes(name: str) -> bool:
    """``name`` without its folder. AMD's compilers take every one."""
    return name.isascii() and '"' not in name
