"""Live inputs as the expression that draws others like them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from kernelagent.errors import BadExampleInputs
from kernelagent.live.example_text import inputs_text

torch.manual_seed(0)
TABLE = [
    (torch.randn(4, 8), "(torch.randn((4, 8)),)"),
    ((torch.rand(3), 2.5, True, None), "(torch.rand((3,)), 2.5, True, None,)"),
    ({"x": torch.randn(2, 2).half(), "k": [1]}, "{'x': torch.randn((2, 2), dtype=torch.float16), 'k': [1]}"),
    (torch.randn(8, 4).t(), "(torch.randn((8, 4)).permute(1, 0),)"),
    (torch.arange(5), "(torch.arange(5),)"),
    (torch.arange(5).repeat(2, 1), "(torch.arange(5).repeat(2, 1),)"),
    (torch.tensor([[3, 9], [7, 4]]), "(torch.randint(3, 10, (2, 2)),)"),
    (torch.ones(3, 3).tril(), "(torch.ones((3, 3)).tril(),)"),
    (torch.full((3, 3), -torch.inf).triu(1), "(torch.full((3, 3), -torch.inf).triu(1),)"),
    (torch.zeros(2, dtype=torch.bfloat16), "(torch.zeros((2,), dtype=torch.bfloat16),)"),
    (torch.ones(2, 3, dtype=torch.bool), "(torch.ones((2, 3), dtype=torch.bool),)"),
    ((), "()"),
]


@pytest.mark.parametrize(("example", "text"), TABLE, ids=[text for _, text in TABLE])
def test_text(example: Any, text: str) -> None:
    found = inputs_text(example)
    assert found == text
    for made, given in zip(torch.utils._pytree.tree_leaves(eval(found)), _leaves(example), strict=True):
        if isinstance(given, torch.Tensor):
            assert (made.shape, made.dtype, made.stride()) == (given.shape, given.dtype, given.stride())


def _leaves(example: Any) -> list[Any]:
    return torch.utils._pytree.tree_leaves(example)  # type: ignore[no-any-return]


@pytest.mark.parametrize("example", [3, torch.tensor([0.0, torch.nan, 1.0]), (object(),)])
def test_what_has_no_text_is_refused(example: Any) -> None:
    with pytest.raises(BadExampleInputs):
        inputs_text(example)
