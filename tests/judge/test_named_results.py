"""Results whose places have names: what is one, what passes for one, and what a verdict says of it."""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.result_structure import returned
from kernelagent.contract.returned import Returned
from kernelagent.driver.verdict import _keys_for_attributes
from kernelagent.worker.judge.compare_case import compare_values, structure_mismatch
from kernelagent.worker.judge.reduced_nothing import without_nan_over_nothing
from kernelagent.worker.judge.settled import settled
from kernelagent.worker.problem.named_tuples import field_names
from kernelagent.worker.problem.result_structure import structured


class Parts(NamedTuple):
    a: Any
    b: Any


Renamed = namedtuple("Renamed", "a def", rename=True)


class Lies(tuple[Any, ...]):
    """It says that it has names, and has other things under them."""

    _fields = ("a", "b")
    a = property(lambda self: self[1])
    b = property(lambda self: self[0])


class Unnamed(tuple[Any, ...]):
    _fields = ("a", "b")


class Unpacks(Parts):
    def __iter__(self) -> Any:
        return iter((self.b, self.a))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (Parts(1.5, "x"), ("a", "b")),
        (Renamed(1.5, "x"), ("a", "_1")),
        (torch.rand(3, 4).max(1), ("values", "indices")),
        ((1.5, "x"), ()),
        (torch.Size((1, 2)), ()),
        (Lies((1.5, "x")), ()),
        (Unnamed((1.5, "x")), ()),
        (Unpacks(1.5, "x"), ()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_are_those_under_which_the_items_are_read(value: tuple[Any, ...], names: tuple[str, ...]) -> None:
    assert field_names(value) == names
    assert type(value) is torch.Size or field_names(settled(value)) == names


Other = namedtuple("Other", ["a", "b"])
Turned = namedtuple("Turned", ["b", "a"])
ONE, TWO = torch.zeros(2), torch.ones(2)
DUE = "where a named tuple with the fields a, b is expected, which users read as attributes"


@pytest.mark.parametrize(
    ("given", "expected", "told"),
    [
        (Other(ONE, TWO), Parts(ONE, TWO), ""),
        (Parts(ONE, TWO), (ONE, TWO), ""),
        ({"p": [Other(ONE, TWO)]}, {"p": [Parts(ONE, TWO)]}, ""),
        ((ONE, TWO), Parts(ONE, TWO), f"is a tuple of 2 {DUE}"),
        ([ONE, TWO], Parts(ONE, TWO), "is a list of 2 where a named tuple with the fields a, b is expected"),
        (Turned(ONE, TWO), Parts(ONE, TWO), f"is a named tuple with the fields b, a {DUE}"),
        (([(ONE, TWO)],), ([Parts(ONE, TWO)],), 'collections.namedtuple("Result", ["a", "b"])'),
        ((ONE, TWO), Renamed(ONE, TWO), 'collections.namedtuple("Result", ["a", "_1"], rename=True)'),
        ((ONE, TWO), torch.rand(3, 4).max(1), 'collections.namedtuple("Result", ["values", "indices"])'),
        ((ONE, TWO), [ONE, TWO], "is a tuple of 2 where a list of 2 is expected"),
    ],
)
def test_a_named_tuple_is_due_for_one(given: Any, expected: Any, told: str) -> None:
    found = structure_mismatch(given, expected)
    assert told in found if told else not found


def test_nan_over_nothing_keeps_the_names() -> None:
    nothing = torch.full((2,), torch.nan)
    given, passed = without_nan_over_nothing({"p": Other(nothing, ONE)}, {"p": Parts(TWO, ONE)})
    assert len(passed) == 1
    assert given["p"].a.tolist() == [1.0, 1.0]
    assert not structure_mismatch(given, {"p": Parts(TWO, ONE)})


class Spanned(Parts):
    @property
    def span(self) -> Any:
        return self.b - self.a


def test_what_a_named_tuple_has_besides_its_fields_is_told() -> None:
    numbers = iter(range(9))
    value = {"x": [Spanned(ONE, TWO)], "y": Parts(ONE, TWO), "z": torch.rand(3, 4).max(1)}
    found = returned(structured(value, lambda v: {"output": next(numbers)} if isinstance(v, torch.Tensor) else None))
    assert found is not None
    assert found.beside_fields == ("Spanned.span",)
    (told,) = _keys_for_attributes(Problem("m.py", "M", 1, "", ExampleInputs("option", "()", "()"), returned=found))
    assert "the kernel's named tuples have the fields alone, and not Spanned.span" in told


@pytest.mark.parametrize(
    ("given", "expected"),
    [({1: ONE}, {True: ONE}), ({1.0: ONE}, {1: ONE}), ({"a": {True: ONE}}, {"a": {1: ONE}}), ({"1": ONE}, {1: ONE})],
)
def test_keys_are_the_modules_own_type_and_all(given: Any, expected: Any) -> None:
    (told,) = compare_values(given, expected, None, "output").failures
    assert "is a dict with the keys" in told
    assert compare_values(expected, expected, None, "output").failures == ()


def test_a_dictionary_for_a_dataclass_is_told() -> None:
    given = Returned("Out(a=output.0)", dataclasses=("Out(a)",))
    problem = Problem("m.py", "M", 1, "", ExampleInputs("option", "()", "()"), returned=given)
    (told,) = _keys_for_attributes(problem)
    assert "a dictionary passes for the dataclass Out(a)" in told
