"""What a verify job's thread does."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.events import Event
from kernelagent.contract.verdict import Verification
from kernelagent.driver.target import Target
from kernelagent.errors import KernelAgentError, NotAKernelFile

from kernelagent_lsp.jobs.job import Job, Judged, Outcome, Refused
from kernelagent_lsp.jobs.report_folder import ReportFolder
from kernelagent_lsp.jobs.runs_place import made_runs_place
from kernelagent_lsp.jobs.trouble import internal_error
from kernelagent_lsp.pools import Pools


@dataclass(frozen=True)
class KernelFile:
    """A kernel file as it was when the job was asked for."""

    path: Path
    text: str
    """The buffer's text where it is open, saved or not."""


def judge_work(
    pools: Pools, reports: ReportFolder, kernel: KernelFile | None
) -> Callable[[Job, Callable[[Event], None]], Outcome]:
    """The judge, on ``kernel`` against the class that the job is for."""

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        from kernelagent.driver.standalone import verify_file

        asked = job.asked
        try:
            job.token.raise_if_cancelled()
            present = require_kernel(job, kernel)
            pool = pools.get(asked.settings.interpreter, asked.path, asked.settings.remote)
            with tempfile.TemporaryDirectory(prefix="kernelagent-lsp-") as folder:
                copy = Path(folder) / present.path.name
                copy.write_text(present.text, encoding="utf-8", newline="")
                verification = verify_file(
                    copy,
                    Target(Path(asked.path), asked.class_name, asked.text),
                    asked.settings.run_options(),
                    pool=pool,
                    on_event=emit,
                    cancel=job.token,
                )
        except KernelAgentError as exc:
            return Refused(exc, None, None)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it ends this job and not the server
            return Refused(internal_error(exc), None, None)
        from kernelagent.driver.store import last_verdicts

        with contextlib.suppress(OSError):  # then the next server knows nothing of it
            runs = made_runs_place(asked.path, asked.settings)
            last_verdicts.keep(runs, Path(asked.path), asked.class_name, asked.text, verification)
        report = judged_report(reports, present.path, asked.class_name, verification)
        return Judged(verification, present.path, present.text, report)

    return work


def judged_report(reports: ReportFolder, kernel: Path, class_name: str, verification: Verification) -> Path | None:
    """The page on a verdict of the kernel file; ``None`` where it can't be written."""
    from kernelagent.driver.report import of_verification, write_page

    return write_page(reports.new(), of_verification(f"{kernel.name} against {class_name}", verification))


def require_kernel(job: Job, kernel: KernelFile | None) -> KernelFile:
    """``kernel``, or ``NotAKernelFile`` where the class has none."""
    if kernel is None:
        raise NotAKernelFile(
            f"No kernel of {job.asked.class_name} lies beside {Path(job.asked.path).name}.",
            hint="Fuse the class and apply its kernel first.",
        )
    return kernel
