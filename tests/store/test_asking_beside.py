"""Whether a run is going on is asked by many at once: they are no run to each other, nor to one that begins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from kernelagent.driver.run_lock import LOCK, RunLock, is_going
from kernelagent.driver.store.exporting import export
from kernelagent.errors import StillGoing
from past_runs import write_run

RUN = "20260101-100000-gate-0001"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """One that ended."""
    (tmp_path / "pyproject.toml").touch()
    folder = write_run(tmp_path / ".fuse", RUN)
    RunLock(folder).release()
    return folder


@contextmanager
def beside(what: Callable[[], object], threads: int) -> Iterator[None]:
    over = threading.Event()

    def again() -> None:
        while not over.is_set():
            what()

    with ThreadPoolExecutor(threads) as pool:
        going = [pool.submit(again) for _ in range(threads)]
        try:
            yield
        finally:
            over.set()
    for one in going:
        one.result()


def test_those_who_ask_are_no_run_to_each_other(run: Path) -> None:
    with beside(lambda: is_going(run), 3):
        assert not any(is_going(run) for _ in range(3000))


def test_archives_are_written_side_by_side(run: Path, tmp_path: Path) -> None:
    with beside(lambda: is_going(run), 3):
        for number in range(30):
            export([run], tmp_path / f"sent-{number}.tar.gz")


def test_a_run_begins_while_it_is_asked(run: Path) -> None:
    with beside(lambda: is_going(run), 3):
        for _ in range(300):
            RunLock(run).release()


def test_asking_changes_nothing(run: Path) -> None:
    lock = RunLock(run)
    assert is_going(run)
    with pytest.raises(StillGoing, match="is still going \\(process"):
        RunLock(run)
    lock.release()
    (run / LOCK).write_bytes(b"1\n")
    assert not is_going(run)
    assert (run / LOCK).read_bytes() == b"1\n"
