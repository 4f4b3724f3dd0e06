"""Problems that another process is at work on, such as the same command given twice: its answers are waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kernelagent.driver.batch.task import Task, folder_name, key_begun
from kernelagent.driver.run_lock import is_going

GRACE_S = 5.0
"""From when a run takes its folder until its key is there, and from when it leaves that until its answer is."""


class Elsewhere:
    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        """``tell`` is told once that, and of what, answers are waited for."""
        self.tasks: list[Task] = []
        self._folder = folder
        self._tell: Callable[[str], None] | None = tell
        self._last_seen: dict[str, float] = {}
        """When its run was last seen at work under this batch's key, or else met."""
        self._of_others: set[str] = set()

    def takes(self, task: Task, why: str) -> bool:
        """Wait for ``task``, whose folder is in use; not where its run is one with other options."""
        if str(task.target) in self._of_others:
            return False
        self.tasks.append(task)
        self._last_seen[str(task.target)] = time.monotonic()
        if self._tell is not None:
            self._tell(f"Another process does the same: {why} Its answers are waited for.")
            self._tell = None
        return True

    def over(self, found: Callable[[Task], bool]) -> list[Task]:
        """Those that are to be tried again here: the other run has ended without an answer that holds, which ``found``
        takes, or has other options."""
        again = []
        for task in list(self.tasks):
            name = str(task.target)
            if found(task):
                self.tasks.remove(task)
                continue
            going = is_going(self._folder / folder_name(task.target))
            if going and key_begun(self._folder, task.target) == task.key:
                self._last_seen[name] = time.monotonic()
            elif time.monotonic() - self._last_seen[name] > GRACE_S:
                self.tasks.remove(task)
                again.append(task)
                if going:
                    self._of_others.add(name)
        return again
