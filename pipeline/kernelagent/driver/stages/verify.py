"""The composed file → its verdict, end to end."""

from __future__ import annotations

import hashlib

from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.run import Run
from kernelagent.driver.verification import verify as judge
from kernelagent.errors import NotAKernelFile


def carry_over(verification: Verification, run: Run) -> Verification:
    """The verdict on the file that was taken over as it is: bound to its hash, so it need not be judged again."""
    with run.stage("verify", "Looking whether the file is the one that was judged") as report:
        if hashlib.sha256(run.folder.composed_kernel.read_bytes()).hexdigest() != verification.kernel_sha256:
            raise NotAKernelFile(f"{run.folder.composed_kernel.name} is not the file that was judged.")
        report.message = verification.summary
        return verification


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
