"""Jobs begin in the order in which they were asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Callable

from kernelagent.contract.events import Event
from kernelagent.errors import Cancelled
from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.jobs.job import Asked, Job, Outcome, Refused
from kernelagent_lsp.jobs.table import JobTable, Work


class Quiet:
    def started(self, job: Job) -> None: ...

    def progressed(self, job: Job, event: Event) -> None: ...

    def ended(self, job: Job) -> None: ...

    def idle(self) -> None: ...


def waiting_work() -> tuple[list[str], threading.Event, Work]:
    """Work that notes the class it is begun for, and goes on until the event is set; the notes, and the event."""
    begun: list[str] = []
    over = threading.Event()

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        begun.append(job.asked.class_name)
        over.wait(20)
        return Refused(Cancelled("cancelled"), None, None)

    return begun, over, work


def test_one_whose_settings_are_not_known_yet_keeps_its_place() -> None:
    begun, over, work = waiting_work()

    async def ask() -> None:
        one_at_a_time = dataclasses.replace(Settings(), jobs=1)
        table = JobTable(asyncio.get_running_loop(), Quiet())
        first, second = (Asked("fuse", "file:///m.py", "/m.py", name, "", one_at_a_time) for name in ("A", "B"))
        held = table.start(first, work, is_held=True)
        table.start(second, work)
        assert begun == []
        table.release(held, one_at_a_time)
        over.set()
        while len(begun) < 2:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(ask(), 30))
    assert begun == ["A", "B"]


def test_those_that_wait_begin_when_more_may_run() -> None:
    begun, over, work = waiting_work()

    async def ask() -> None:
        one_at_a_time = dataclasses.replace(Settings(), jobs=1)
        table = JobTable(asyncio.get_running_loop(), Quiet())
        for name in ("A", "B", "C"):
            table.start(Asked("fuse", "file:///m.py", "/m.py", name, "", one_at_a_time), work)
        await asyncio.sleep(0.1)
        assert begun == ["A"]
        table.let_run(lambda uri: 2)
        while len(begun) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert [job.state for job in table.all()] == ["running", "running", "waiting"]
        over.set()
        while len(begun) < 3:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(ask(), 30))
    assert begun == ["A", "B", "C"]
