"""Events as live progress on stderr: a table that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from kernelagent.contract.events import (
    AnsweredBefore,
    CandidateJudged,
    CheckFinished,
    CostChanged,
    CostRising,
    Event,
    Heartbeat,
    RunFinished,
    RunStarted,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

COUNTED_EVERY_S = 5.0


@contextmanager
def progress_reader() -> Iterator[Callable[[Event], None]]:
    """What to hand to the pipeline as ``on_event``. Called from several threads, one at a time."""
    if not sys.stderr.isatty():
        yield _PlainLines().take
        return
    from rich.console import Console
    from rich.live import Live

    table = _StageTable()
    with Live(table, console=Console(stderr=True), refresh_per_second=8, transient=False) as live:
        yield table.take
        table.stop()
        live.refresh()


def plain_reader() -> Callable[[Event], None]:
    """As :func:`progress_reader`, in plain lines whatever stderr is."""
    return _PlainLines().take


def describe(event: Event) -> str | None:
    """An event as a line of text; ``None`` for one that needs none."""
    if isinstance(event, RunStarted):
        return f"Fusing {event.target}\n  run directory {event.run_dir}"
    if isinstance(event, StageStarted):
        return f"[{event.stage}] {event.message} ..."
    if isinstance(event, StageProgress):
        return f"[{event.stage}]   {event.message}" + (f" ({event.done}/{event.total})" if event.total else "")
    if isinstance(event, StageFinished):
        return f"[{event.stage}] {event.message} ({event.elapsed_s:.1f} s)"
    if isinstance(event, CandidateJudged):
        return f"  {event.subgraph} by {event.synthesizer}: {event.verdict}. {event.message}"
    if isinstance(event, CheckFinished):
        return None if event.passed else f"    failed: {event.name}: {event.detail}"
    if isinstance(event, Heartbeat):
        told = f", {event.usd:.4f} USD" if event.usd else ""
        return f"[{event.stage}]   still working, {event.elapsed_s:.0f} s{told}"
    if isinstance(event, CostChanged):
        return f"  {spent(event)}"
    if isinstance(event, CostRising):
        return None  # every second: shown where lines are redrawn
    if isinstance(event, Warned):
        return f"  warning: {event.message}"
    if isinstance(event, AnsweredBefore):
        return f"  {event.message}"
    if isinstance(event, RunFinished):
        return None
    raise TypeError(f"{type(event).__name__} is not an event")


def spent(event: CostChanged | CostRising) -> str:
    """``1500 tokens, 0.0060 of 1 USD``"""
    if isinstance(event, CostChanged) and event.recorded:
        return (
            f"recorded: {spent(replace(event, recorded=False, budget_usd=None, budget_tokens=None))}; nothing is paid"
        )
    tokens = event.input_tokens + event.output_tokens
    told = f"{tokens} tokens" if event.budget_tokens is None else f"{tokens} of {event.budget_tokens} tokens"
    if event.budget_usd is not None:
        return f"{told}, {event.usd:.4f} of {event.budget_usd:g} USD"
    return f"{told}, {event.usd:.4f} USD" if event.usd else told


class _PlainLines:
    """Lines for a file or a pipe: what only counts on is told every few seconds."""

    def __init__(self) -> None:
        self._counted = time.monotonic()

    def take(self, event: Event) -> None:
        if isinstance(event, StageProgress) and event.total:
            if time.monotonic() - self._counted < COUNTED_EVERY_S:
                return
            self._counted = time.monotonic()
        line = describe(event)
        if line is not None:
            print(line, file=sys.stderr, flush=True)


class _StageTable:
    """What is drawn: finished stages with their message and time, the running one with what it does now."""

    def __init__(self) -> None:
        from rich.spinner import Spinner

        self._header = ""
        self._spent = ""
        self._finished: list[tuple[str, str, float]] = []
        self._stage = ""
        self._message = ""
        self._since = 0.0
        self._spinner = Spinner("dots")

    def take(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._header = f"Fusing {event.target}"
        elif isinstance(event, StageStarted):
            self._stage, self._message, self._since = event.stage, event.message, time.monotonic()
        elif isinstance(event, (CostChanged, CostRising)):
            self._spent = spent(event)
        elif isinstance(event, StageFinished):
            self._finished.append((event.stage, event.message, event.elapsed_s))
            self._stage = ""
        elif isinstance(event, (StageProgress, CandidateJudged, CheckFinished, Warned, AnsweredBefore)):
            self._message = (describe(event) or self._message).strip().removeprefix(f"[{self._stage}]").strip()

    def stop(self) -> None:
        self._stage = ""

    def __rich__(self) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=1)
        grid.add_column(style="bold")
        grid.add_column(justify="right", style="dim")
        grid.add_column(overflow="ellipsis", no_wrap=True)
        for stage, message, elapsed in self._finished:
            grid.add_row(Text("✓", style="green"), stage, f"{elapsed:.1f} s", Text(message))
        if self._stage:
            elapsed = time.monotonic() - self._since
            grid.add_row(self._spinner, self._stage, f"{elapsed:.1f} s", Text(self._message))
        outer = Table.grid()
        if self._header:
            outer.add_row(Text(self._header))
        if self._spent:
            outer.add_row(Text(self._spent, style="dim"))
        outer.add_row(grid)
        return outer
