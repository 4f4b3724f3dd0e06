"""What the error of a sum or a product is held against, and which class of precision it shows.

Each candidate computes the module in another way, on the CPU; the module is run as the judge runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy
import pytest
import torch
from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.judge.compare_tensor import Comparison, compare
from kernelagent.worker.judge.simulated import SerialSums, round_to
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem import Specimen

Tensors = tuple[torch.Tensor, ...]
Compute = Callable[..., torch.Tensor]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in the judge's processes: the tensors are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Module(torch.nn.Module):
    def __init__(self, compute: Compute) -> None:
        super().__init__()
        self._compute = compute

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self._compute(*inputs)


def judged(reference: Compute, candidate: Compute, inputs: Tensors) -> Comparison:
    model, specimen = Module(reference), Specimen(inputs, {}, tuple("abc"[: len(inputs)]))
    native = reference_run.run(model, specimen)
    exact = reference_run.run_float64(model, specimen)
    found = beside_run.run(model, specimen, exact, 0.0)
    return compare(candidate(*inputs), native.outputs, exact.outputs, beside_run.beside("outputs", found, {}))


def made(*shape: int, dtype: torch.dtype = torch.float32, positive: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    drawn = torch.rand if positive else torch.randn
    return drawn(shape, generator=generator).to(dtype)


def row_sums(x: torch.Tensor) -> torch.Tensor:
    return x.sum(-1)


def one_by_one(x: torch.Tensor) -> torch.Tensor:
    """Each row added up term after term in float32, as a loop with a scalar accumulator does."""
    partial_sums = numpy.add.accumulate(x.float().numpy(), axis=-1, dtype=numpy.float32)
    return torch.from_numpy(partial_sums[..., -1].copy()).to(x.dtype)


def in_blocks(width: int, accumulator: torch.dtype) -> Compute:
    """A vector of accumulators of one dtype, added up at the end in float32."""

    def compute(x: torch.Tensor) -> torch.Tensor:
        total = torch.zeros((*x.shape[:-1], width), dtype=accumulator)
        for start in range(0, x.shape[-1], width):
            total = (total.float() + x[..., start : start + width].float()).to(accumulator)
        return total.float().sum(-1).to(x.dtype)

    return compute


LONG = {True: made(2, 1 << 20, positive=True), False: made(2, 1 << 20)}


@pytest.mark.parametrize("positive", [True, False])
def test_a_long_sum_may_be_added_term_by_term(positive: bool) -> None:
    assert judged(row_sums, one_by_one, (LONG[positive],)).reason == ""
    assert judged(row_sums, in_blocks(1024, torch.float32), (LONG[positive],)).reason == ""


@pytest.mark.parametrize("accumulator", [torch.float16, torch.bfloat16])
def test_a_long_sum_may_not_be_added_in_16_bits(accumulator: torch.dtype) -> None:
    """Over values of one sign roundings in many lanes cancel each other, over both signs they don't: the judge tries
    both."""
    for_both = [judged(row_sums, in_blocks(1024, accumulator), (LONG[p][:, : 1 << 14],)) for p in (True, False)]
    assert any(found.reason for found in for_both)


def test_a_long_sum_may_not_be_worse_than_term_by_term() -> None:
    """Ten times the error of a loop in float32 is another algorithm's, or another precision's."""
    x = LONG[False]
    exact = x.double().sum(-1)
    error = one_by_one(x).double() - exact
    assert judged(row_sums, lambda x: (exact + 30 * error).float(), (x,)).reason != ""


def test_a_short_sum_is_allowed_less() -> None:
    """The bound knows the length: what a million terms may miss, a hundred may not."""
    for length, passes in ((1 << 20, True), (128, False)):
        x = LONG[True][:, :length]
        off = x.double().sum(-1) * (1 + 1e-5)
        assert (judged(row_sums, lambda _, off=off: off.float(), (x,)).reason == "") == passes


def linear(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return x @ w


def with_operands(name: str) -> Compute:
    change = round_to(name)
    return lambda x, w: (change(x).double() @ change(w).double()).float()


def tf32x3(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Three products of the operands' leading and following digits."""
    change = round_to("tf32")
    xs, ws = (change(x), change(x - change(x))), (change(w), change(w - change(w)))
    return (xs[0].double() @ ws[0].double() + xs[0].double() @ ws[1].double() + xs[1].double() @ ws[0].double()).float()


CLASSES: dict[str, tuple[Compute, str]] = {
    "float32": (linear, "fp32"),
    "float32 in another order": (lambda x, w: x.flip(1) @ w.flip(0), "fp32"),
    "tf32x3": (tf32x3, "fp32"),
    "tf32": (with_operands("tf32"), "tf32"),
    "fp16 operands": (with_operands("fp16"), "tf32"),  # as many digits
    "bf16": (with_operands("bf16"), "bf16"),
    "rounded to fp16": (lambda x, w: (x @ w).half().float(), "fp16"),
    "rounded to bf16": (lambda x, w: (x @ w).bfloat16().float(), "bf16"),
    "wrong": (lambda x, w: (x @ w) * 1.0 + 0.05 * torch.ones(32, 24), ""),
}


@pytest.mark.parametrize("length", [16, 1024])
@pytest.mark.parametrize("name", CLASSES)
def test_the_class_is_read_off_the_error(name: str, length: int) -> None:
    candidate, wanted = CLASSES[name]
    found = judged(linear, candidate, (made(32, length), made(length, 24)))
    if wanted == "fp32":
        assert (found.reason, found.precision, found.telling) == ("", "fp32", True)
    else:
        assert found.reason != ""
        assert found.precision in (wanted, "")  # where the fixed tolerance failed first there is none


def test_an_exact_kernel_is_not_held_against_a_tf32_reference() -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        found = judged(linear, lambda x, w: (x.double() @ w.double()).float(), (made(32, 256), made(256, 24)))
        assert found.reason == "" and found.eager_max_abs_err is not None and found.eager_max_abs_err < 1e-4
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


HALF = (torch.float16, torch.bfloat16)
HONEST_HALF: dict[str, tuple[Compute, Compute]] = {
    "rounded once": (torch.nn.functional.gelu, lambda x: torch.nn.functional.gelu(x.float()).to(x.dtype)),
    "every step rounded, as PyTorch": (
        lambda x: torch.tanh(x * 1.3 + 0.2) * x,
        lambda x: torch.tanh(x * 1.3 + 0.2) * x,
    ),
    "one rounding where PyTorch has many": (
        lambda x: torch.tanh(x * 1.3 + 0.2) * x,
        lambda x: (torch.tanh(x.float() * 1.3 + 0.2) * x.float()).to(x.dtype),
    ),
    "a sum in float32": (row_sums, one_by_one),
}


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", HONEST_HALF)
def test_honest_16_bit_kernels_pass(name: str, dtype: torch.dtype) -> None:
    reference, candidate = HONEST_HALF[name]
    assert judged(reference, candidate, (made(64, 256, dtype=dtype),)).reason == ""


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("width", [1, 16, 32])
def test_a_16_bit_accumulator_is_seen(width: int, dtype: torch.dtype) -> None:
    x = made(64, 1024, dtype=dtype)
    assert judged(row_sums, in_blocks(width, dtype), (x,)).reason != ""


@pytest.mark.parametrize("length", [8_000, 64_001])
def test_one_term_after_the_other_may_add_up_the_same_rounding(length: int) -> None:
    """Equal terms round alike, so that errors grow as their number, not as its root; of a short sum in place of it
    nothing is excused."""
    x = made(16, 1) + torch.where(torch.rand(1, length) < 0.1, 1.0, 0.0)
    assert judged(row_sums, one_by_one, (x,)).reason == ""
    assert judged(row_sums, lambda x: one_by_one(x) * (1 + 2e-3), (x,)).reason != ""


def test_a_mean_that_is_a_little_off_shows_in_the_variance_of_equal_values() -> None:
    """PyTorch's running update gives 0; the plain two passes give the square of the mean's rounding error."""
    x = torch.full((37, 5), 1.7, dtype=torch.float64)
    with SerialSums(seed=1):  # type: ignore[no-untyped-call]
        var, std = x.var(0), x.std(0)
    rounding = 1.7 * 2.0**-24
    assert (var > 0).all() and (var < (37 * rounding) ** 2).all()
    assert (std > 0).all() and (std < 37 * rounding).all()


@pytest.mark.parametrize(("count", "passes"), [(1, True), (4096, False)])
def test_few_elements_are_held_against_the_largest_error(count: int, passes: bool) -> None:
    exact = torch.full((count,), 1.5, dtype=torch.float64)
    native = exact.float()
    for units in range(2, 5):  # PyTorch's own is 0: 2.3 units are allowed in the mean of many, 6 and more once
        given = native + units * 1.5 * torch.finfo(torch.float32).eps
        assert (compare(given, native, exact).reason == "") == (passes or units <= 2), units


EPS: dict[str, tuple[Compute, Compute, bool]] = {
    # module, candidate with an eps ten times too small, whether TF32 may explain it
    "no product": (
        lambda x: torch.nn.functional.group_norm(x, 2, eps=1e-5),
        lambda x: torch.nn.functional.group_norm(x, 2, eps=1e-6),
        False,
    ),
    "a product": (
        lambda x: torch.nn.functional.group_norm(x, 2, eps=1e-5) @ torch.eye(8),
        lambda x: torch.nn.functional.group_norm(x, 2, eps=1e-6) @ torch.eye(8),
        True,
    ),
}


@pytest.mark.parametrize("name", EPS)
def test_tf32_is_no_explanation_where_there_is_no_product(name: str) -> None:
    module, candidate, explained = EPS[name]
    comparison = judged(module, candidate, (0.1 * made(4, 4, 8),))
    assert "less exact" in comparison.reason
    assert ("tf32 operands" in comparison.reason) == explained


def test_an_error_of_nothing_is_within_limits_that_are_infinite() -> None:
    """Where the truth is 0 and its serial sum is not, a limit in units is infinite; both are."""
    zero = torch.zeros(4)
    beside = Beside(serial=torch.full((4,), 1e-8, dtype=torch.float64))
    outcome = compare(zero, zero, zero.double(), beside)
    assert outcome.reason == ""
    assert outcome.precision == "fp32"
