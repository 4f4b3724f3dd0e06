"""The composed file → its verdict, end to end."""

from __future__ import annotations

from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.run import Run
from kernelagent.driver.verification import verify as judge


def verify(problem: Problem, run: Run) -> Verification:
    """The full profile of the judge on the composed file, against the original module."""
    with run.stage("verify", "Judging the composed kernel") as report:
        verification = judge(
            run.folder.composed_kernel,
            problem,
            run.options,
            pool=run.pool,
            work_dir=run.folder.path / "judge",
            on_event=run.emit,
            cancel=run.cancel,
            profile="full",
        )
        report.message = verification.summary
        return verification
