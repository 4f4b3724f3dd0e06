"""How a kernel is called beside the example's way: keys turned, arguments left out, names instead of places."""

from __future__ import annotations

import zlib
from collections import OrderedDict

import pytest
import torch
from kernelagent.worker.judge import by_keyword, key_order, reference_run
from kernelagent.worker.judge.entry_points import bind_function
from kernelagent.worker.judge.left_out import left_to_defaults, without
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen


class Difference(torch.nn.Module):
    def forward(self, d):
        return d["a"] - d["b"]


class InOrder(torch.nn.Module):
    def forward(self, d):
        first, second = d.values()
        return first - second


class Scaled(torch.nn.Module):
    def forward(self, x, scale: float = 2.0, shift=None, *, twice: bool = True):
        return x * scale * (2 if twice else 1) + (0 if shift is None else shift)


class ByPlace(torch.nn.Module):
    def forward(self, x, /, y):
        return x - y


def of_dictionary() -> Specimen:
    return Specimen(({"a": torch.ones(3), "b": torch.zeros(3)},), {}, ("d",))


def named_so(modulo: int) -> str:
    """A case's name of which the keys are turned (0), or not (1)."""
    return next(name for name in map(str, range(64)) if zlib.crc32(name.encode()) % 2 == modulo)


def test_keys_are_turned_in_some_cases_and_never_in_the_example() -> None:
    specimen = of_dictionary()
    result = reference_run.run(Difference(), specimen)
    assert list(key_order.of_case(named_so(0), Difference(), specimen, result).args[0]) == ["b", "a"]
    assert key_order.of_case(named_so(1), Difference(), specimen, result) is specimen
    assert key_order.of_case("example", Difference(), specimen, result) is specimen


def test_keys_stay_where_the_module_goes_by_their_order() -> None:
    specimen = of_dictionary()
    result = reference_run.run(InOrder(), specimen)
    assert key_order.of_case(named_so(0), InOrder(), specimen, result) is specimen


def test_dictionaries_inside_others_are_turned_and_keep_their_class() -> None:
    inner = OrderedDict(p=1, q=2)
    other = key_order.turned(Specimen(([inner, 3],), {"k": {"u": 1, "v": inner}}, ("x",)))
    assert other is not None
    assert list(other.args[0][0].items()) == [("q", 2), ("p", 1)]
    assert type(other.args[0][0]) is OrderedDict
    assert list(other.kwargs["k"]) == ["v", "u"]
    assert list(inner) == ["p", "q"]
    assert key_order.turned(Specimen(({"only": 1},), {}, ("x",))) is None


def test_arguments_with_a_default_are_left_out_and_those_behind_get_their_names() -> None:
    specimen = Specimen((torch.ones(2), 0.5, torch.zeros(2)), {"twice": False}, ("x", "scale", "shift"))
    assert left_to_defaults(Scaled(), specimen) == {"scale": 2.0, "twice": True}
    left = without(Scaled(), specimen)
    assert left.names == ("x",)
    assert list(left.kwargs) == ["shift"]
    assert len(left.args) == 1


def test_without_defaults_there_is_no_such_case() -> None:
    with pytest.raises(NoCase):
        without(Difference(), of_dictionary())


@pytest.mark.parametrize("has_default", [True, False])
def test_a_weight_is_not_taken_for_an_argument_that_is_left_out(has_default: bool) -> None:
    def with_default(x, weight, scale=3.0): ...

    def without_default(x, scale, weight): ...

    given = (["x"], (1,), {}, {"weight": torch.ones(1)}, {}, ["scale"])
    if has_default:
        assert bind_function(with_default, *given)[0][0] == 1
    else:
        with pytest.raises(TypeError, match="no default for scale"):
            bind_function(without_default, *given)


def test_what_is_given_by_position_alone_keeps_its_place() -> None:
    specimen = Specimen((1, 2), {}, ("x", "y"))
    assert by_keyword.nameable(ByPlace(), specimen) == ["y"]
    assert by_keyword.arranged(["x", "y"], ["y"], (1, 2)) == ((1,), {"y": 2})
    assert by_keyword.takes(ByPlace(), ["x", "y"], ["y"], [])
    assert not by_keyword.takes(ByPlace(), ["x", "z"], ["z"], [])
    assert by_keyword.keywords("example", ByPlace(), specimen) == []
