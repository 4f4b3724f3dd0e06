"""What a batch asks of the place where its problems are worked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from kernelagent.contract.events import Event
from kernelagent.contract.result import Cost
from kernelagent.driver.batch.answering import Done
from kernelagent.driver.batch.task import Task
from kernelagent.driver.cancel import CancelToken


class Executor(Protocol):
    """Opened before it is handed over, closed by who opened it. :meth:`answer` is called from ``jobs`` threads."""

    jobs: int
    """Problems at a time, at most."""

    @property
    def cost(self) -> Cost:
        """What models have taken so far."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Of Python, PyTorch and Triton there."""
        ...

    def room(self, wanted: int) -> int:
        """How many problems can be worked at now, those under way among them, where there are ``wanted`` in all. Asked
        again and again while there are any, by one thread. Raises what keeps all of them from being worked at."""
        ...

    def answer(self, task: Task, cancel: CancelToken, on_event: Callable[[Event], None]) -> Done:
        """Work at one problem until it has an answer; its own error is one. Raises nothing that tells of the problem
        alone."""
        ...
