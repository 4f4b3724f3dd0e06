"""Verdicts as values: what is reported, what is refused, what is said not to have been checked."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.events import CheckFinished, StageProgress
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.isolation import Wanted
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, ConstantModel, KernelAgentError, ModelRaised, NotAKernelFile, RandomModel
from kernelagent.worker.aot.precision import products

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"
SOFTMAX = ADVERSARIAL / "honest" / "softmax_rows.py"
PROBLEM = "scaled_softmax::ScaledSoftmax"

Judge = Callable[..., Verification]
Capture = Callable[[str], Problem]


def test_the_certificate_is_bound_to_both_files(judge: Judge, capture: Capture) -> None:
    verification = judge(SOFTMAX, PROBLEM, arch=("sm_80", "sm_90", "gfx942"))
    assert verification.kernel_sha256 == hashlib.sha256(SOFTMAX.read_bytes()).hexdigest()
    assert verification.source_sha256 == capture(PROBLEM).source_sha256
    assert (verification.mode, verification.dtype, verification.precision) == ("interpreter", "float32", "fp32")
    assert (verification.rtol, verification.atol) == (1e-3, 1e-3)
    assert verification.summary == ("Verified in the interpreter, compiled for sm_80, sm_90, gfx942, not run on a GPU.")
    assert {entry.arch for entry in verification.compiled} == {"sm_80", "sm_90", "gfx942"}
    assert all(entry.registers and entry.spills == 0 for entry in verification.compiled)
    assert "system call filter" in verification.sandbox
    assert len({case.sizes["s0"] for case in verification.cases}) >= 4
    assert len(verification.shapes["x"]) >= 4
    assert verification.max_abs_err is not None and 0 < verification.max_abs_err < 1e-6
    assert from_json(Verification, to_json(verification)) == verification


def test_an_unknown_architecture_is_said_not_to_be_checked(judge: Judge) -> None:
    verification = judge(SOFTMAX, PROBLEM, arch=("sm_90", "sm_999"))
    assert verification.verdict == "pass"
    assert "sm_999" not in verification.summary
    assert any("sm_999" in sentence for sentence in verification.not_checked)


def test_quick_takes_one_case_and_compiles_nothing(judge: Judge) -> None:
    verification = judge(SOFTMAX, PROBLEM, profile="quick")
    assert [case.name for case in verification.cases] == ["example"]
    assert verification.compiled == ()
    assert verification.verdict == "pass"


def test_a_failing_line_is_named(judge: Judge) -> None:
    verification = judge(ADVERSARIAL / "half_in_torch.py", PROBLEM)
    check = next(check for check in verification.checks if check.name == "dispatch")
    source = (ADVERSARIAL / "half_in_torch.py").read_text().splitlines()
    assert check.line is not None
    assert "x = x * weight" in source[check.line - 1]


@pytest.fixture
def judge_source(pool: WorkerPool, tmp_path: Path) -> Callable[..., Verification]:
    """Judge on a module given as text; its specs are left empty where capturing is not the point."""

    def run(module: str, inputs: str, kernel: Path = SOFTMAX, **changes: Any) -> Verification:
        file = tmp_path / "model.py"
        file.write_text(f"import torch\n\n\n# kernelagent: inputs={inputs}\nclass Model(torch.nn.Module):\n{module}")
        problem = read(parse_target(f"{file}::Model"), Options()).problem
        return verify(
            kernel,
            replace(problem, **changes),
            Options(device="cpu"),
            pool=pool,
            work_dir=tmp_path / "judge",
            on_event=lambda event: None,
            cancel=CancelToken(),
        )

    return run


FORWARD = "    def forward(self, x):\n        return {}\n"
REFUSED: dict[str, tuple[str, type[KernelAgentError]]] = {
    "random": (FORWARD.format("x + torch.empty_like(x).exponential_()"), RandomModel),
    "random order": (FORWARD.format("x[torch.randperm(x.shape[0])]"), RandomModel),
    "without a number": (FORWARD.format("x * float('nan')"), ConstantModel),
    "raises": (FORWARD.format("x.view(7, 13)"), ModelRaised),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_that_no_kernel_can_equal_is_refused(name: str, judge_source: Callable[..., Verification]) -> None:
    module, error = REFUSED[name]
    with pytest.raises(error):
        judge_source(module, "(torch.randn(4, 8),)")


@pytest.mark.parametrize("text", ["import torch\n", "@triton.jit\ndef k(): pass\n"])
def test_a_file_without_entries_is_no_kernel_file(
    text: str, judge_source: Callable[..., Verification], tmp_path: Path
) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(f"import triton\n{text}")
    with pytest.raises(NotAKernelFile):
        judge_source(FORWARD.format("x * 2"), "(torch.randn(4, 8),)", kernel)


def test_a_missing_file_is_no_kernel_file(judge_source: Callable[..., Verification], tmp_path: Path) -> None:
    with pytest.raises(NotAKernelFile):
        judge_source(FORWARD.format("x * 2"), "(torch.randn(4, 8),)", tmp_path / "none.py")


def test_events_tell_of_progress_and_of_every_check(pool: WorkerPool, capture: Capture, tmp_path: Path) -> None:
    events: list[Any] = []
    verification = verify(
        SOFTMAX,
        capture(PROBLEM),
        Options(device="cpu"),
        pool=pool,
        work_dir=tmp_path / "judge",
        on_event=events.append,
        cancel=CancelToken(),
    )
    finished = [event.name for event in events if isinstance(event, CheckFinished)]
    assert finished == [check.name for check in verification.checks]
    assert any(isinstance(event, StageProgress) and event.stage == "verify" for event in events)
    assert not any((tmp_path / "judge").glob("*")), "inputs and outputs must not stay behind"


def test_cancelling_ends_it_at_once(pool: WorkerPool, capture: Capture, tmp_path: Path) -> None:
    problem, token = capture(PROBLEM), CancelToken()
    threading.Timer(1.0, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        verify(
            ADVERSARIAL / "loops_forever.py",
            problem,
            Options(device="cpu"),
            pool=pool,
            work_dir=tmp_path / "judge",
            on_event=lambda event: None,
            cancel=token,
        )
    assert time.monotonic() - started < 60


IR = "%9 = tt.dot %7, %8, %6, inputPrecision = {} : tensor<16x32x{t}> * tensor<32x16x{t}> -> tensor<16x16xf32> loc(#l)"
PRODUCTS: dict[str, tuple[list[tuple[str, str]], str | None]] = {
    "none": ([], None),
    "strict": ([("ieee", "f32")], "ieee"),
    "the least exact counts": ([("ieee", "f32"), ("tf32", "f32"), ("tf32x3", "f32")], "tf32"),
    "16-bit operands lose nothing": ([("tf32", "f16"), ("tf32", "bf16")], None),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_precision_of_products_is_read_from_the_compiled_kernel(name: str) -> None:
    dots, wanted = PRODUCTS[name]
    assert products("\n".join(IR.format(precision, t=kind) for precision, kind in dots)) == wanted


@pytest.mark.parametrize("level", ["bubblewrap", "limits"])
def test_the_verdict_is_the_same_at_every_level_of_the_sandbox(level: Wanted, judge: Judge) -> None:
    honest = judge(ADVERSARIAL / "honest" / "softmax_rows.py", "scaled_softmax::ScaledSoftmax", sandbox=level)
    assert honest.verdict == "pass", honest.summary
    assert ("bubblewrap" in honest.sandbox, "private processes" in honest.sandbox) == (level == "bubblewrap",) * 2
    for bad in ("calls_home.py", "forks_forever.py", "steals_expected.py"):
        verification = judge(
            ADVERSARIAL / bad, "scaled_softmax::ScaledSoftmax", sandbox=level, arch=(), budget_seconds=8.0
        )
        assert verification.verdict == "fail", bad


def test_a_float_that_a_kernel_is_launched_with_may_be_the_cause(judge: Judge) -> None:
    verification = judge(ADVERSARIAL / "one_less_an_argument.py", "beside_tensors::OneLess", arch=())
    failed = next(check for check in verification.checks if check.name == "precision")
    assert not failed.passed
    assert failed.notes[0].startswith("a float that a kernel is launched with is a float32 there")
