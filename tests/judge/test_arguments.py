"""Arguments that are no tensors are changed together and one by one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.judge.argument_numbers import argument_numbers
from kernelagent.worker.judge.arguments import changed_arguments, with_argument
from kernelagent.worker.judge.case_values import vary
from kernelagent.worker.problem import Specimen


def arguments_of(*args: object) -> dict[str, tuple[object, ...]]:
    """Case -> the arguments in it."""
    specimen = Specimen((torch.ones(2), *args), {}, tuple(f"a{n}" for n in range(len(args) + 1)))
    return {
        changed.name: vary(specimen, changed.kinds[0], 1, alone=changed.alone).args[1:]
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


def test_of_three_flags_every_combination_is_tried() -> None:
    assert set(arguments_of(False, True, False).values()) == set(itertools.product((True, False), repeat=3)) - {
        (False, True, False)
    }


@pytest.mark.parametrize("count", [4, 7, 9])
def test_of_more_flags_every_pair_is_tried_in_every_way(count: int) -> None:
    tried = {(False,) * count, *arguments_of(*[False] * count).values()}
    for one, other in itertools.combinations(range(count), 2):
        assert len({(flags[one], flags[other]) for flags in tried}) == 4


def test_no_more_than_six_are_changed_alone() -> None:
    assert len([name for name in arguments_of(*range(20)) if name.endswith("alone")]) == 6


NUMBERS: dict[str, tuple[str, list[int]]] = {
    "compared, and one past them": ("if mode == 7: return -x\n        if 12 == mode: return x", [7, 12, 13]),
    "either side of an order": ("if mode < 5: return x", [5, 6, 4, 7]),
    "one of several": ("return x if mode in (3, -2) else -x", [3, -2, 4]),
    "by a name": ("if mode == self.NEGATED: return -x", [9, 10]),
    "handed on to what compares": ("return self.of(x, mode)", [21]),
    "looked up": ("return {3: x, 4: -x}[mode]", [3, 4, 5]),
    "matched": ("match mode:\n            case 3 | 8: return x\n        return -x", [3, 8, 9]),
    "beside the example's, which are tried anyway": ("if mode in (-1, 0, 1): return x", [2]),
    "its own first, then others": ("return self.of(x, mode) if mode == 7 else x", [7, 8, 21]),
    "none of sizes": ("if mode == 7 and x.dim() == 4 and 5 > x.shape[0]: return x", [7, 8]),
    "none that is too large": ("if mode == 1 << 20 or mode == 100000: return x", []),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_integers_that_the_module_compares_an_argument_with(name: str, tmp_path: Path) -> None:
    text, wanted = NUMBERS[name]
    file = tmp_path / "m.py"
    tail = "    def of(self, x, kind):\n        return x if kind == 21 else -x\n" if "self.of" in text else ""
    source = f"class M:\n    NEGATED = 9\n    def forward(self, x, mode):\n        {text}\n{tail}"
    file.write_text(source + "def get_inputs():\n    return [1 if 55 == 66 else 2, 0]\n", encoding="utf-8")
    problem = Problem(str(file), "M", 1, "", ExampleInputs("directive", "()", "()"), (), (), ())
    found = argument_numbers(problem, Specimen((torch.ones(2), 0), {}, ("x", "mode")))
    assert found.get(0, []) == wanted


def test_a_kernel_s_whole_numbers_come_last(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(
        "class M:\n    def forward(self, x, mode):\n        return x if mode == 7 else -x\n", encoding="utf-8"
    )
    problem = Problem(str(file), "M", 1, "", ExampleInputs("directive", "()", "()"), (), (), ())
    specimen = Specimen((torch.ones(2), True), {"mode": 0}, ("x", "flag"))
    numbers = argument_numbers(problem, specimen, (0.5, 16.0))
    assert numbers == {1: [7, 8, 16]}
    named = {one.name: one for one in changed_arguments(specimen, numbers)}
    one = named["7 for mode"]
    assert with_argument(specimen, one.alone, one.number).kwargs == {"mode": 7}
    assert with_argument(specimen, one.alone, one.number).args[1] is True
