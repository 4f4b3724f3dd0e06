"""The table of a batch that goes on: what is in hand, and what is left."""

from __future__ import annotations

import io

from answers import answer, failed
from kernelagent.cli.batch_table import ROWS, Table
from kernelagent.contract.events import StageStarted
from rich.console import Console


def drawn(table: Table, console: Console, width: int) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    file.seek(0)
    file.truncate()
    console.width = width
    console.print(table)
    return file.getvalue()


def test_what_is_in_hand_and_what_is_left_is_shown() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    table = Table(50, console)
    for number in range(ROWS + 3):
        table.begun(f"model_{number}.py")
    table.event("model_0.py", StageStarted("verify", "Judging the composed kernel"))
    text = drawn(table, console, 80)
    assert "verify" in text
    assert "model_0.py" in text
    assert "and 3 more" in text
    assert f"0 verified, 0 failed, {ROWS + 3} running, {50 - ROWS - 3} left" in text
    table.left("model_0.py")
    table.answered(answer("model_0.py"), 1, 50)
    table.left("model_1.py")
    table.answered(failed("model_1.py", "TimedOut: capture"), 2, 50)
    table.waits("The cluster has no room.")
    text = drawn(table, console, 120)
    assert "1 verified, 1 failed" in text
    assert "/min" in text
    assert "to go" in text
    assert "The cluster has no room." in text
    assert all(len(line) <= 120 for line in text.splitlines())
