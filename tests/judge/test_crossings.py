"""Each way of a kernel's file meets each kind of values and of strides."""

from __future__ import annotations

from typing import Any

import pytest
from kernelagent.driver.crossings import MOST, crossings
from kernelagent.driver.evidence import Evidence, Run
from kernelagent.worker.judge import crossed
from kernelagent.worker.judge.case_plan import CasePlan, first_of
from kernelagent.worker.judge.value_kinds import Values


def case(name: str, kinds: tuple[str, ...] = (), **of: Any) -> dict[str, Any]:
    plain = {"values": "example", "layouts": [], "sizes": {"s0": 5, "s1": 7}, "empty": False, "follows": False}
    return {"name": name, "kinds": list(kinds), "planned": True, **plain, **of}


def run(number: int, *ways: str, turn: int = 0) -> Run:
    nothing: Any = ()
    return Run(number, "function", None, 1, ("k",), {}, {}, *[nothing] * 5, (), (), turn=turn, ways=ways)


def evidence(*met: tuple[dict[str, Any], tuple[str, ...]]) -> Evidence:
    found = Evidence(reference={"cases": [of for of, _ in met]})
    found.runs += [run(number, *ways) for number, (_, ways) in enumerate(met)]
    return found


HUGE = case("huge values", ("large",), values="huge")
TURNED = case("strided inputs", ("transposed",), layouts=["transposed"])


def test_a_file_with_one_way_has_none() -> None:
    assert crossings(evidence((case("example"), ("a",)), (HUGE, ("a",)), (TURNED, ("a",)))) == ([], 0)


def test_a_way_of_strided_inputs_meets_values() -> None:
    """And the other one strides, which may lead it away from there again."""
    found = evidence((case("example"), ("together",)), (HUGE, ("together",)), (TURNED, ("apart",)))
    assert crossings(found) == (["huge values, as in strided inputs", "strided inputs, as in example"], 0)


def test_a_way_of_large_values_meets_strides_and_no_other_values() -> None:
    nan = case("NaN", ("nan",), values="nan")
    found = evidence((case("example"), ("small",)), (HUGE, ("large",)), (TURNED, ("small",)), (nan, ("small",)))
    names, _ = crossings(found)
    assert "strided inputs, as in huge values" in names
    assert "NaN, as in huge values" not in names


def test_the_cheapest_case_without_sizes_of_one_is_taken() -> None:
    few, one = {"s0": 4, "s1": 4}, {"s0": 1, "s1": 1}
    bases = [case("example", sizes={"s0": 90, "s1": 90}), case("few", sizes=few), case("one", sizes=one)]
    found = evidence(*((base, ("wide",)) for base in bases), (HUGE, ("narrow",)))
    assert crossings(found) == (["huge values, as in few"], 0)


def test_cases_that_are_no_base_are_left_alone() -> None:
    nothing = [case("none", empty=True), case("second call", follows=True), case("around 0.5", planned=False)]
    found = evidence((case("example"), ("a",)), (HUGE, ("a",)), *((of, ("b",)) for of in nothing))
    assert crossings(found) == ([], 0)


def test_there_are_not_too_many_and_the_rest_is_counted() -> None:
    kinds = [case(f"kind {n}", (f"kind {n}",), values=f"kind {n}") for n in range(MOST + 9)]
    found = evidence((case("example"), ("rare",)), *((of, ("usual",)) for of in kinds))
    names, left = crossings(found)
    assert (len(names), left) == (MOST, 9)


def test_configurations_that_come_first_elsewhere_are_no_ways() -> None:
    found = evidence((case("example"), ("a",)), (HUGE, ("a",)))
    found.runs.append(run(0, "b", turn=1))
    assert crossings(found) == ([], 0)


def huge(name: str = "huge values", **of: Any) -> CasePlan:
    kinds: tuple[Values, ...] = ("huge", "large")
    return first_of(CasePlan(name, {"s0": 5, "s1": 7}, 16, values=v, **of) for v in kinds)


def test_values_are_tried_as_another_case_lies() -> None:
    strided = CasePlan("strided", {"s0": 2, "s1": 3}, 12, layouts=("transposed",), may_refuse=True)
    (found,) = crossed.named([huge(), strided], ["huge values, as in strided"])
    assert (found.values, found.layouts, found.sizes) == ("huge", ("transposed",), {"s0": 2, "s1": 3})
    assert [other.values for other in found.otherwise] == ["large"]
    assert found.may_refuse
    assert found.only_if_accepted
    assert crossed.kinds(found) == ["large", "transposed"]


def test_strides_are_tried_with_the_values_of_another_case() -> None:
    strided = CasePlan("strided", {"s0": 2, "s1": 3}, 12, layouts=("sliced",))
    (found,) = crossed.named([huge(), strided], ["strided, as in huge values"])
    assert (found.values, found.layouts, found.sizes) == ("huge", ("sliced",), {"s0": 5, "s1": 7})


@pytest.mark.parametrize("name", ["huge values", "huge values, as in nothing", "nothing, as in huge values"])
def test_other_names_are_none_of_these(name: str) -> None:
    assert list(crossed.named([huge()], [name])) == []
