"""What a benchmark job's thread does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.events import Event, StageProgress, StageStarted
from kernelagent.driver.target import Target
from kernelagent.errors import GpuNotFound, KernelAgentError

from kernelagent_lsp.jobs.job import Job, Outcome, Refused, Timed
from kernelagent_lsp.jobs.judging import KernelFile, require_kernel
from kernelagent_lsp.jobs.report_folder import ReportFolder
from kernelagent_lsp.jobs.trouble import internal_error
from kernelagent_lsp.pools import Pools


def time_work(
    pools: Pools, reports: ReportFolder, kernel: KernelFile | None
) -> Callable[[Job, Callable[[Event], None]], Outcome]:
    """Times are taken on a GPU and nowhere else: in the interpreter they would mean nothing."""

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        from kernelagent.driver import benchmark, standalone
        from kernelagent.driver.report import of_benchmark, write_page

        asked = job.asked
        target, options = Target(Path(asked.path), asked.class_name, asked.text), asked.settings.run_options()
        try:
            job.token.raise_if_cancelled()
            pool = pools.get(asked.settings.interpreter, asked.path, asked.settings.remote)
            emit(StageStarted("load", "looking for a GPU"))
            if not benchmark.first_gpu(pool, job.token, options):
                raise GpuNotFound("Timing needs a GPU, and PyTorch sees none here.")
            present = require_kernel(job, kernel)
            with tempfile.TemporaryDirectory(prefix="kernelagent-lsp-") as name:
                folder = Path(name)
                copy = folder / present.path.name
                copy.write_text(present.text, encoding="utf-8", newline="")
                problem = standalone.capture(target, options, pool=pool, folder=folder, cancel=job.token)
                found = benchmark.measure(
                    copy,
                    problem,
                    standalone.cut(problem, pool=pool, folder=folder, cancel=job.token),
                    pool=pool,
                    cancel=job.token,
                    options=options,
                    tell=lambda message: emit(StageProgress("benchmark", message, 0, 0)),
                )
        except KernelAgentError as exc:
            return Refused(exc, None, None)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it ends this job and not the server
            return Refused(internal_error(exc), None, None)
        report = of_benchmark(f"{present.path.name} against {asked.class_name}", found)
        return Timed(found, write_page(reports.new(), report))

    return work
