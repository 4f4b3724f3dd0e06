"""What a user writes, for mypy --strict alone: nothing here runs."""

from __future__ import annotations

from pathlib import Path

import kernelagent
import torch
from kernelagent.api import Benchmark, Fused, Inspection, Report, Result, Verification
from kernelagent.testing import KernelChecker, assert_kernel_equivalent


def of_a_module(module: torch.nn.Module, x: torch.Tensor) -> torch.nn.Module:
    fused: Fused = kernelagent.fuse(module, (x,), progress=False, arch=("sm_90",))
    verdict: Verification | None = fused.verification
    report: Report = fused.report
    text: str = fused.source + report.markdown + report.html
    saved: Path = fused.save("kernel.py")
    print(verdict, text, saved, fused.result.status, fused.kernel)
    return fused.module


def of_a_file(x: torch.Tensor) -> str:
    result: Result = kernelagent.fuse("model.py::Block", budget_seconds=60)
    verdict: Verification = kernelagent.verify("kernel.py", "model.py::Block")
    figures: Benchmark = kernelagent.benchmark("model.py::Block", kernel="kernel.py")
    known: Inspection = kernelagent.inspect(Path("model.py"), {"x": x})
    print(verdict.verdict, figures.speedup_eager, known.problem.free_sizes)
    return result.status


def of_what_is_none(module: torch.nn.Module, x: torch.Tensor) -> None:
    """Unused ignores are errors: each of these is one."""
    kernelagent.fuse(module, x, archs=("sm_90",))  # type: ignore[call-overload]
    kernelagent.verify("kernel.py", module, x, workers="two")  # type: ignore[arg-type]
    kernelagent.inspect(module, x, rout="direct")  # type: ignore[call-arg]
    assert_kernel_equivalent("kernel.py", module, x, case=("example",))  # type: ignore[call-arg]


def test_kernel(kernel_equivalent: KernelChecker) -> None:
    verdict: Verification = kernel_equivalent("kernel.py", "model.py::Block")
    assert verdict == assert_kernel_equivalent(of_a_file, torch.nn.ReLU(), torch.ones(2))
