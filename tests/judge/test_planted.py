"""Infinities and zeros that are planted: which pairs occur where they meet, where an infinite result is due, and what
becomes of NaN that they make."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.planted import Planted, elementwise
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem import Specimen

INF, NAN = float("inf"), float("nan")


def met(*shapes: tuple[int, ...]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The inputs before and after."""
    made = [torch.rand(shape) + 1 for shape in shapes]
    specimen = Specimen(tuple(made), {}, tuple("xyz"[: len(made)]))
    return made, list(vary(specimen, "infinities that meet", 31).args)


@pytest.mark.parametrize("shapes", [((24, 40), (24, 40)), ((24, 40), (40,)), ((24, 1), (1, 40))])
def test_every_pair_occurs_also_where_inputs_are_broadcast(shapes: tuple[tuple[int, ...], ...]) -> None:
    _, inputs = met(*shapes)
    one, other = torch.broadcast_tensors(*inputs)  # type: ignore[no-untyped-call]
    kinds = (0.0, INF, -INF, 1.0)
    found = {pair for pair in product(kinds, kinds) if bool((_is(one, pair[0]) & _is(other, pair[1])).any())}
    assert found == set(product(kinds, kinds))


def _is(tensor: torch.Tensor, value: float) -> torch.Tensor:
    """1 stands for what was there before."""
    return tensor == value if value != 1.0 else torch.isfinite(tensor) & (tensor != 0)


@pytest.mark.parametrize(
    ("name", "is_elementwise"),
    [("logaddexp", True), ("row", True), ("sum", False), ("softmax", False), ("turned", False), ("shifted", False)],
)
def test_what_is_computed_element_by_element_is_told_from_what_is_not(name: str, is_elementwise: bool) -> None:
    module = {
        "logaddexp": torch.logaddexp,
        "row": lambda x, y: x * y[:1],
        "sum": lambda x, y: (x + y).sum(-1),
        "softmax": lambda x, y: torch.softmax(x + y, -1),
        "turned": lambda x, y: (x + y).t(),
        "shifted": lambda x, y: (x + y).roll(1, 0),
    }[name]
    made, inputs = met((24, 40), (24, 40))
    if name == "row":
        made[1], inputs[1] = made[1][:1], inputs[1][:1]
    places = [one != other for one, other in zip(made, inputs, strict=True)]
    found = elementwise(module(*inputs), module(*made), places)
    assert (found is not None) == is_elementwise
    if found is not None:
        assert torch.equal(found, places[0] | places[1])


def test_nan_for_an_infinity_is_wrong_where_inputs_meet_and_is_let_pass_elsewhere() -> None:
    due, given = torch.tensor([1.0, -INF, INF, 2.0]), torch.tensor([1.0, NAN, INF, 2.0])
    planted = Planted("infinities that meet", torch.tensor([1.0, 0.5, 3.0, 2.0]))
    for place, passes in (([1], False), ([2], True), ([], True)):
        at = torch.zeros(4, dtype=torch.bool)
        at[place] = True
        judged = compare(given, due, due.double(), Beside(planted=replace(planted, met=at)))
        assert (judged.reason == "") == passes
    undefined = compare(due, due * NAN, due.double() * NAN, Beside(planted=replace(planted, met=torch.ones(4) > 0)))
    assert undefined.reason == ""


@pytest.mark.parametrize("kind", ["infinity", "slices of -infinity", "zeros that meet", "nan"])
def test_an_order_of_nan_that_the_module_made_is_nobodys(kind: str) -> None:
    due, clean = torch.tensor([[2, 0, 1], [0, 1, 2]]), torch.tensor([[0, 1, 2], [0, 1, 2]])
    other = torch.tensor([[0, 1, 2], [0, 1, 2]])  # with NaN for the least
    given = torch.tensor([[1, 0, 2], [0, 1, 2]])
    ordered = Planted(kind, clean, ordered=(other, due))
    judged = compare(given, due, None, Beside(planted=ordered))
    assert judged.reason == "" and "orders NaN" in judged.notes[0]
    assert compare(given.flip(0), due, None, Beside(planted=ordered)).reason
    assert compare(given, due, None, Beside(planted=Planted(kind, clean, ordered=(due, due)))).reason
