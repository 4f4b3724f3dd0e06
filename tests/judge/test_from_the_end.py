"""Which inputs are never negative though the module would count from the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.from_the_end import from_the_end
from kernelagent.worker.judge.promised import kept, promises
from kernelagent.worker.problem import Specimen

Forward = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Module(torch.nn.Module):
    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self._forward = forward

    def forward(self, x: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
        return self._forward(x, i)


MODULES: dict[str, tuple[Forward, tuple[str, ...]]] = {
    "rows": (lambda x, i: x[i], ("i",)),
    "columns by a remainder": (lambda x, i: x[:, i % 8], ()),
    "rows, and what they are added to": (
        lambda x, i: torch.zeros_like(x).index_put((i,), x[i], accumulate=True),
        ("i",),
    ),
    "of all elements": (torch.take, ("i",)),
    "rows but for those left out": (lambda x, i: torch.where(i[:, None] < 0, 0, x[i]), ()),
    "rows by their number": (lambda x, i: x[i] * i[:, None], ()),
    "rows that are refused": (lambda x, i: torch.nn.functional.embedding(i, x), ()),
    "gathered": (lambda x, i: x.gather(0, i[:, None]), ()),
    "numbers": (lambda x, i: i * 2, ()),
}


@pytest.mark.parametrize("name", MODULES)
def test_what_counts_from_the_end(name: str) -> None:
    forward, wanted = MODULES[name]
    draws = [Specimen((torch.randn(40, 8), torch.randint(0, 40, (12,))), {}, ("x", "i")) for _ in range(4)]
    assert from_the_end(Module(forward), draws) == wanted


def test_who_gives_negative_ones_means_them() -> None:
    draws = [Specimen((torch.randn(40, 8), torch.randint(-40, 40, (12,))), {}, ("x", "i")) for _ in range(4)]
    assert from_the_end(Module(lambda x, i: x[i]), draws) == ()


def test_they_are_kept_from_the_negative() -> None:
    draws = [Specimen((torch.randn(40, 8), torch.randint(0, 40, (12,))), {}, ("x", "i")) for _ in range(4)]
    promised = promises(draws, from_the_end(Module(lambda x, i: x[i]), draws))
    given = Specimen((torch.randn(40, 8), torch.tensor([-1, 3, -40, 0])), {}, ("x", "i"))
    assert kept(given, promised, 1).args[1].tolist() == [0, 3, 39, 0]
    assert "i below 0, which the module counts from the end" in promised[0].note
