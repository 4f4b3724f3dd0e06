"""A verified kernel → its times, where there is a GPU."""

from __future__ import annotations

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.events import StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.benchmark import measure
from kernelagent.driver.run import Run


def benchmark(problem: Problem, extraction: Extraction, run: Run) -> Benchmark:
    """Time the composed kernel beside eager and ``torch.compile``."""
    with run.stage("benchmark", "Timing on the GPU") as report:
        found = measure(
            run.folder.composed_kernel,
            problem,
            extraction,
            pool=run.pool,
            cancel=run.cancel,
            options=run.options,
            tell=lambda message: run.emit(StageProgress("benchmark", message, 0, 0)),
        )
        report.message = (
            f"{found.kernel_ms.median:.3g} ms; {found.speedup_eager:.2f}x eager"
            + (f", {found.speedup_compile:.2f}x torch.compile" if found.speedup_compile is not None else "")
            + f" on {found.device}"
        )
        return found
