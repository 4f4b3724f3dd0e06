"""Which elements rest on an order that rounding decides; exact ties and what is far apart do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.rounded_orders import dependent
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem import Specimen

NEAR = torch.tensor([[1e-8, 3e-8, 2e-8, -1.0], [1.0, 3.0, 3.0, 2.0], [0.1, 0.2, 0.3, 0.4]])
"""A row whose softmax is equal but for rounding, one with two that are equal, one with none."""
TABLE = torch.tensor([5.0, 6.0, 7.0, 8.0])
Function = Callable[[torch.Tensor], object]
FIRST = [True, False, False]

CALLS: dict[str, tuple[Function, dict[str, list[object]]]] = {
    "a place of what is computed": (lambda x: x.softmax(-1).argmax(-1), {"outputs": FIRST}),
    "of the inputs": (lambda x: x.argmax(-1), {}),
    "of what is exact": (lambda x: (x * 2).argmax(-1), {}),
    "of what is exact, the least": (lambda x: (-x).min(-1), {}),
    "of all of them": (lambda x: x[:1].softmax(-1).argmax(), {"outputs": True}),  # type: ignore[dict-item]
    "values stay": (lambda x: x.softmax(-1).max(-1).values, {}),
    "indices do not": (lambda x: x.softmax(-1).max(-1), {"outputs.1": FIRST}),
    "with its dimension": (lambda x: x.softmax(-1).max(-1, keepdim=True), {"outputs.1": [[f] for f in FIRST]}),
    "along another": (lambda x: x.softmax(-1).t().max(0), {"outputs.1": FIRST}),
    "the largest two": (lambda x: x.softmax(-1).topk(2)[1][::2], {"outputs": [[True, True], [False, False]]}),
    "an order of all": (lambda x: x.softmax(-1).argsort(-1)[0], {"outputs": [False, True, True, True]}),
    "a median": (lambda x: x.softmax(-1).kthvalue(3).indices, {"outputs": FIRST}),
    "what is gathered by it": (lambda x: TABLE[x.softmax(-1).argmax(-1)], {"outputs": FIRST}),
    "what comes after it": (lambda x: TABLE[x.softmax(-1).argmax(-1)].argmax(), {}),
    "a place among NaN": (lambda x: (x.log() * 2).argmax(-1)[:2], {"outputs": FIRST[:2]}),
    "no order": (lambda x: x.softmax(-1), {}),
}


class Applied(torch.nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> object:
        return self.function(x)


@pytest.mark.parametrize("name", CALLS)
def test_what_rounding_decides(name: str) -> None:
    function, wanted = CALLS[name]
    found = dependent(Applied(function), Specimen((NEAR,), {}, ("x",)))
    assert {path: elements.tolist() for path, elements in found.items()} == wanted


class Chosen(torch.nn.Module):
    """The place of the largest of 16 logits, of which the first two lie about a rounding error apart."""

    def __init__(self) -> None:
        super().__init__()
        weight = torch.randn(16, 64)
        weight[1] = weight[0] * (1 + 1e-7 * torch.randn(64))
        self.weight = torch.nn.Parameter(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x @ self.weight.t()).argmax(-1)


@pytest.mark.parametrize("seed", range(5))
def test_every_near_tie_of_a_linear_layer_is_found(seed: int) -> None:
    """What its terms give in another order is among them, and what lies far apart is not."""
    torch.manual_seed(seed)
    module = Chosen()
    x = torch.randn(400, 64)
    found = dependent(module, Specimen((x,), {}, ("x",)))["outputs"]
    with torch.no_grad():
        place = module(x)
        terms = (x[:, None, :] * module.weight).split(1, dim=-1)
        other = sum(reversed(terms)).squeeze(-1).argmax(-1)  # type: ignore[union-attr, arg-type]
    assert bool((place != other).any())
    assert not bool(((place != other) & ~found).any())
    assert not bool((found & (place > 1)).any())


def test_16_bits() -> None:
    x = torch.tensor([[1.0, 1.004, 0.5, 0.25]]).bfloat16()
    found = dependent(Applied(lambda x: (x * 0.3).softmax(-1).argmax(-1)), Specimen((x,), {}, ("x",)))
    assert list(found) == ["outputs"]
    assert not dependent(Applied(lambda x: x.argmax(-1)), Specimen((x,), {}, ("x",)))


def test_what_rests_on_an_order_that_rounding_decides_is_not_compared() -> None:
    due, given = torch.tensor([3, 1, 2]), torch.tensor([3, 0, 2])
    second = torch.tensor([False, True, False])
    judged = compare(given, due, None, Beside(unordered=second))
    assert judged.reason == "" and "1 of 3 elements" in judged.notes[0]
    assert compare(due, due, None, Beside(unordered=second)).notes == ()
    assert compare(given.flip(0), due, None, Beside(unordered=second)).reason
    floats = compare(given.float(), due.float(), due.double(), Beside(unordered=second))
    assert floats.reason == "" and "1 of 3 elements" in floats.notes[0]
    assert compare(given.float() + 1, due.float(), due.double(), Beside(unordered=second)).reason
