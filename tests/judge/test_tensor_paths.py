"""Every tensor of a nested value has a path of its own."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

import pytest
import torch
from kernelagent.contract.tensor_paths import joined, root_of, told
from kernelagent.worker.problem import Specimen, named_tensors
from kernelagent.worker.problem.tensors import tensors_in

ONE = torch.zeros(1)


class Colour(str, Enum):
    RED = "red"


class Number(IntEnum):
    TWO = 2


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (ONE, [""]),
        ({"a.b": ONE, "a": {"b": ONE}}, ["['a.b']", "a.b"]),
        ({1: ONE, "1": ONE, None: {True: ONE, 2.5: ONE}}, ["[1]", "['1']", "[None][True]", "[None][2.5]"]),
        ({"0": ONE, "": [ONE, {"'": ONE}]}, ["['0']", "[''].0", """[''].1["'"]"""]),
        ({"a": [ONE, {0: ONE}], (1, "a"): ONE}, ["a.0", "a.1[0]", "[(1, 'a')]"]),
        ({Colour.RED: ONE, Number.TWO: ONE}, ["red", "[2]"]),
        ({"a['b']": ONE, "a": {"b": ONE}}, ["[\"a['b']\"]", "a.b"]),
    ],
)
def test_paths_are_one_to_one(value: Any, paths: list[str]) -> None:
    assert [path for path, _ in tensors_in(value)] == paths


def test_inputs_have_the_same_paths() -> None:
    by_star = Specimen((ONE, [ONE], {"a.b": ONE}), {}, ("x", "args.0", "args.1"))
    assert [path for path, _ in named_tensors(by_star)] == ["x", "args.0.0", "args.1['a.b']"]
    by_name = Specimen((), {"batch": {"a.b": ONE, 1: ONE}}, ())
    assert [path for path, _ in named_tensors(by_name)] == ["batch['a.b']", "batch[1]"]


def test_paths_are_put_together_and_told() -> None:
    assert [joined("a", "b"), joined("a", "[1]"), joined("", "b"), joined("a", "")] == ["a.b", "a[1]", "b", "a"]
    assert [told("output", path) for path in ("", "a", "[1]")] == ["output", "output a", "output[1]"]
    assert [root_of(path) for path in ("x", "x.0", "x[1].a")] == ["x"] * 3
