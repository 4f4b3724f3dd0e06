"""Which sizes, values and weights a kernel is tried on."""

from __future__ import annotations

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.cases import SMALL_ELEMENTS, plan, restride, spread
from kernelagent.worker.judge.weights import perturb


def problem(*free: FreeSize, state: bool = False) -> Problem:
    dims = tuple(f.symbol for f in free) or ("8",)
    shape = tuple(f.example for f in free) or (8,)
    weight = TensorSpec("weight", (4,), "float32")
    return Problem(
        file="model.py",
        class_name="Model",
        line=1,
        source_sha256="",
        example=ExampleInputs("directive", "()", "()"),
        inputs=(TensorSpec("x", shape, "float32", dims),),
        outputs=(TensorSpec("output", shape, "float32", dims),),
        state=(weight,) if state else (),
        free_sizes=free,
    )


def sizes_of(*free: FreeSize) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(tuple(case.sizes.values()) for case in plan(problem(*free), "full")))


TABLE: dict[str, tuple[list[FreeSize], list[tuple[int, ...]]]] = {
    "one size": ([FreeSize("s0", 64)], [(64,), (5,), (65,), (1,)]),
    "two sizes differ from each other": (
        [FreeSize("s0", 16), FreeSize("s1", 32)],
        [(16, 32), (5, 7), (17, 33), (1, 1)],
    ),
    "multiples": ([FreeSize("s0", 64, multiple_of=4)], [(64,), (8,), (68,), (4,)]),
    "bounds": ([FreeSize("s0", 8, minimum=2, maximum=8)], [(8,), (5,), (2,)]),
    "nothing free": ([], [()]),
}


@pytest.mark.parametrize("name", TABLE)
def test_sizes(name: str) -> None:
    free, wanted = TABLE[name]
    assert sizes_of(*free) == wanted


def test_most_cases_are_small() -> None:
    cases = plan(problem(FreeSize("s0", 1 << 18)), "full")
    large = [case.name for case in cases if 2 * case.sizes["s0"] > 2 * SMALL_ELEMENTS]
    assert large == ["example", f"s0={(1 << 18) + 1}"]


def test_a_case_with_other_weights_repeats_the_inputs_of_another() -> None:
    cases = plan(problem(FreeSize("s0", 64), state=True), "full")
    other = next(case for case in cases if case.weights == 1)
    assert any(case.seed == other.seed and case.sizes == other.sizes and case.weights == 0 for case in cases)


@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 5), (7,)])
def test_restrided_inputs_have_equal_values_and_other_strides(shape: tuple[int, ...]) -> None:
    tensor = torch.randn(shape)
    other = restride(tensor)
    assert torch.equal(tensor, other)
    assert not other.is_contiguous()


def test_spread_values_have_both_signs_and_many_magnitudes() -> None:
    values = spread(torch.rand(64, 64), torch.Generator().manual_seed(0))
    assert values.min() < -3 and values.max() > 3
    assert values.abs().min() < 0.01


def test_no_parameter_keeps_a_value_at_which_it_does_nothing() -> None:
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(16), torch.nn.LayerNorm(16))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    perturb(model, 0)
    after = model.state_dict()
    floating = [key for key, value in after.items() if value.is_floating_point()]
    assert all((after[key] != before[key]).all() for key in floating)
    assert (after["0.running_var"] > 0).all() and (after["0.weight"] > 0).all()
    assert after["0.num_batches_tracked"] == 0


def test_tied_weights_stay_tied() -> None:
    one, two = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
    two.weight = one.weight
    model = torch.nn.Sequential(one, two)
    perturb(model, 0)
    assert model.state_dict()["0.weight"].data_ptr() == model.state_dict()["1.weight"].data_ptr()
    assert torch.equal(one.weight, two.weight)
