"""Who looks on while a batch goes on."""

from __future__ import annotations

from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.events import Event


class Watcher:
    """Hears of each problem, from several threads. This one does nothing with it."""

    def begun(self, target: str) -> None:
        """A problem is in hand now; also once more, where what had it was lost."""

    def event(self, target: str, event: Event) -> None:
        """It has said something of itself."""

    def left(self, target: str) -> None:
        """It is not in hand any more: answered, cancelled, or another process has it."""

    def answered(self, entry: BatchEntry, done: int, total: int) -> None:
        """An answer, how many there are now, and how many there will be."""

    def waits(self, text: str) -> None:
        """Something else than its own work holds the batch up."""
