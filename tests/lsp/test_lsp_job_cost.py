"""What a job has cost: while models answer, and when it is over, however it ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.events import CostChanged, CostRising, Event, Heartbeat
from kernelagent.contract.result import Cost
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.target import Target
from kernelagent.errors import Cancelled
from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.jobs.job import Asked, Fused, Job, Outcome
from kernelagent_lsp.jobs.table import JobTable


class Deaf:
    def started(self, job: Job) -> None: ...
    def progressed(self, job: Job, event: Event) -> None: ...
    def ended(self, job: Job) -> None: ...

    def idle(self) -> None: ...


@pytest.mark.parametrize("cancels", [False, True])
def test_the_cost_of_a_job_is_that_of_its_progress_and_of_its_report(cancels: bool) -> None:
    told, may_end = threading.Event(), threading.Event()

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        emit(CostChanged(1000, 100, 0.01))
        emit(CostRising(2000, 200, 0.02))
        emit(Heartbeat("dispatch", 5.0, 0.01))
        told.set()
        (job.token.wait if cancels else may_end.wait)(10)
        result = failed_result(Target(Path("m.py"), "M"), Cancelled("cancelled"))
        return Fused(replace(result, cost=Cost(2000, 250, 0.025, True)), Path(), None, None)

    async def run() -> None:
        table = JobTable(asyncio.get_running_loop(), Deaf())
        job = table.start(Asked("fuse", "file:///m.py", "m.py", "M", "", Settings()), work)
        assert told.wait(5)
        await asyncio.sleep(0.05)
        assert job.usd == 0.02, "with what is under way, which a heartbeat does not know"
        if cancels:
            table.cancel(job)
        may_end.set()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if job.outcome is not None:
                break
        assert (job.state, job.usd) == ("cancelled", 0.025)

    asyncio.run(run())
