"""Examples of pieces lie in memory as they do in the module."""

from __future__ import annotations

import pytest
import torch
from kernelagent.contract.memory_order import in_order


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ((2, 3, 4, 5), (0, 2, 3, 1)),
        ((2, 3, 4, 5), (0, 2, 1, 3)),
        ((2, 3, 4, 5), (3, 0, 2, 1)),
        ((2, 3, 4, 5, 6), (0, 2, 3, 4, 1)),
        ((2, 3), (1, 0)),
        ((1, 3, 4), (1, 0, 2)),
        ((2, 3), (0, 1)),
        ((5, 1), (1, 0)),
        ((), ()),
    ],
)
def test_the_expression_makes_a_tensor_that_lies_so(shape: tuple[int, ...], order: tuple[int, ...]) -> None:
    lying = torch.empty([shape[axis] for axis in order]).permute([order.index(axis) for axis in range(len(order))])
    made = eval(in_order("torch.randn(shape)", shape, lying.stride()), {"torch": torch, "shape": shape})
    assert made.shape == shape
    moves = [axis for axis, size in enumerate(shape) if size != 1]
    assert [made.stride(axis) for axis in moves] == [lying.stride(axis) for axis in moves]


@pytest.mark.parametrize("strides", [(6, 2), (0, 1), (3,), ()])
def test_what_is_no_permutation_is_left_alone(strides: tuple[int, ...]) -> None:
    assert in_order("t", (2, 3), strides) == "t"


def test_memory_in_rows_is_what_a_factory_makes() -> None:
    assert in_order("t", (2, 3, 4), (12, 4, 1)) == "t"
    assert in_order("t", (2, 3, 10, 10), (300, 1, 30, 3)) == "t.contiguous(memory_format=torch.channels_last)"
