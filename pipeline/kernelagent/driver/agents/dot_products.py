"""What ``tl.dot`` can do on the targets of a run: said in prompts, and shown in their examples."""

from __future__ import annotations

import re
from collections.abc import Iterable


def accurate(arch: Iterable[str]) -> str:
    """The ``input_precision`` that multiplies float32 as accurately as float32 on every one of them."""
    return "tf32x3" if all(map(_has_tf32, arch)) else "ieee"


def told(arch: Iterable[str]) -> str:
    """How accurate products are written, for the prompt."""
    targets = tuple(arch)
    precision = accurate(targets)
    if precision == "tf32x3":
        return 'tl.dot(a, b, input_precision="tf32x3") or "ieee": the default is TF32, which is too coarse.'
    without = ", ".join(name for name in targets if not _has_tf32(name))
    return f'tl.dot(a, b, input_precision="ieee"): {without} can\'t compile "tf32x3", and plain TF32 is too coarse.'


def smallest(arch: Iterable[str]) -> str:
    """The smallest blocks that ``tl.dot`` takes, for the prompt."""
    if any(name.startswith("sm_") for name in arch):
        return "the dimension that is summed over must be at least 16 (32 for 8-bit operands)"
    return "a block may be as small as 1"


def _has_tf32(arch: str) -> bool:
    """Tensor cores with TF32 came with sm_80; no AMD backend of Triton knows ``tf32x3``."""
    found = re.fullmatch(r"sm_(\d+)[af]?", arch)
    return found is not None and int(found[1]) >= 80
