"""Arguments that are no tensors are changed together and one by one."""

from __future__ import annotations

import torch
from kernelagent.worker.judge.arguments import changed_arguments
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.problem import Specimen


def arguments_of(*args: object) -> dict[str, tuple[object, ...]]:
    """Case -> the arguments in it."""
    specimen = Specimen((torch.ones(2), *args), {}, tuple(f"a{n}" for n in range(len(args) + 1)))
    return {
        changed.name: vary(specimen, changed.kinds[0], 1, argument=changed.argument).args[1:]
        for changed in changed_arguments(specimen)
    }


def test_numbers_are_larger_zero_and_of_the_other_sign_too() -> None:
    assert arguments_of(0.5) == {
        "other numbers": (0.375,),
        "larger numbers": (1.75,),
        "numbers of the other sign": (-0.5,),
        "numbers that are zero": (0.0,),
    }


def test_one_of_its_kind_is_not_changed_alone() -> None:
    assert not [name for name in arguments_of(1, 0.5, True) if name.endswith("alone")]


def test_several_of_a_kind_are_changed_one_by_one() -> None:
    found = arguments_of(3, 7, True, False)
    assert found["other integers"] == (4, 8, True, False)
    assert [found[f"argument {n} alone"] for n in range(1, 5)] == [
        (4, 7, True, False),
        (3, 8, True, False),
        (3, 7, False, False),
        (3, 7, True, True),
    ]


def test_no_more_than_six_are_changed_alone() -> None:
    assert len([name for name in arguments_of(*range(20)) if name.endswith("alone")]) == 6
