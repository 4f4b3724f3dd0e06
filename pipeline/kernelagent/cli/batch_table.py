"""A batch while it goes on, on stderr: a table that is redrawn on a terminal, a line for each answer elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kernelagent.cli.shared_options import warn
from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.events import Event, StageProgress, StageStarted
from kernelagent.driver.batch.watcher import Watcher
from kernelagent.driver.printable import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

ROWS = 20
"""Problems in hand that are shown; the others are counted."""
RECENT = 32
"""Answers by which the rate is reckoned."""


@contextmanager
def batch_table(total: int) -> Iterator[Watcher]:
    """``total``: how many problems there are."""
    if not sys.stderr.isatty():
        yield _PlainLines()
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, highlight=False, markup=False)
    table = Table(total, console)
    with Live(table, console=console, refresh_per_second=4, transient=True):
        yield table


def line_of(entry: BatchEntry, done: int, total: int) -> str:
    """An answer, for people."""
    what = entry.status if entry.status == "verified" else f"{entry.status}: {entry.reason}"
    again = f"  (begun {entry.retries + 1} times)" if entry.retries else ""
    return f"[{done:>{len(str(total))}}/{total}] {entry.elapsed_s:6.1f} s  {entry.target}  {what}{again}"


class _PlainLines(Watcher):
    def answered(self, entry: BatchEntry, done: int, total: int) -> None:
        print(line_of(entry, done, total), file=sys.stderr, flush=True)

    def waits(self, text: str) -> None:
        warn(text)


class Table(Watcher):
    """What is in hand, with its stage and how long already; what is done and what is left, with when it will end."""

    def __init__(self, total: int, console: Console) -> None:
        self._total = total
        self._console = console
        self._lock = threading.Lock()
        self._in_hand: dict[str, tuple[float, str, str]] = {}
        """By target: since when, the stage, and what it says."""
        self._done = self._verified = self._failed = 0
        self._ends: deque[float] = deque([time.monotonic()], maxlen=RECENT)
        self._note = ""

    def begun(self, target: str) -> None:
        with self._lock:
            self._in_hand[target] = (time.monotonic(), "", "")

    def event(self, target: str, event: Event) -> None:
        if isinstance(event, (StageStarted, StageProgress)):
            with self._lock:
                since, _, _ = self._in_hand.get(target, (time.monotonic(), "", ""))
                self._in_hand[target] = (since, event.stage, event.message)

    def left(self, target: str) -> None:
        with self._lock:
            self._in_hand.pop(target, None)

    def answered(self, entry: BatchEntry, done: int, total: int) -> None:
        with self._lock:
            self._done = done
            self._verified += entry.status == "verified"
            self._failed += entry.status == "failed"
            self._ends.append(time.monotonic())
        self._console.print(line_of(entry, done, total), style="red" if entry.status == "failed" else "")

    def waits(self, text: str) -> None:
        self._note = printable(text)

    def __rich__(self) -> RenderableType:
        from rich.table import Table as Grid
        from rich.text import Text

        with self._lock:
            in_hand = sorted(self._in_hand.items(), key=lambda item: item[1][0])
            counts = self._counts(len(in_hand))
        grid = Grid.grid(padding=(0, 1))
        grid.add_column(justify="right", style="dim")
        grid.add_column(width=9, style="bold")
        grid.add_column(overflow="ellipsis", no_wrap=True, ratio=3)
        grid.add_column(overflow="ellipsis", no_wrap=True, ratio=2, style="dim")
        now = time.monotonic()
        for target, (since, stage, message) in in_hand[:ROWS]:
            grid.add_row(f"{now - since:.1f} s", stage, Text(short(target)), Text(message))
        if len(in_hand) > ROWS:
            grid.add_row("", "", Text(f"and {len(in_hand) - ROWS} more"), "")
        outer = Grid.grid()
        outer.add_row(grid)
        if self._note:
            outer.add_row(Text(self._note, style="yellow"))
        outer.add_row(Text(counts))
        return outer

    def _counts(self, in_hand: int) -> str:
        left = self._total - self._done - in_hand
        told = f"{self._verified} verified, {self._failed} failed, {in_hand} running, {max(0, left)} left"
        span = time.monotonic() - self._ends[0]
        ends = len(self._ends) - 1
        if not ends or span <= 0:
            return told
        rate = ends / span
        seconds = (self._total - self._done) / rate
        return f"{told}   {rate * 60:.1f}/min   about {_clock(seconds)} to go"


def short(target: str) -> str:
    """The end of a long path: what tells problems apart."""
    return target if len(target) <= 60 else f"…{target[-59:]}"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return (
        f"{hours} h {rest // 60:02} min"
        if hours
        else f"{rest // 60} min {rest % 60:02} s"
        if rest >= 60
        else f"{rest} s"
    )
