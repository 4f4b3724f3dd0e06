"""What a model is told of a file that the judge refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.prompt import findings_of, in_a_line
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.standalone import learned
from kernelagent.driver.target import Target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE

SAYS = """
import torch
import triton
import triton.language as tl
{more}

HERE = {here!r}


@triton.jit
def copied(x, out, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(x + i, mask=i < n), mask=i < n)


def kernel_function(x):
    raise ValueError({what})
"""


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outside of the project, which is hidden."""
    file = tmp_path_factory.mktemp("elsewhere") / "other.txt"
    file.write_text("what stands in another file", encoding="utf-8")
    return file


def judged(code: str, folder: Path, pool: WorkerPool) -> Verification:
    (folder / "module.py").write_text(MODULE, encoding="utf-8")
    kernel = folder / "kernel.py"
    kernel.write_text(code, encoding="utf-8")
    options = Options(device="cpu", arch=())
    problem = learned(Target(folder / "module.py", None), options, pool=pool, folder=folder, cancel=CancelToken())
    return verify(
        *(kernel, problem, options),
        pool=pool,
        work_dir=folder / "judge",
        on_event=lambda event: None,
        cancel=CancelToken(),
        profile="quick",
    )


def test_nothing_that_a_file_said_is_passed_on_where_it_may_not_be_run(
    tmp_path: Path, other: Path, pool: WorkerPool
) -> None:
    code = SAYS.format(more="import pathlib", here=str(other), what="pathlib.Path(HERE).read_text()")
    verdict = judged(code, tmp_path, pool)
    assert any("what stands in another file" in check.detail for check in verdict.checks)
    told = findings_of(verdict, code)
    assert "pathlib" in told
    assert "another file" not in told + in_a_line(verdict)


def test_else_all_that_failed_is(tmp_path: Path, other: Path, pool: WorkerPool) -> None:
    code = SAYS.format(more="", here=str(other), what="HERE")
    verdict = judged(code, tmp_path, pool)
    assert not any(failure.check.name == "static" for failure in verdict.failures), verdict.failures
    assert "other.txt" in findings_of(verdict, code)
