"""compute-sanitizer around a candidate. The tool needs a GPU; here a program with its command line stands in for it,
which runs what it is given and writes a log of the tool's form. The real one is run by ``tests/gpu/sanitizer.py``."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Check
from kernelagent.driver import sanitizer
from kernelagent.driver.checks import sanitizer as sanitizer_check
from kernelagent.driver.evidence import Evidence, Sanitized
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import GpuNotFound, SanitizerFailed, SanitizerNotFound

HONEST = Path(__file__).resolve().parents[1] / "adversarial" / "honest"

STAND_IN = """\
#!{python}
import subprocess, sys
options, command = sys.argv[1:], []
while options and options[0].startswith("--"):
    name, value, *options = options
    if name == "--log-file":
        log = value
    if name == "--tool":
        tool = value
status = subprocess.call(options)
with open(log, "w") as out:
    out.write({said!r}[tool])
sys.exit(status)
"""
CLEAN = {
    "memcheck": "========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 0 errors\n",
    "racecheck": "=========\n========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)\n",
}
OUTSIDE = """\
========= COMPUTE-SANITIZER
========= Invalid __global__ read of size 4 bytes
=========     at add_kernel+0xec0 in {file}:11
=========     by thread (18,0,0) in block (0,0,0)
=========     Access to 0x7f4f0bcccca0 is out of bounds
=========     and is 161 bytes after the nearest allocation at 0x7f4f0bccc800 of size 1,024 bytes
=========
========= ERROR SUMMARY: 1 error
"""
REPLICATED = """\
========= COMPUTE-SANITIZER
========= Error: Race reported between Write access at sum_kernel+0x1a0 in {file}:9
=========     and Write access at sum_kernel+0x1a0 in {file}:9 [31 hazards]
=========
========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)
"""

Watch = Callable[[Path, dict[str, str]], tuple[Evidence, list[Check]]]


@pytest.fixture
def watch(pool: WorkerPool, capture: Callable[[str], Problem], tmp_path: Path) -> Watch:
    """Run a candidate on its cases under the stand-in, in the interpreter and in the sandbox."""

    def run(kernel: Path, said: dict[str, str]) -> tuple[Evidence, list[Check]]:
        tool = tmp_path / "compute-sanitizer"
        tool.write_text(STAND_IN.format(python=sys.executable, said=said), encoding="utf-8")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        for name in ("inputs", "expected"):
            (tmp_path / name).mkdir()
        problem = capture(kernel_problem(kernel))
        reference: dict[str, Any] = {"problem": to_json(problem), "profile": "full", "only": []}
        reference |= {"inputs_dir": str(tmp_path / "inputs"), "expected_dir": str(tmp_path / "expected")}
        evidence = Evidence(static={"error": None}, kernel_name=kernel.name)
        evidence.reference = pool.call("reference", reference)
        shut_in = {"level": "namespaces", "inside": ""}
        args = sanitizer.arguments(
            tool,
            kernel,
            tmp_path / "inputs",
            tmp_path / "scratch",
            tmp_path / "expected",
            limit_s=120.0,
            shut_in=shut_in,
            device="cpu",
        )
        evidence.sanitized = sanitizer.watch(lambda limit: pool.call("sanitize", args, timeout_s=limit), 120.0)
        return evidence, list(sanitizer_check.check(evidence))

    return run


def kernel_problem(kernel: Path) -> str:
    """``file::Class`` of the problem that a kernel of the corpus names."""
    first = kernel.read_text(encoding="utf-8").partition("\n")[0]
    return first.partition("problem: ")[2].partition(" | ")[0]


def test_a_clean_run_passes(watch: Watch) -> None:
    evidence, checks = watch(HONEST / "atomic_total.py", CLEAN)
    assert [(check.name, check.passed) for check in checks] == [
        ("sanitizer: memcheck", True),
        ("sanitizer: racecheck", True),
    ]
    for run in evidence.sanitized:
        assert run.completed and run.error == ""
        assert run.finished == run.cases
        assert len(run.cases) > 5, "other sizes and strides, not the example alone"
    assert "of global" not in checks[0].detail and f"in {len(run.cases)} of {len(run.cases)} cases" in checks[0].detail


def judged(tool: str, log: str, **changed: Any) -> Check:
    """The check that a run of ``tool`` over two cases comes to."""
    whole: dict[str, Any] = {"cases": (0, 1), "begun": (0, 1), "finished": (0, 1), "completed": True, "error": ""}
    run = Sanitized(tool, log, **{**whole, "ended": "in time", "seconds": 1.0, "last_words": "", **changed})
    reference = {"cases": [{"name": "example"}, {"name": "s0=5"}]}
    evidence = Evidence(static={"error": None}, kernel_name="kernel.py", reference=reference, sanitized=(run,))
    (check,) = sanitizer_check.check(evidence)
    return check


def test_a_finding_fails_with_its_line() -> None:
    check = judged("memcheck", OUTSIDE.format(file="kernel.py"), finished=(0,), completed=True)
    assert not check.passed
    assert check.line == 11
    assert check.detail == (
        "s0=5: add_kernel: Invalid __global__ read of size 4 bytes: out of bounds, "
        "161 bytes after the nearest allocation of size 1,024 bytes"
    )


def test_a_line_of_another_file_is_not_the_kernels() -> None:
    check = judged("memcheck", OUTSIDE.format(file="standard.py"))
    assert not check.passed
    assert check.line is None


def test_what_reductions_write_twice_is_told_and_let_pass() -> None:
    check = judged("racecheck", REPLICATED.format(file="kernel.py"))
    assert check.passed
    assert check.notes[0].startswith("let pass (threads that hold the same value write it to the same word")


def test_a_race_with_a_read_fails() -> None:
    check = judged("racecheck", REPLICATED.replace("and Write access", "and Read access").format(file="kernel.py"))
    assert not check.passed
    assert check.line == 9


def test_errors_that_are_not_understood_fail() -> None:
    check = judged("memcheck", "========= ERROR SUMMARY: 3 errors\n")
    assert not check.passed
    assert "3 errors" in check.detail


def test_a_kernel_that_raises_fails() -> None:
    check = judged("memcheck", CLEAN["memcheck"], finished=(), error="ValueError: no")
    assert not check.passed
    assert check.detail == "example: ValueError: no"


def test_a_kernel_that_leaves_early_fails() -> None:
    assert not judged("memcheck", CLEAN["memcheck"], finished=(0,), completed=False).passed


def test_what_did_not_end_in_time_is_said() -> None:
    check = judged("racecheck", "========= COMPUTE-SANITIZER\n", finished=(0,), completed=False, ended="too late")
    assert check.skipped
    assert "1 of 2 cases" in check.detail


def test_a_tool_that_saw_nothing_is_an_error(watch: Watch) -> None:
    said = "========= Error: Target application terminated before first instrumented API call\n"
    with pytest.raises(SanitizerFailed, match="memcheck could not watch the kernel: Error: Target application"):
        watch(HONEST / "atomic_total.py", {**CLEAN, "memcheck": said})


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(GpuNotFound):
        sanitizer.require(None, sys.executable)
    with pytest.raises(SanitizerNotFound, match="NVIDIA"):
        sanitizer.require({"name": "MI300X", "arch": "gfx942"}, sys.executable)
    tool = tmp_path / "toolkit" / "bin" / "compute-sanitizer"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    assert sanitizer.find(sys.executable, {"PATH": "", "CUDA_HOME": str(tmp_path / "toolkit")}) != tool
    tool.chmod(0o755)
    assert sanitizer.find(sys.executable, {"PATH": "", "CUDA_HOME": str(tmp_path / "toolkit")}) == tool


def test_without_a_gpu_nothing_is_judged(pool: WorkerPool, capture: Callable[[str], Problem], tmp_path: Path) -> None:
    from kernelagent.driver.cancel import CancelToken
    from kernelagent.driver.verification import verify

    kernel = HONEST / "atomic_total.py"
    options = Options(device="cpu", sanitize=True)
    with pytest.raises(GpuNotFound, match="compute-sanitizer"):
        verify(
            kernel,
            capture(kernel_problem(kernel)),
            options,
            pool=pool,
            work_dir=tmp_path,
            on_event=lambda event: None,
            cancel=CancelToken(),
        )
