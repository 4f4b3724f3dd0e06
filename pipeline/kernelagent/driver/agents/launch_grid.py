"""How many programs a launch may have on the targets of a run: said in prompts."""

from __future__ import annotations

from collections.abc import Iterable

_WARP_OF_64 = ("gfx8", "gfx9")
"""GCN and CDNA; RDNA's wavefronts have 32 lanes, as Triton compiles for them."""


def largest_grid(arch: Iterable[str]) -> str:
    """In a sentence, true for every one of them.

    HIP takes fewer than 2**32 work items along an axis, and a program has a wavefront's lanes for each warp
    (hipModuleLaunchKernel's documentation). CUDA counts blocks, see the programming guide's table of limits.
    """
    lanes = max((64 if name.startswith(_WARP_OF_64) else 32 for name in arch if name.startswith("gfx")), default=0)
    if not lanes:
        return "The first axis of the grid may have 2**31-1 programs, the others 65535."
    with_four = (1 << 32) // (4 * lanes) - 1
    return (
        f"The first axis of the grid may have fewer than 2**32 / ({lanes} * num_warps) programs: {with_four} with "
        "num_warps=4. The others may have 65535. Where there could be more, let each program do several blocks."
    )
