"""Which sizes, values and weights a kernel is tried on."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain, pairwise, permutations
from typing import get_args

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, FreeSize, Problem, TensorSpec
from kernelagent.worker.judge.arguments import changed_arguments
from kernelagent.worker.judge.bursts import BURSTS
from kernelagent.worker.judge.case_plan import WORTH_S
from kernelagent.worker.judge.case_sizes import SMALL_ELEMENTS, elements
from kernelagent.worker.judge.case_values import of_kind, vary
from kernelagent.worker.judge.cases import plan
from kernelagent.worker.judge.float_values import equal, spread
from kernelagent.worker.judge.layouts import Layout, lay_out
from kernelagent.worker.judge.left_out import LEFT_OUT
from kernelagent.worker.judge.lone_events import LONE_EVENTS
from kernelagent.worker.judge.loud_and_quiet import LOUD_AND_QUIET
from kernelagent.worker.judge.measured import Measure
from kernelagent.worker.judge.module_numbers import OwnNumbers
from kernelagent.worker.judge.orderly_values import ORDERLY
from kernelagent.worker.judge.signs_and_slopes import SIGNS_AND_SLOPES
from kernelagent.worker.judge.specimen_values import with_steps
from kernelagent.worker.judge.value_kinds import INFINITE_RUNS, LONE_READINGS, Values
from kernelagent.worker.judge.weights import KINDS, perturb
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import halved


def problem(*free: FreeSize, state: bool = False, dtype: str = "float32") -> Problem:
    dims = tuple(f.symbol for f in free) or ("8",)
    shape = tuple(f.example for f in free) or (8,)
    weight = TensorSpec("weight", (4,), "float32")
    return Problem(
        file="model.py",
        class_name="Model",
        line=1,
        source_sha256="",
        example=ExampleInputs("directive", "()", "()"),
        inputs=(TensorSpec("x", shape, dtype, dims),),
        outputs=(TensorSpec("output", shape, "float32", dims),),
        state=(weight,) if state else (),
        free_sizes=free,
    )


def sizes_of(*free: FreeSize) -> list[tuple[int, ...]]:
    along = (INFINITE_RUNS, LOUD_AND_QUIET, SIGNS_AND_SLOPES, BURSTS, LONE_EVENTS, LONE_READINGS)
    cases = [case for case in plan(problem(*free), "full") if case.values not in along]
    return list(dict.fromkeys(tuple(case.sizes.values()) for case in cases))


TABLE: dict[str, tuple[list[FreeSize], set[tuple[int, ...]]]] = {
    "one size": ([FreeSize("s0", 64)], {(64,), (5,), (65,), (1,), (129,), (127,), (0,), (24,)}),
    "two sizes differ from each other": (
        [FreeSize("s0", 16), FreeSize("s1", 32)],
        {
            (16, 32),
            (5, 7),
            (17, 33),
            (1, 1),
            (33, 17),
            (31, 15),
            (0, 4),
            (4, 0),
            (131, 7),
            (5, 131),
            (24, 40),
            (1, 7),
            (5, 1),
        }
        | {(64, 64), (64, 5), (2, 64)},
    ),
    "three sizes": (
        [FreeSize("s0", 4), FreeSize("s1", 8), FreeSize("s2", 6)],
        {
            (4, 8, 6),
            (5, 7, 11),
            (6, 5, 4),
            (5, 9, 7),
            (1, 1, 1),
            (17, 17, 17),
            (15, 15, 15),
            (0, 4, 4),
            (4, 0, 4),
            (4, 4, 0),
            (1, 7, 11),
            (5, 1, 11),
            (5, 7, 1),
        }
        | {(8, 4, 12), (67, 7, 11), (5, 131, 11), (5, 7, 131)}
        | {(64, 5, 7), (2, 64, 7), (2, 5, 64)},  # of all three together there would be too much
    ),
    "multiples": (
        [FreeSize("s0", 64, multiple_of=4)],
        {(64,), (8,), (68,), (4,), (132,), (128,), (0,), (24,)} | {(9,)},
    ),  # between two steps
    "bounds": ([FreeSize("s0", 8, minimum=2, maximum=8)], {(8,), (5,), (2,), (1,), (9,), (19,)}),
    "nothing free": ([], {(), (5,), (9,)}),  # a dimension of 8, which the module may take otherwise
}


@pytest.mark.parametrize("name", TABLE)
def test_sizes(name: str) -> None:
    free, wanted = TABLE[name]
    assert set(sizes_of(*free)) == wanted


def test_only_the_example_and_one_past_it_are_large() -> None:
    cases = plan(problem(FreeSize("s0", 1 << 18)), "full")
    large = [case.name for case in cases if 2 * case.sizes["s0"] > 2 * SMALL_ELEMENTS]
    assert large == ["example", f"s0={(1 << 18) + 1}"]


def test_what_shows_in_a_second_block_is_tried_past_the_kernel_s_numbers() -> None:
    two = problem(FreeSize("s0", 64), FreeSize("s1", 32))
    called = Specimen((torch.ones(3), True), {}, ("x", "flag"))
    names = {case.name for case in plan(two, "full", constants=(16,), arguments=changed_arguments(called))}
    for what in ("strided", "equal values", "values that step", "other arguments"):
        assert {name for name in names if name.endswith(f"past the kernel's 16, {what}")}, what


def test_infinity_runs_along_the_size_that_is_longer_than_a_block() -> None:
    two = problem(FreeSize("s0", 64), FreeSize("s1", 32))
    runs = [case for case in plan(two, "full", constants=(64,)) if case.values == INFINITE_RUNS]
    assert [(tuple(case.sizes.values()), case.along, case.numbers) for case in runs] == [
        ((129, 5), -2, (64.0,)),
        ((2, 129), -1, (64.0,)),
    ]


def test_every_kind_of_values_and_layout_is_planned() -> None:
    given = (torch.ones(3), 0.5, 2, 3, True, torch.float16)
    called = Specimen(given, {}, ("x", "scale", "shift", "count", "flag", "dtype"))
    arguments = changed_arguments(called, {1: [7]})
    one = problem(FreeSize("s0", 64), FreeSize("s1", 32), state=True)
    twice, own = replace(one, inputs=one.inputs * 2), OwnNumbers(runs=(5,))
    floats = plan(twice, "full", arguments=arguments, compared=(0.5,), own=own)
    flags = plan(problem(FreeSize("s0", 64), FreeSize("s1", 32), dtype="bool"), "full")
    integers = plan(problem(FreeSize("s0", 64), FreeSize("s1", 32), dtype="int64"), "full")
    cases = [c for case in (*floats, *integers, *flags) for c in (case, *case.otherwise)]
    in_blocks = [
        plan(problem(FreeSize("s0", 64), dtype=dtype), "full", constants=(32,))
        for dtype in ("bool", "int64", "float32")
    ]
    kinds = {case.values for case in (*cases, *chain(*in_blocks))}
    # what is looked for where a module decides by a number, and made of the module's own defaults
    assert kinds == set(get_args(Values)) - {"around a number", *ORDERLY, LEFT_OUT}
    assert {layout for case in cases for layout in case.layouts} == set(get_args(Layout)) - {
        "channels last",
        "permuted",
    }
    along = (LOUD_AND_QUIET, SIGNS_AND_SLOPES, BURSTS, LONE_EVENTS, LONE_READINGS)
    refusable = {case.name for case in cases if case.may_refuse and case.values not in along}
    beside_others = {name for name in refusable if "; " in name}
    assert refusable - beside_others == {
        "unaligned inputs",
        "other numbers",
        "larger numbers",
        "numbers of the other sign",
        "numbers that are zero",
        "other integers",
        "smaller integers",
        "integers of the other sign",
        "turned flags",
        "another dtype",
        "all arguments",
        "all arguments, of less",
        "all arguments, of the other sign",
        "argument 2 alone",
        "argument 3 alone",
        "7 for shift",
        "s0=0, s1=4: empty",
        "s0=4, s1=0: empty",
        "s0=64, s1=64: multiples of 32",
        "s0=64, s1=5: multiples of 32",
        "s0=2, s1=64: multiples of 32",
        *(f"{sizes}: -infinity in runs of x" for sizes in ("s0=33, s1=5", "s0=33, s1=1", "s0=2, s1=33", "s0=1, s1=33")),
    }
    assert {name for name in beside_others if name.startswith("NaN")} == {
        "NaN; turned flags",
        "NaN; numbers that are zero",
        "NaN; integers of the other sign",
    }
    assert {name.partition("; ")[0] for name in beside_others if name.endswith("turned flags")} >= {
        "strided inputs: transposed, sliced",
        "s0=1, s1=7: one place, of any stride",
        "s0=64, s1=64: multiples of 32",
        "huge values",
        "values far from zero",
        "infinities",
    }


def test_a_case_with_other_weights_repeats_the_inputs_of_another() -> None:
    cases = plan(problem(FreeSize("s0", 64), state=True), "full")
    other = next(case for case in cases if case.weights == 1)
    assert any(case.seed == other.seed and case.sizes == other.sizes and case.weights == 0 for case in cases)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_free_size_is_smaller_and_larger_than_each_other_one(count: int) -> None:
    symbols = [f"s{n}" for n in range(count)]
    cases = plan(problem(*(FreeSize(symbol, 8) for symbol in symbols)), "full")
    for one, other in permutations(symbols, 2):
        assert any(0 < case.sizes[one] < case.sizes[other] for case in cases)


@pytest.mark.parametrize("count", [2, 3])
def test_each_free_size_is_larger_than_a_block_where_that_is_cheap(count: int) -> None:
    free = [FreeSize(f"s{n}", 8) for n in range(count)]
    cases = plan(problem(*free), "full")
    for f in free:
        assert any(case.sizes[f.symbol] > 64 for case in cases)
    assert all(elements(problem(*free), case.sizes) <= SMALL_ELEMENTS for case in cases if case.values != BURSTS)


TOGETHER: dict[str, tuple[int, tuple[int, ...], tuple[int, ...], set[tuple[int, ...]]]] = {
    # free sizes, numbers in the kernel's file, groups, sizes
    "both past a block": (2, (64,), (), {(129, 65)}),
    "each past a group of blocks": (2, (64,), (8,), {(129, 65), (513, 65), (65, 513)}),
    "the largest number that is cheap": (2, (64, 1 << 15), (), {(129, 65)}),
    "one size has groups alone": (1, (64,), (8,), {(513,)}),
    "each two of three": (3, (64,), (), {(129, 65, 7), (2, 129, 65), (65, 5, 129)}),
    "nothing cheap": (2, (1 << 15,), (8,), set()),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_two_sizes_are_past_a_block_at_once(name: str) -> None:
    count, constants, groups, wanted = TOGETHER[name]
    of = problem(*(FreeSize(f"s{n}", 8) for n in range(count)))
    cases = plan(of, "full", constants, groups=groups)
    together = [case for case in cases if "both past" in case.name or " blocks of " in case.name]
    assert {tuple(case.sizes.values()) for case in together} == wanted
    assert all(case.may_refuse and case.most_seconds for case in together)


def test_inputs_take_the_layouts_in_turn() -> None:
    tensors = tuple(torch.randn(8, 8) for _ in range(3))
    specimen = Specimen((tensors[0], [torch.zeros(()), tensors[1]], tensors[2]), {}, ("a", "b", "c"))
    changed = vary(specimen, "example", 0, ("transposed", "padded"))
    assert changed.args[0].stride() == (1, 8)
    assert changed.args[1][1].stride() == (32, 1)
    assert changed.args[2].stride() == (1, 8)
    assert all(
        torch.equal(a, b) for a, b in zip((changed.args[0], changed.args[1][1], changed.args[2]), tensors, strict=True)
    )


def test_no_two_neighbours_share_a_layout_in_any_case() -> None:
    three = problem(FreeSize("s0", 8), FreeSize("s1", 8))
    strided = [case.layouts for case in plan(three, "full") if len(case.layouts) > 1]
    assert {layouts[0] for layouts in strided} == {layouts[1] for layouts in strided}
    assert all(one != other for layouts in strided for one, other in pairwise(layouts))


def test_inputs_lie_alike_and_each_as_it_comes_beside_others() -> None:
    two = problem(FreeSize("s0", 8), FreeSize("s1", 8))
    strided = {case.layouts for case in plan(replace(two, inputs=two.inputs * 2), "full") if case.layouts}
    assert strided >= {("transposed",), ("sliced",), ("", "transposed"), ("sliced", "")}
    heads = problem(FreeSize("s0", 2), FreeSize("s1", 3), FreeSize("s2", 8))
    assert ("permuted",) in {case.layouts for case in plan(heads, "full")}


def test_equal_values_make_ties_zeros_and_equal_rows() -> None:
    values = equal(torch.empty(9, 30), torch.Generator().manual_seed(0), with_zeros=True)
    zeros = torch.cat([values[:2].reshape(-1), values[:, :2].reshape(-1)])
    assert (zeros == 0).all() and (values[-1, 2:] == 1).all()
    for row in (values[0], values[1], values[:, 0], values[:, 1]):
        assert (row.signbit()[1:] != row.signbit()[:-1]).all(), "their signs take turns"
    assert [bool(values[n, 0].signbit()) for n in (0, 1)] == [True, False]
    assert all((row == row.max()).sum() > 1 for row in values)
    positive = equal(torch.empty(9, 30), torch.Generator().manual_seed(0), with_zeros=False)
    assert (positive > 0).all()


def test_values_step_up_and_down_along_the_longest_dimension() -> None:
    given = Specimen((torch.empty(5, 40), torch.empty(40, 3)), {}, ("x", "y"))
    one, other = with_steps(given, (20.0, -0.25, 1e9), 0).args
    for rows in (one, other.T):
        before, after = rows[:, :8], rows[:, -8:]
        lower, upper = torch.minimum(before, after), torch.maximum(before, after)
        assert (lower.abs() <= 0.5).all()
        steps = upper.mean(1)
        assert ((steps > 19.8) & (steps <= 20)).any() and ((steps > 87.3) & (steps <= 88)).any()
        assert (before.mean(1) > 1).any() and (after.mean(1) > 1).any()


def test_sizes_below_an_integer_that_the_example_gives() -> None:
    cases = plan(problem(FreeSize("s0", 64), FreeSize("s1", 32)), "full", own=OwnNumbers(given=(5, 9)))
    assert [tuple(c.sizes.values()) for c in cases if "below the module's numbers" in c.name] == [(2, 3)]
    cases = plan(problem(FreeSize("s0", 64), FreeSize("s1", 32)), "full", own=OwnNumbers(given=(3, 9)))
    assert not any("below the module's numbers" in case.name for case in cases)


def test_strides_of_one_place_mean_nothing() -> None:
    loose = lay_out(torch.arange(5.0).reshape(1, 5, 1), "loose")
    assert loose.stride() == (1, 1, 1)
    assert loose.is_contiguous()
    assert loose.flatten().tolist() == [0, 1, 2, 3, 4]
    cases = plan(problem(FreeSize("s0", 8), FreeSize("s1", 8)), "full")
    assert [list(case.sizes.values()) for case in cases if case.layouts == ("loose",)] == [[1, 7], [5, 1]]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_values_far_from_zero_keep_digits_for_their_spread(dtype: torch.dtype) -> None:
    values = of_kind(torch.empty(64, 64, dtype=dtype), "far", torch.Generator().manual_seed(0)).double()
    assert values.mean() > 4 * values.std() and 0.8 < values.std() < 1.2
    assert values.unique().numel() > 32


LAYOUTS: dict[str, tuple[Layout, tuple[int, ...]]] = {
    "transposed": ("transposed", (4, 6)),
    "transposed in the last two": ("transposed", (2, 3, 5)),
    "sliced": ("sliced", (3, 5)),
    "sliced, one dimension": ("transposed", (7,)),
    "padded": ("padded", (3, 5)),
    "padded, one dimension": ("padded", (7,)),
    "channels last": ("channels last", (2, 3, 4, 5)),
    "permuted": ("permuted", (2, 3, 4, 5)),
    "permuted, two dimensions": ("permuted", (3, 5)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_other_layouts_have_equal_values_and_other_strides(name: str) -> None:
    layout, shape = LAYOUTS[name]
    tensor = torch.randn(shape)
    other = lay_out(tensor, layout)
    assert torch.equal(tensor, other)
    assert not other.is_contiguous()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.int64, torch.bool])
def test_an_unaligned_tensor_starts_one_element_behind_an_aligned_address(dtype: torch.dtype) -> None:
    tensor = torch.randn(3, 5).to(dtype)
    other = lay_out(tensor, "offset")
    assert torch.equal(tensor, other) and other.is_contiguous()
    assert other.storage_offset() == 1


def test_an_expanded_tensor_repeats_its_first_slice() -> None:
    other = lay_out(torch.randn(3, 5), "expanded")
    assert other.stride()[0] == 0 and torch.equal(other[0], other[2])


def test_what_is_planted_leaves_the_first_half_alone() -> None:
    tensor = torch.rand(8, 8)
    generator = torch.Generator().manual_seed(0)
    nan, infinite = (of_kind(tensor, kind, generator) for kind in ("nan", "infinity"))
    denormal = of_kind(tensor, "denormal", generator)
    assert nan.isnan().sum() == 2 and torch.equal(nan[:4], tensor[:4])
    assert (infinite == float("inf")).sum() == 1 and (infinite == -float("inf")).sum() == 2
    assert ((denormal != 0) & (denormal.abs() < torch.finfo(torch.float32).tiny)).sum() == 2
    assert (torch.signbit(denormal) & (denormal == 0)).sum() == 1
    assert tensor.isfinite().all()


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


def test_weights_of_either_sign_keep_no_promise_that_training_does_not() -> None:
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(64), torch.nn.PReLU(), torch.nn.Linear(64, 8))
    model.register_buffer("mask", torch.tensor([[True, False, False, False]] * 16))
    perturb(model, 2, "either sign")
    state = model.state_dict()
    assert state["0.weight"].min() < 0 < state["0.weight"].max()
    assert state["1.weight"].abs().item() > 1
    assert (state["0.running_var"] > 0).all()
    assert (state["mask"].sum(1) == 1).all() and not state["mask"][:, 0].all()


def test_buffers_that_no_state_dict_brings_stay_in_every_set_of_weights() -> None:
    model = torch.nn.Embedding(16, 4)
    model.register_buffer("places", torch.arange(16)[None], persistent=False)
    for number, kind in enumerate(KINDS):
        perturb(model, number, kind)
    assert torch.equal(model.get_buffer("places"), torch.arange(16)[None])


def test_sizes_go_past_twice_a_number_of_the_kernels() -> None:
    one = problem(FreeSize("s0", 8), FreeSize("s1", 8))
    names = [case.name for case in plan(one, "full", constants=(64, 1024, 4096))]
    assert "s0=8193, s1=7: past the kernel's 4096" in names
    assert "s0=5, s1=8193: past the kernel's 4096" in names
    assert not any(case.left_out for case in plan(one, "full", constants=(64, 1024)))


def test_outside_of_what_the_trace_allows_a_kernel_may_refuse() -> None:
    tried = plan(problem(FreeSize("s0", 8, minimum=2, maximum=8, multiple_of=2)), "full")
    outside = [case for case in tried if case.sizes["s0"] not in (2, 4, 6, 8)]
    assert {case.sizes["s0"] for case in outside} == {7, 9, 20}
    assert all(case.may_refuse and case.only_if_accepted for case in outside)


def test_a_number_that_is_too_dear_to_go_past_is_said() -> None:
    (told,) = [c for c in plan(problem(FreeSize("s0", 8)), "full", constants=(1 << 20,)) if c.left_out]
    assert told.name == "Sizes above 1,048,576, a number in the kernel's file"


def test_a_number_that_no_size_of_the_module_goes_past_is_no_gap() -> None:
    assert not [c for c in plan(problem(FreeSize("s0", 8, maximum=512)), "full", constants=(1024,)) if c.left_out]


def test_modules_that_need_two_of_each_are_tried_at_numbers_of_the_kernel_too() -> None:
    tried = plan(problem(FreeSize("s0", 8), FreeSize("s1", 8)), "full", constants=(64,))
    assert "s0=64, s1=5: the kernel's 64" in [case.name for case in tried]
    tried = plan(problem(FreeSize("s0", 8), FreeSize("s1", 8)), "full", constants=(64, 128))
    (at,) = [case for case in tried if case.name == "s0=64, s1=1: the kernel's 64"]
    assert [choice.sizes for choice in at.otherwise] == [{"s0": 64, "s1": 2}]


MULTIPLES: dict[str, tuple[int, tuple[int, ...], set[tuple[int, ...]]]] = {
    # free sizes, numbers in the kernel's file, sizes
    "two blocks of what products take at least": (1, (), {(64,)}),
    "of the largest, together less of them where two of each are too much": (
        2,
        (32, 64, 100),
        {(64, 128), (128, 5), (2, 128)},
    ),
    "of the largest that is cheap": (1, (64, 1 << 14), {(128,)}),
}


@pytest.mark.parametrize("name", MULTIPLES)
def test_whole_blocks_are_tried_several_at_once(name: str) -> None:
    count, constants, wanted = MULTIPLES[name]
    cases = plan(problem(*(FreeSize(f"s{n}", 8) for n in range(count))), "full", constants)
    assert {tuple(case.sizes.values()) for case in cases if ": multiples of" in case.name} == wanted


def test_magnitudes_reach_from_one_end_to_the_other() -> None:
    ones = torch.ones(64, 32)
    generator = torch.Generator().manual_seed(0)
    slices = of_kind(ones, "slices of every magnitude", generator)
    assert (slices == slices[:, :1]).all()
    assert slices.max() == 2.0**100 and slices.min() == 2.0**-100
    elements = of_kind(ones, "elements of many magnitudes", generator)
    assert elements.max() == 2.0**25 and len(elements.unique()) == 51


@pytest.mark.parametrize("dtype", [torch.int8, torch.int32, torch.int64])
def test_integers_go_to_the_ends_of_what_they_can_be(dtype: torch.dtype) -> None:
    few = torch.randint(-3, 4, (64, 64)).to(dtype)
    large = of_kind(few, "large integers", torch.Generator().manual_seed(0))
    limits, values = torch.iinfo(dtype), large.unique().tolist()
    end = min(limits.max, 1 << 62)
    assert values[0] == limits.min and values[-1] == limits.max
    assert end // 2 <= values[1] < end * 0.6 and end * 0.9 < values[-2] <= end
    assert torch.equal(of_kind(few, "negative integers", torch.Generator()), -1 - few)


@pytest.mark.parametrize(("fixed", "example"), [(4000, 4), (40_000, 2)])
def test_where_rows_take_seconds_cases_have_two(fixed: int, example: int) -> None:
    """A module with large weights, and so many fixed multiplications for each element of its free size."""
    heavy = replace(
        problem(FreeSize("s0", 16), state=True),
        work=f"s0*{fixed}*1024*2",
        state=(TensorSpec("weight", (2048, 1024), "float32"),),
    )
    run = [case for case in plan(heavy, "full") if not case.left_out]
    assert run[0].sizes == {"s0": example}
    assert {case.name for case in run} >= {"signed, heavy-tailed values", "other weights"}
    assert len([case for case in run if case.sizes["s0"] > example]) == 1


def test_a_kernel_whose_programs_take_blocks_in_turn_meets_more_of_them_than_programs() -> None:
    both = problem(FreeSize("s0", 64), FreeSize("s1", 32))
    (case,) = [case for case in plan(both, "full", (64, 132), persistent=True) if "times" in case.name]
    assert math.prod(-(-size // 64) for size in case.sizes.values()) > 132 and min(case.sizes.values()) < 32
    assert case.may_refuse and case.most_seconds
    one = plan(problem(FreeSize("s0", 64)), "full", (132, 1024), persistent=True)
    assert max(case.sizes["s0"] for case in one) > 132 * 1024
    assert not any("times" in case.name for case in plan(both, "full", (64, 132)))


def test_a_size_that_no_symbol_stands_for_is_tried_past_the_modules_own_numbers() -> None:
    chunks = OwnNumbers(in_file=(64,))
    tried = plan(problem(), "full", own=chunks)
    assert {case.sizes.get("x.shape[0]") for case in tried} == {None, 5, 9, 129}


def test_free_sizes_go_past_what_the_module_compares_positions_with() -> None:
    window = OwnNumbers(counted=(300,))
    (past,) = [case for case in plan(problem(FreeSize("s0", 8)), "full", own=window) if "the module's 300" in case.name]
    assert past.sizes == {"s0": 601}
    (told,) = [c for c in plan(problem(FreeSize("s0", 8)), "full", own=OwnNumbers(counted=(1 << 20,))) if c.left_out]
    assert told.name == "Sizes above 1,048,576, of the module's own numbers"


def test_what_lies_just_past_a_number_that_is_measured_comes_before_the_kernels_numbers() -> None:
    own = OwnNumbers(measured=(Measure("s0", 300, 301), Measure("s0", 1 << 20, 1 << 20)))
    cases = plan(problem(FreeSize("s0", 8)), "full", constants=(256,), own=own)
    assert [case.sizes["s0"] for case in cases if "module's 300" in case.name] == [302, 603, 301]
    names = [case.name for case in cases]
    assert names.index("s0=302: past the module's 300") < names.index("s0=513: past the kernel's 256")
    (just_past,) = [case for case in cases if case.sizes["s0"] == 302]
    assert just_past.may_refuse and just_past.only_if_accepted and just_past.most_seconds > WORTH_S
    (told,) = [case for case in cases if case.left_out]
    assert told.name == "Sizes above 1,048,576, of the module's own numbers"


def test_half_of_a_size_is_none_that_the_module_refuses() -> None:
    free = FreeSize("s0", 64, 37, None, 16)
    assert halved(free, 64) == 48
    assert halved(free, 512) == 256
    assert halved(FreeSize("s0", 8, 1, None, 16), 16) == 16
    assert halved(FreeSize("s0", 8, 1), 3) == 2
