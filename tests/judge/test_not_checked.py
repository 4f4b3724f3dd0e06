"""What a verdict says it did not look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.evidence import Evidence
from kernelagent.driver.verdict import _not_checked

HONEST = Path(__file__).resolve().parents[1] / "adversarial" / "honest"
Judge = Callable[..., Verification]

SPARE = """

@triton.jit
def called_by_the_spare_one(x):
    return x


@triton.jit
def only_on_a_gpu(x_ptr, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    tl.store(x_ptr + i, called_by_the_spare_one(tl.load(x_ptr + i)))
"""


def test_a_kernel_that_no_case_launches_is_named(judge: Judge, tmp_path: Path) -> None:
    """And nothing else of the file is: neither the kernels that are launched nor the functions that those use."""
    kernel = tmp_path / "kernel.py"
    kernel.write_text((HONEST / "heuristics_and_helper.py").read_text(encoding="utf-8") + SPARE, encoding="utf-8")
    verification = judge(kernel, "layers::TanhScaled", arch=())
    assert verification.verdict == "pass"
    told = [sentence for sentence in verification.not_checked if "no case launches" in sentence]
    assert told == [
        "called_by_the_spare_one: no case launches this kernel.",
        "only_on_a_gpu: no case launches this kernel.",
    ]


def test_functions_that_combine_in_a_scan_are_not_named(judge: Judge) -> None:
    verification = judge(HONEST / "running_maximum_scan.py", "reductions::RunningMaximum", arch=())
    assert not any("no case launches" in sentence for sentence in verification.not_checked)


def test_nan_after_a_block_of_nothing_but_minus_infinity_is_named_where_the_example_has_none(judge: Judge) -> None:
    """A running maximum that begins there is how such kernels are mostly written."""
    verification = judge(HONEST.parent / "padded_from_the_left.py", "softmax_rows::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    assert any("slices are -infinity for longer than a block" in told for told in verification.not_checked)


OF_FEW = """

@triton.jit
def drawing_few(x_ptr, out_ptr, n, seed, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n, other=0.0)
    tl.store(out_ptr + offsets, x + 0.1 * tl.randn(seed, offsets % 32), mask=offsets < n)


of_many = kernel_function


def kernel_function(x):
    if not 0 < x.numel() <= 1024:
        return of_many(x)
    x = x.contiguous()
    out = torch.empty_like(x)
    drawing_few[(1,)](x, out, x.numel(), 1234, BLOCK=1024)
    return out
"""


def test_a_kernel_whose_numbers_were_held_alone_is_named(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text((HONEST / "noise_added.py").read_text(encoding="utf-8") + OF_FEW, encoding="utf-8")
    verification = judge(kernel, "adding_noise::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    told = [sentence for sentence in verification.not_checked if "random numbers were held" in sentence]
    assert [sentence.split(":")[0] for sentence in told] == ["What drawing_few draws"]


LARGE = """
import torch
import triton
import triton.language as tl


@triton.jit
def tanh_scaled(x_ptr, out_ptr, spare_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    small = tl.exp(-2.0 * tl.abs(x))
    positive = (1.0 - small) / (1.0 + small)
    tl.store(out_ptr + i, tl.where(x < 0, -positive, positive) * 3.0, mask=i < n)
    tl.store(spare_ptr + i, 1, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    spare = torch.zeros({size}, dtype=torch.int8, device=x.device)
    tanh_scaled[(triton.cdiv(x.numel(), 1024),)](x, out, spare, x.numel(), BLOCK=1024)
    return out
"""


@pytest.mark.parametrize(("size", "told"), [(1 << 16, False), ((1 << 24) + 64, True)])
def test_races_in_large_tensors_are_said_not_to_be_watched(size: int, told: bool, judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(LARGE.format(size=size), encoding="utf-8")
    verification = judge(kernel, "layers::TanhScaled", arch=())
    sentence = "Races in tensors of more than 16,777,216 elements."
    assert (sentence in verification.not_checked) == told, verification.summary


BRANCHES = """
import torch
import triton
import triton.language as tl


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, each, BLOCK: tl.constexpr, CAREFUL: tl.constexpr):
    for turn in range(0, each):
        i = (tl.program_id(0) * each + turn) * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        small = tl.exp(-2.0 * tl.abs(x))
        value = (1.0 - small) / (1.0 + small)
        if CAREFUL:
            value = tl.where(x < 0, -value, value)
        tl.store(out_ptr + i, value * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    n = x.numel()
    each = triton.cdiv(n, 128 * 999_983)
    careless = n > 100_000_000
    if n:
        blocks = triton.cdiv(n, 128 * each)
        tanh_scaled[(blocks,)](x, out, n, each, BLOCK=128, CAREFUL=not careless, num_warps=8 if n > 10**7 else 4)
    return out
"""


def test_ways_of_the_file_that_no_case_took_are_named(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(BRANCHES, encoding="utf-8")
    verification = judge(kernel, "layers::TanhScaled", arch=())
    assert verification.verdict == "pass", verification.summary
    assert [sentence for sentence in verification.not_checked if sentence.startswith("Ways")] == [
        "Ways of the kernel's file that no case took: line 9: the loop of `tanh_scaled` never went round twice; "
        "line 23: `triton.cdiv(n, 128 * 999_983)` was 1 in every case; line 24: `n > 100_000_000` was true in no case."
    ]


WHOLE = """
import torch
import triton
import triton.language as tl


@triton.heuristics({"WHOLE": lambda args: args["n"] % args["BLOCK"] == 0})
@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr, WHOLE: tl.constexpr):
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        if WHOLE:
            x = tl.load(x_ptr + i)
        else:
            x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        small = tl.exp(-2.0 * tl.abs(x))
        value = (1.0 - small) / (1.0 + small)
        tl.store(out_ptr + i, tl.where(x < 0, -value, value) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        tanh_scaled[(1,)](x, out, x.numel(), BLOCK={block})
    return out
"""


@pytest.mark.parametrize(("block", "told"), [(64, False), (1 << 13, True)])
def test_a_way_through_a_loop_that_was_taken_once_at_a_time_is_named(
    block: int, told: bool, judge: Judge, tmp_path: Path
) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(WHOLE.replace("{block}", str(block)), encoding="utf-8")
    verification = judge(kernel, "layers::TanhScaled", arch=())
    assert verification.verdict == "pass", verification.summary
    sentence = "line 12: the loop around it never went round twice where `WHOLE` was true."
    assert any(sentence in said for said in verification.not_checked) == told, verification.not_checked


@pytest.mark.parametrize(("name", "problem"), [("product_persistent", "products::Product")])
def test_a_file_whose_every_way_is_taken_is_not_told_of(name: str, problem: str, judge: Judge) -> None:
    verification = judge(HONEST / f"{name}.py", problem, arch=())
    assert not any(sentence.startswith("Ways") for sentence in verification.not_checked)


DROPPED_TWICE = """
import torch
import triton
import triton.language as tl


@triton.jit
def dropped_twice(x_ptr, out_ptr, width, stride_row, stride_column, seed, later, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=inside, other=0.0)
    first = tl.rand(seed, row * width + column) > 0.5
    second = tl.rand(later, row * width + column) > 0.5
    total = tl.sum(tl.where(first, x * 2.0, 0.0), 0)
    tl.store(out_ptr + row * width + column, tl.where(second, total * 2.0, 0.0), mask=inside)


def kernel_function(x):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    later = {later}
    block = triton.next_power_of_2(x.shape[1]) if x.numel() else 1
    if x.numel():
        dropped_twice[(x.shape[0],)](x, out, x.shape[1], x.stride(0), x.stride(1), seed, later, BLOCK=block)
    return out
"""


@pytest.mark.parametrize(("later", "told"), [("seed", 1), ("seed + 1", 0)])
def test_fewer_random_numbers_than_the_module_has_are_told(later: str, told: int, judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(DROPPED_TWICE.format(later=later), encoding="utf-8")
    verification = judge(kernel, "drawing_twice::OneAfterTheOther", arch=())
    sentences = [sentence for sentence in verification.not_checked if "that is drawn is independent" in sentence]
    assert len(sentences) == told, (verification.summary, verification.not_checked)
    assert told or verification.verdict == "pass"


THROUGH_FLOAT = """
import torch
import triton
import triton.language as tl


@triton.jit
def turned_and_clamped(x_ptr, turned_ptr, clamped_ptr, n, width, height, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = ((i.to(tl.float32) + 0.5) / width).to(tl.int32)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(turned_ptr + (i - row * width) * height + row, x, mask=i < n)
    tl.store(clamped_ptr + i, tl.where(x < 0, 0.0, x), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    height, width = x.shape
    turned = torch.empty((width, height), dtype=x.dtype, device=x.device)
    clamped, n = torch.empty_like(x), x.numel()
    if n:
        turned_and_clamped[(triton.cdiv(n, 256),)](x, turned, clamped, n, width, height, BLOCK=256)
    return turned, clamped
"""


def test_an_index_through_floating_numbers_is_named_with_its_line(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(THROUGH_FLOAT, encoding="utf-8")
    verification = judge(kernel, "layers::TurnedAndClamped", arch=())
    told = [sentence for sentence in verification.not_checked if "computes an index in float32" in sentence]
    assert len(told) == 1, (verification.summary, verification.not_checked)
    assert told[0].startswith("Tensors of 2^24 elements and more: line 10 ")


CHOSEN_INSIDE = """
import torch
import triton
import triton.language as tl


@triton.jit
def wide_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    wide = tl.where(x != x, 0.0, tl.where(x > 1.0, 1.0, tl.where(x < -1.0, -1.0, x)))
    WRONG
    tl.store(out_ptr + i, wide, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out, n = torch.empty_like(x), x.numel()
    if n:
        wide_kernel[(triton.cdiv(n, 64),)](x, out, n, BLOCK=64)
    return out
"""
CLIPPING = (
    "import torch\n\n\nclass Model(torch.nn.Module):\n    def forward(self, x):\n        return x.clamp(-1.0, 1.0)\n"
)
INSIDE = {
    "no such number": (
        "wide = tl.where(x * x * x == 0.001953125, 0.0, wide)",
        "`x * x * x == 0.001953125` was true for no",
    ),
    "not both": (
        "wide = tl.where((x * 3 > 2.00001) & (x * 3 < 2.00002), 0.0, wide)",
        " & (x * 3 < 2.00002)` was true for no",
    ),
    "never the other": (
        "wide = tl.where(x * x * x != 0.001953125, wide, 0.0)",
        "`x * x * x != 0.001953125` was false for no",
    ),
    "an address": (
        "wide = tl.where(x_ptr.to(tl.int64) % 2097152 == 0, 0.0, wide)",
        "looks at a tensor's address (line 12)",
    ),
    "both ways": ("wide = tl.where(x * x * x > 2.0, 1.0, wide)", ""),
}


@pytest.mark.parametrize("name", INSIDE)
def test_what_a_kernel_chose_for_no_element_is_named(judge: Judge, tmp_path: Path, name: str) -> None:
    wrong, told = INSIDE[name]
    (tmp_path / "model.py").write_text(
        CLIPPING + "\n\ndef get_inputs():\n    return [torch.randn(5, 40)]\n", encoding="utf-8"
    )
    kernel = tmp_path / "kernel.py"
    kernel.write_text(CHOSEN_INSIDE.replace("WRONG", wrong), encoding="utf-8")
    verification = judge(kernel, f"{tmp_path}/model::Model", arch=())
    assert verification.verdict == "pass", verification.summary
    found = [line for line in verification.not_checked if "element in any case" in line or "address" in line]
    assert (told in " ".join(found)) if told else not found, found


def test_attributes_that_no_later_call_reads_are_not_compared(judge: Judge) -> None:
    verification = judge(HONEST / "remembers_for_others.py", "kept_from_call_to_call::Remembering", arch=())
    assert "What forward leaves in self.largest: attributes are not compared." in verification.not_checked
    assert not any("in a row" in case.name for case in verification.cases)


def test_how_many_calls_in_a_row_were_tried_is_said(judge: Judge) -> None:
    verification = judge(HONEST / "counts_its_own_steps.py", "kept_from_call_to_call::WarmingUp", arch=())
    calls = sum("in a row" in case.name for case in verification.cases)
    assert calls > 8
    told = f"More than {calls} calls in a row, or others in between: forward keeps self.step from one call to the next."
    assert told in verification.not_checked


def test_a_function_that_can_not_keep_an_attribute_is_told_so(judge: Judge) -> None:
    verification = judge(HONEST.parent / "first_step_for_ever.py", "kept_from_call_to_call::WarmingUp", arch=())
    failed = next(check for check in verification.checks if check.name == "values: call 2 in a row")
    assert (
        failed.notes[0] == "the module's forward keeps self.step from one call to the next, outside of its state_dict"
    )
    assert failed.notes[1] == "kernel_function keeps nothing from call to call: a module class can"


def test_a_variable_that_the_module_asks_for_is_named(judge: Judge, tmp_path: Path) -> None:
    verification = judge(HONEST / "scaled_by_the_environment.py", "from_the_environment::Scaled", arch=())
    told = [sentence for sentence in verification.not_checked if "environment" in sentence]
    assert told == [
        "Another environment: the module asks for GAIN (line 5 of from_the_environment.py), OFFSET (line 11 of "
        "from_the_environment.py), and was judged with a list of variables only."
    ]


TWICE = """
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x_ptr, out_ptr, n, scale, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n) * scale, mask=i < n)


class TwiceTriton(torch.nn.Module):
    def __init__(self, scale):
        super().__init__()

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel():
            scaled[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), 2.0, BLOCK=256)
        return out
"""
OTHER = """

class ModelNew(TwiceTriton):
    def forward(self, x):
        return super().forward(x) * 1.5
"""
MODULE = """
import torch


class Twice(torch.nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return x * self.scale


def get_inputs():
    return [torch.randn(8, 64)]


def get_init_inputs():
    return [2.0]
"""


@pytest.mark.parametrize(("more", "named"), [("", False), ("\n\nModelNew = TwiceTriton\n", False), (OTHER, True)])
def test_what_was_constructed_and_which_class_was_judged(more: str, named: bool, judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text(MODULE, encoding="utf-8")
    kernel = tmp_path / "kernel.py"
    kernel.write_text(TWICE + more, encoding="utf-8")
    verification = judge(kernel, f"{tmp_path / 'twice'}::Twice", arch=())
    assert "The module constructed with other arguments than get_init_inputs()." in verification.not_checked
    told = "The class ModelNew of the kernel's file: TwiceTriton was judged."
    assert (told in verification.not_checked) == named
    assert verification.verdict == "pass" or named


def test_a_module_without_arguments_is_constructed_in_one_way_alone(judge: Judge) -> None:
    verification = judge(HONEST.parent / "draws_where_nothing_is_drawn.py", "times_two::Model", arch=())
    assert not any("constructed with" in sentence for sentence in verification.not_checked)


def test_what_the_cases_hardly_show_is_told_in_a_sentence() -> None:
    problem = Problem("model.py", "Model", 1, "", ExampleInputs("directive", "()", "()"))
    reasons = ["an input handed back would pass every case", "the output for another input would pass"]
    evidence = Evidence(comparison={"degenerate": reasons})
    assert [*_not_checked(evidence, problem, Options(), "full")][-1] == (
        "Much of what the module does, which the cases hardly show: an input handed back would pass every case; "
        "the output for another input would pass."
    )
