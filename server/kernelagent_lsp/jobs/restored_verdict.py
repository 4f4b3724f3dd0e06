"""A verdict of "Verify again" of an earlier server process, on the kernel that lies in the project now."""

from __future__ import annotations

import time
from pathlib import Path

from kernelagent.driver.store import last_verdicts

from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.jobs.job import Asked, Job, Judged
from kernelagent_lsp.jobs.judging import KernelFile, judged_report
from kernelagent_lsp.jobs.report_folder import ReportFolder
from kernelagent_lsp.jobs.runs_place import runs_place


def any_verdicts(path: str, settings: Settings) -> bool:
    """Whether any were kept of the project. Reads the disk: not for the loop."""
    return (runs_place(path, settings) / last_verdicts.FOLDER).is_dir()


def restored_verdict(
    uri: str, path: str, class_name: str, kernel: KernelFile, settings: Settings, reports: ReportFolder
) -> Job | None:
    """The job that judged ``kernel`` last; ``None`` where none did. Reads the disk: not for the loop."""
    kept = last_verdicts.last(runs_place(path, settings), Path(path), class_name, kernel.text)
    if kept is None:
        return None
    found = kept.verification
    ended = time.monotonic() - (time.time() - kept.at)
    return Job(
        id=f"verdict-{kept.key[:12]}",
        asked=Asked("verify", uri, path, class_name, kept.text, settings),
        generation=0,
        state="verified" if found.verdict == "pass" else "failed",
        outcome=Judged(found, kernel.path, kernel.text, judged_report(reports, kernel.path, class_name, found)),
        started=ended - found.seconds.get("total", 0.0),
        ended=ended,
    )
