"""A job that goes on, in a few words."""

from __future__ import annotations

from kernelagent_lsp.jobs.job import Job, Kind
from kernelagent_lsp.jobs.money import dollars

_DOING: dict[Kind, str] = {"fuse": "Fusing", "verify": "Verifying", "benchmark": "Timing"}


def standing(job: Job) -> str:
    """``Fusing · dispatch · 12 s · $0.03``"""
    if job.state == "waiting":
        return "Waiting for other jobs"
    parts = [_DOING[job.asked.kind], job.stage, f"{job.elapsed_s:.0f} s", dollars(job.usd) if job.usd else ""]
    return " · ".join(part for part in parts if part)
