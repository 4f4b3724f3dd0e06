"""Seeds of the cases: the same for the same file, others for another one."""

from __future__ import annotations

from kernelagent.contract.problem import FreeSize
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.problem.sizes import base_sizes

from tests.judge.test_cases import problem

ONE, OTHER = "a" * 64, "b" * 64


def planned(kernel_sha256: str) -> dict[str, CasePlan]:
    two = problem(FreeSize("s0", 128), FreeSize("s1", 160), state=True)
    return {case.name: case for case in plan(two, "full", kernel_sha256=kernel_sha256)}


def test_the_same_file_is_judged_on_the_same_inputs() -> None:
    assert planned(ONE) == planned(ONE)


def test_another_file_is_judged_on_others_wherever_values_are_plain() -> None:
    one, other = planned(ONE), planned(OTHER)
    plain = [name for name, case in one.items() if case.values in ("example", "tiny", "signed") and not case.layouts]
    free = {name for name in plain if one[name].seed != other[name].seed}
    assert set(plain) - free == {"example", "s0=0, s1=4: empty", "s0=4, s1=0: empty"}
    seeds = {one[name].seed for name in free if not one[name].weights}
    assert len(seeds) == len([name for name in free if not one[name].weights])


def test_one_of_them_has_the_sizes_of_the_example() -> None:
    two = problem(FreeSize("s0", 128), FreeSize("s1", 160))
    free = [case for case in plan(two, "full", kernel_sha256=ONE) if case.seed > 1 << 32]
    assert any(case.sizes == base_sizes(two) for case in free)
