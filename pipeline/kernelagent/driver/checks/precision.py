"""Products of float32 operands are computed as exactly as float32."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence


def products(evidence: Evidence) -> str | None:
    """The least exact precision of any kernel's float32 products, as compiled; ``None`` where there are none."""
    found = {entry.products for entry in evidence.compiled if entry.products is not None}
    order = ("ieee", "tf32x3", "bf16x6", "bf16x3", "tf32")
    return max(found, key=lambda name: order.index(name) if name in order else len(order), default=None)


def check(evidence: Evidence) -> Iterator[Check]:
    """Float32 products must be as exact as float32: the interpreter computes them so whatever the kernel asks for."""
    found = products(evidence)
    if found in ("tf32", "bf16x3"):
        culprit = next(entry for entry in evidence.compiled if entry.products == found)
        detail = (
            f"{culprit.kernel} multiplies float32 operands in {found}, which is some hundred times less exact than "
            'PyTorch\'s float32; say input_precision="tf32x3" or "ieee" (tl.dot\'s default is tf32)'
        )
        yield Check("precision", False, detail)
    elif found is not None:
        yield Check("precision", True, f"float32 products are computed in {found}")
