"""Whether strides are a contiguous tensor's is a matter of numbers, not of how they are spelt."""

from __future__ import annotations

import pytest
from kernelagent.contract.problem import FreeSize, TensorSpec
from kernelagent.worker.problem.memory_rows import told_in_rows

FREE = (FreeSize("s0", 2), FreeSize("s1", 10, minimum=5), FreeSize("s2", 8, multiple_of=8))


@pytest.mark.parametrize(
    ("dims", "strides", "in_rows"),
    [
        (("s0", "8", "s1", "s2"), ("s1 * s2 * 8", "s1 * s2", "s2", "1"), True),
        (("s0", "2*((s1 - 3)//2) + 2"), ("Max(1, 2*(((s1 - 3)//2)) + 2)", "1"), True),
        (("s0", "s1 + s2", "4"), ("4*s1 + 4*s2", "4", "1"), True),
        (("s0", "1", "s1"), ("s1", "7", "1"), True),
        (("s0", "s0"), ("1", "s0"), False),
        (("s0", "s1"), ("2*s1", "1"), False),
        (("s0", "s1"), ("10", "1"), False),
        (("s0", "8", "s1", "s2"), ("8*s1*s2", "1", "8*s2", "8"), False),
        (("s0", "s1"), (), False),
        ((), (), False),
    ],
)
def test_strides_of_rows(dims: tuple[str, ...], strides: tuple[str, ...], in_rows: bool) -> None:
    spec = TensorSpec("x", (0,) * len(dims), "float32", dims, strides=strides)
    assert told_in_rows(spec, FREE).in_rows is in_rows
