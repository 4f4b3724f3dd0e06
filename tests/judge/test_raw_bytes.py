"""The bytes of a tensor's elements, however it lies."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.problem.carried import raw_bytes, same_bits

LYING = {
    "rows": lambda: torch.arange(6.0).reshape(2, 3),
    "columns": lambda: torch.arange(6.0).reshape(2, 3).t(),
    "every second": lambda: torch.arange(6.0)[::2],
    "one of a column": lambda: torch.arange(48.0).reshape(1, 48)[:, 7],
    "one by hand": lambda: torch.arange(4.0).as_strided((1, 1), (9, 5), 2),
    "none": lambda: torch.empty(0, 3),
    "no dimension": lambda: torch.tensor(2.5, dtype=torch.bfloat16),
    "behind a start": lambda: torch.arange(9, dtype=torch.uint8)[1:],
}


@pytest.mark.parametrize("name", LYING)
def test_bytes_are_those_of_the_elements_in_their_order(name: str) -> None:
    tensor = LYING[name]()
    plain = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
    assert bytes(raw_bytes(tensor).tolist()) == plain.reshape(-1).view(torch.uint8).numpy().tobytes()
    assert same_bits(tensor, plain)
    if tensor.numel():
        assert not same_bits(tensor, plain + 1)
