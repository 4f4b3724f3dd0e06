"""Problems worked at by this process, over one pool of warm workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost
from kernelagent.driver.batch.answering import Done, answer
from kernelagent.driver.batch.task import Task
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interpreter import probe
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.workers import WorkerPool


class LocalExecutor:
    """``folder``: the batch's. The budgets of ``options`` hold for all problems together."""

    def __init__(self, pool: WorkerPool, folder: Path, options: Options, jobs: int) -> None:
        self.jobs = jobs
        self._pool = pool
        self._folder = folder
        self._account = Account(options.budget_usd, options.budget_tokens)

    @property
    def cost(self) -> Cost:
        return self._account.cost

    def versions(self) -> Mapping[str, str]:
        python = probe(self._pool.interpreter, "the pool")
        return {"python": python.python, "torch": str(python.torch), "triton": str(python.triton)}

    def room(self, wanted: int) -> int:
        return self.jobs

    def answer(self, task: Task, cancel: CancelToken, on_event: Callable[[Event], None]) -> Done:
        return answer(
            task, folder=self._folder, pool=self._pool, account=self._account, cancel=cancel, on_event=on_event
        )
