"""Which candidate values pass beside which results of PyTorch and of float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from kernelagent.worker.judge.compare_tensor import compare
from kernelagent.worker.judge.likely_cause import likely_cause
from kernelagent.worker.judge.planted import Planted
from kernelagent.worker.judge.yardstick import Beside

GENERATOR = torch.Generator().manual_seed(0)
EXACT = torch.randn(4096, generator=GENERATOR, dtype=torch.float64)
FLOAT = EXACT.float()
SMALL, LARGE = EXACT * 1e-6, EXACT * 1e4
OFFSET = EXACT * 1e-3 + 1000.0

Change = Callable[[torch.Tensor], torch.Tensor]
same: Change = lambda t: t.clone()  # noqa: E731


def relative(size: float) -> Change:
    return lambda t: t * (1 + size * torch.randn(t.shape, generator=GENERATOR))


def with_one(value: float) -> Change:
    def change(t: torch.Tensor) -> torch.Tensor:
        out = t.clone()
        out[7] = value
        return out

    return change


PASS: dict[str, tuple[torch.Tensor, torch.dtype, Change]] = {
    "equal": (EXACT, torch.float32, same),
    "two units in the last place": (EXACT, torch.float32, relative(2e-7)),
    "large values": (LARGE, torch.float32, relative(1e-7)),
    "small values": (SMALL, torch.float32, relative(1e-7)),
    "half, one rounding": (EXACT, torch.float16, lambda t: EXACT.float().half()),
    "bfloat16, rounded otherwise": (EXACT, torch.bfloat16, lambda t: (EXACT * (1 + 2e-3)).bfloat16()),
    "double, reordered": (EXACT, torch.float64, lambda t: t * (1 + 1e-15)),
    "integers": (torch.arange(50), torch.int64, same),
    "NaN where NaN is due": (torch.tensor([1.0, float("nan")], dtype=torch.float64), torch.float32, same),
    "infinity where it is due": (torch.tensor([1.0, float("inf")], dtype=torch.float64), torch.float32, same),
    "nothing": (torch.empty(0, dtype=torch.float64), torch.float32, same),
}
FAIL: dict[str, tuple[torch.Tensor, torch.dtype, Change]] = {
    "zeros for small values": (SMALL, torch.float32, torch.zeros_like),
    "the mean of nearly equal values": (OFFSET, torch.float32, lambda t: torch.full_like(t, float(t.mean()))),
    "one wrong element": (EXACT, torch.float32, with_one(9.0)),
    "one NaN": (EXACT, torch.float32, with_one(float("nan"))),
    "one infinity": (EXACT, torch.float32, with_one(float("inf"))),
    "TF32's error": (EXACT, torch.float32, relative(3e-4)),
    "half precision's error": (EXACT, torch.float32, lambda t: t.half().float()),
    "float32's error in double": (EXACT, torch.float64, lambda t: t.float().double()),
    "accumulated in bfloat16": (EXACT, torch.bfloat16, relative(8e-3)),
    "off by one": (torch.arange(50), torch.int64, lambda t: t + 1),
    "a byte that is no bool": (
        torch.ones(4, dtype=torch.bool),
        torch.bool,
        lambda t: torch.full((4,), 255, dtype=torch.uint8).view(torch.bool),
    ),
}


def judged(exact: torch.Tensor, dtype: torch.dtype, change: Change) -> str:
    native = exact.to(dtype)
    return compare(change(native).to(dtype), native, exact if exact.is_floating_point() else None).reason


@pytest.mark.parametrize("name", PASS)
def test_passes(name: str) -> None:
    assert judged(*PASS[name]) == ""


@pytest.mark.parametrize("name", FAIL)
def test_fails(name: str) -> None:
    assert judged(*FAIL[name]) != ""


def test_following_pytorchs_own_rounding_is_right() -> None:
    """A comparison that rounding turns: the kernel that gives what PyTorch gives is not wrong."""
    exact = torch.where(torch.arange(64) == 5, 0.0, 1.0).double()
    native = torch.ones(64)
    assert compare(native.clone(), native, exact).reason == ""


def test_between_two_right_answers_is_wrong() -> None:
    """Where rounding turns a comparison both sides are right, and nothing between them is."""
    exact = torch.where(torch.arange(64) == 5, 0.0, 1.0).double()
    native = torch.ones(64)
    known = Beside(moved=torch.zeros(64, dtype=torch.float64))
    both_sides = [compare(native.clone(), native, exact, known), compare(exact.float(), native, exact, known)]
    assert [c.reason for c in both_sides] == ["", ""] and both_sides[0].jumps == 1
    assert compare(torch.where(torch.arange(64) == 5, 0.5, native), native, exact, known).reason == "is wrong"


def test_a_jump_hides_no_error_elsewhere() -> None:
    """PyTorch's error at a jump is as large as the result: it must not be the yardstick for the other elements."""
    exact = EXACT.clone()
    native = exact.float()
    native[7] += 3.0
    candidate = native * (1 + 3e-4 * torch.randn(4096, generator=GENERATOR))
    candidate[7] = native[7]
    known = Beside(moved=exact.abs() * 1e-7)
    assert compare(native.clone(), native, exact, known).reason == ""
    assert "less exact" in compare(candidate, native, exact, known).reason


def test_one_ill_conditioned_row_hides_no_other() -> None:
    moved = torch.full((64, 64), 1e-7, dtype=torch.float64)
    moved[0] = 0.01
    exact = EXACT.reshape(64, 64)
    native = exact.float()
    native[0] += 0.005 * torch.randn(64, generator=GENERATOR)
    known = Beside(moved=moved)
    honest = exact.float()
    honest[0] += 0.005 * torch.randn(64, generator=GENERATOR)
    judged = compare(honest, native, exact, known)
    assert judged.reason == "" and judged.loose == 64
    honest[1] *= 1.0005
    assert "less exact" in compare(honest, native, exact, known).reason
    honest[1] += 0.01
    assert compare(honest, native, exact, known).reason == "is wrong"


def test_small_rows_are_judged_as_closely_as_large_ones() -> None:
    exact = EXACT.reshape(64, 64) * torch.logspace(-3, 3, 64, dtype=torch.float64)[:, None]
    native = exact.float()
    candidate = native.clone()
    candidate[0] *= 1 + 3e-4 * torch.randn(64, generator=GENERATOR)
    assert "less exact" in compare(candidate, native, exact).reason


OVERFLOW = torch.tensor([1.0, 300.0, -2.0, 4.0], dtype=torch.float64)
OVERFLOWED = torch.tensor([1.0, float("inf"), -2.0, 4.0], dtype=torch.float16)
OVERFLOWS: dict[str, tuple[float, bool]] = {
    "as PyTorch": (float("inf"), True),
    "as float64": (300.0, True),
    "the other infinity": (-float("inf"), False),
    "NaN": (float("nan"), False),
    "something else": (20.0, False),
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_where_pytorch_overflows_both_results_are_right_and_it_is_said(name: str) -> None:
    value, passes = OVERFLOWS[name]
    candidate = OVERFLOW.half()
    candidate[1] = value
    judged = compare(candidate, OVERFLOWED, OVERFLOW)
    assert (judged.reason == "") == passes
    assert judged.jumps == 1


def test_infinity_is_due_where_the_dtype_cannot_hold_the_result() -> None:
    exact = torch.tensor([1.0, 70000.0], dtype=torch.float64)
    native = exact.half()
    assert compare(native.clone(), native, exact).reason == ""
    assert compare(torch.tensor([1.0, 65504.0]).half(), native, exact).reason == "is wrong"


NAN, INF = float("nan"), float("inf")
PLANTED: dict[str, tuple[str, float, float, float, float, bool]] = {
    # kind, PyTorch's result, without what was planted, with an infinity for NaN, the candidate's, right
    "NaN kept": ("nan", NAN, 2.0, INF, NAN, True),
    "a maximum that passes over NaN": ("nan", NAN, 2.0, 1.5, 1.5, True),
    "a product that is left out": ("nan", NAN, 2.0, INF, 2.0, True),
    "a rectifier's comparison with NaN": ("nan", NAN, 2.0, INF, 0.0, True),
    "a number that nothing explains": ("nan", NAN, 2.0, INF, 7.0, False),
    "another element's NaN": ("nan", 2.0, 2.0, 2.0, NAN, True),
    "a wrong number beside NaN": ("nan", 2.0, 2.0, 2.0, 3.0, False),
    "a saturated activation": ("infinity", 1.0, 0.5, 1.0, 1.0, True),
    "NaN from a saturated activation": ("infinity", 1.0, 0.5, 1.0, NAN, False),
    "NaN for an infinity": ("infinity", INF, 0.5, INF, NAN, True),
    "the wrong infinity": ("infinity", INF, 0.5, INF, -INF, False),
    "a finite value for an infinity": ("infinity", INF, 0.5, INF, 3.0, False),
    "nothing is defined": ("infinity", NAN, 0.5, NAN, 3.0, True),
}


@pytest.mark.parametrize("name", PLANTED)
def test_inputs_with_nan_and_infinities(name: str) -> None:
    kind, due, clean, read, given, passes = PLANTED[name]
    ones = torch.ones(4)

    def put(value: float) -> torch.Tensor:
        return torch.cat([ones, torch.tensor([value])])

    beside = Beside(planted=Planted(kind, put(clean), taken_as=(put(read),)))
    judged = compare(put(given), put(due), put(due).double(), beside)
    assert (judged.reason == "") == passes
    same = given == due or (math.isnan(given) and math.isnan(due))
    assert bool(judged.notes) == (passes and not same)


def test_a_row_that_nan_reorders_is_left_whole() -> None:
    clean = torch.linspace(1.0, 2.0, 8).repeat(2, 1)
    due, given = clean.clone(), clean.clone()
    due[0] = torch.cat([clean[0, 1:], torch.tensor([NAN])])
    given[0] = due[0]
    given[:, :2] = given[:, :2] * 1.0005  # near enough for the fixed tolerance, and not for the yardstick
    least = due.clone()
    least[0] = torch.cat([torch.tensor([-INF]), clean[0, 1:]])  # the same row with NaN for the least
    planted = Planted("nan", clean, ordered=(least,))
    ordered = Planted("nan", clean[:1], ordered=(least[:1],))
    assert compare(given[:1], due[:1], due[:1].double(), Beside(planted=ordered)).reason == ""
    assert "less exact" in compare(given, due, due.double(), Beside(planted=planted)).reason
    in_no_order = Planted("nan", clean[:1], ordered=(due[:1],))
    assert "less exact" in compare(given[:1], due[:1], due[:1].double(), Beside(planted=in_no_order)).reason


def test_where_the_module_asks_for_nan_no_number_stands_for_it() -> None:
    due, clean = torch.tensor([NAN, 0.0, 1.0]), torch.tensor([2.0, 3.0, 1.0])
    for given, passes in (([0.0, 0.0, 1.0], False), ([INF, 0.0, 1.0], False), ([NAN, 0.0, 1.0], True)):
        asks = Planted("slices of nan", clean, asks=True)
        assert (compare(torch.tensor(given), due, due.double(), Beside(planted=asks)).reason == "") == passes
        judged = compare(torch.tensor(given), due, due.double(), Beside(planted=replace(asks, asks=False)))
        assert judged.reason == ""


GRID = torch.randn(16, 16, generator=GENERATOR)
CAUSES: dict[str, tuple[Change, torch.Tensor, str]] = {
    "tail": (lambda t: torch.cat([t[:60], torch.zeros(4)]), torch.arange(1.0, 65.0), "at the end"),
    "columns": (lambda t: torch.cat([t[:, :12], t[:, 12:] * 0], 1), GRID.abs() + 1, "from column 12 on"),
    "transposed": (lambda t: t.t().contiguous(), GRID, "transpose"),
    "scaled": (lambda t: t * 0.5, GRID, "times 0.5"),
    "shifted": (lambda t: t + 2, GRID, "plus 2"),
    "zeros": (torch.zeros_like, GRID, "all zeros"),
    "constant": (lambda t: torch.full_like(t, 3.0), GRID, "one constant"),
    "unwritten": (lambda t: torch.full_like(t, float("nan")), GRID, "never written"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_likely_cause_is_named(name: str) -> None:
    change, expected, wanted = CAUSES[name]
    got = change(expected)
    assert wanted in likely_cause(got, expected, ~torch.isclose(got, expected))


def test_denormals_taken_for_zero_are_no_error_of_rounding() -> None:
    """``floor(-1e-40)`` is -1, and 0 where denormals are flushed: both are right."""
    right = torch.tensor([-1.0, 2.0, -3.0, 0.0, 1.0, -1.0])
    flushed = torch.tensor([0.0, 2.0, -3.0, 0.0, 1.0, -1.0])
    beside = Beside(moved=torch.zeros(6, dtype=torch.float64), also_right=(flushed.double(),))
    assert not compare(flushed, right, right.double(), beside).reason
    assert compare(flushed, right, right.double(), replace(beside, also_right=())).reason
    wrong = torch.tensor([0.0, 2.0, -3.0, 0.0, 1.0, 0.0])
    assert compare(wrong, right, right.double(), beside).reason


def test_rounding_alone() -> None:
    """What a batch norm has centred has a mean of nothing: PyTorch gives some 1e-9, and so does a sound kernel."""
    t = 1e-17 * EXACT
    r = (t + 1e-9 * torch.randn(t.shape, generator=GENERATOR)).float()
    noise = torch.randn(t.shape, generator=GENERATOR)
    sound = compare((t + 3e-9 * noise).float(), r, t, Beside(moved=torch.full_like(t, 1e-18)))
    assert sound.reason == ""
    assert sound.notes[0].startswith(
        "is rounding alone: PyTorch's own result is off by 1e-09 where the true one is 1e-17"
    )
    one = compare(with_one(1e-6)(r), r, t)
    assert one.reason == "is wrong" and one.bad is not None and one.bad.nonzero().tolist() == [[7]]
    for wrong in (2e-8 * noise, r + 1e-7, torch.full_like(r, float("nan")), 3e-9 * noise + 1.0):
        found = compare(wrong.float(), r, t)
        assert found.reason and found.bad is not None and bool(found.bad.any())


@pytest.mark.parametrize(
    ("r", "t"),
    [
        (1e-9 * FLOAT[:8], 1e-17 * EXACT[:8]),  # few elements
        (torch.ones(64), torch.zeros(64, dtype=torch.float64)),  # a comparison that rounding turns
        (1e-9 * FLOAT, 2e-9 * EXACT),  # it has a digit
    ],
)
def test_not_rounding_alone(r: torch.Tensor, t: torch.Tensor) -> None:
    assert compare(2 * r + 1e-9, r, t, Beside(moved=torch.full_like(t, 1e-20))).reason
