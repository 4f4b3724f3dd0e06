"""What depends on the order of equal values where PyTorch promises none is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.order_of_equals import dependent, in_any_order
from kernelagent.worker.problem import Specimen

TIES = torch.tensor([[1.0, 3.0, 3.0, 0.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]])
OTHER = torch.arange(12.0).reshape(2, 6)
Function = Callable[[torch.Tensor], object]

TABLE: dict[str, tuple[Function, list[str]]] = {
    "topk": (lambda x: torch.topk(x, 2), ["outputs.1"]),
    "along another dimension": (lambda x: torch.topk(x.t(), 2, dim=0), ["outputs.1"]),
    "a sort that is not stable": (lambda x: torch.sort(x, dim=1), ["outputs.1"]),
    "a stable sort": (lambda x: torch.sort(x, dim=1, stable=True), []),
    "argsort": (lambda x: x.argsort(-1), ["outputs"]),
    "what is gathered by it": (lambda x: OTHER.gather(1, torch.topk(x, 2).indices), ["outputs"]),
    "median": (lambda x: torch.median(x, dim=1), ["outputs.1"]),
    "max gives the first": (lambda x: x.max(dim=1), []),
    "argmax too": (lambda x: x.argmax(1), []),
    "no order at all": (lambda x: torch.softmax(x, 1), []),
}


class Applied(torch.nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> object:
        return self.function(x)


@pytest.mark.parametrize("name", TABLE)
def test_what_depends_on_the_order(name: str) -> None:
    function, wanted = TABLE[name]
    assert list(dependent(Applied(function), Specimen((TIES,), {}, ("x",)))) == wanted


@pytest.mark.parametrize("name", TABLE)
def test_without_equal_values_nothing_does(name: str) -> None:
    different = torch.tensor([[1.0, 3.0, 5.0, 0.0, 4.0, 2.0], [2.5, 7.0, 2.0, 9.0, 1.0, 4.0]])
    assert list(dependent(Applied(TABLE[name][0]), Specimen((different,), {}, ("x",)))) == []


@pytest.mark.parametrize("rows", [1, 5])
def test_what_comes_in_any_order_does_whatever_the_values(rows: int) -> None:
    model = Applied(lambda x: torch.topk(x, 4, dim=-1, sorted=False))
    given = Specimen((torch.randn(rows, 7),), {}, ("x",))
    assert in_any_order(model, given) == {"outputs.0", "outputs.1"}
    found = dependent(model, given)
    assert list(found) == ["outputs.0", "outputs.1"]
    selected = found["outputs.1"]
    assert selected is not None
    places = torch.topk(given.args[0], 4, dim=-1).indices
    assert not selected.wrong(places.flip(-1)).any()
    assert selected.wrong(torch.topk(-given.args[0], 4, dim=-1).indices).any()


def test_what_comes_of_it_in_one_order_is_compared() -> None:
    model = Applied(lambda x: torch.topk(x, 4, dim=-1, sorted=False).values.amax(-1))
    assert dependent(model, Specimen((torch.randn(3, 7),), {}, ("x",))) == {}
