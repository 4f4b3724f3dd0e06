"""One benchmark at a time on a GPU, across processes, and memory that is asked for before it is used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.driver.gpu_turn import file_of
from kernelagent.errors import GpuBusy, OutOfGpuMemory
from kernelagent.worker.measure.room import needed_bytes, wait_for_room
from kernelagent.worker.measure.turn import Turn

HOLD = """
import sys, time
from kernelagent.worker.measure.turn import Turn
with Turn(sys.argv[1]):
    print("has it", flush=True)
    time.sleep(60)
"""
GIB = 1 << 30


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "has it\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_is_waited_for_and_said_for_whom(tmp_path: Path) -> None:
    told: list[str] = []
    with holder(tmp_path / "lock") as process:
        killing = threading.Timer(0.5, os.kill, (process.pid, signal.SIGKILL))
        killing.start()
        with Turn(str(tmp_path / "lock"), told.append, 60.0):
            assert process.wait(10) == -signal.SIGKILL  # whoever dies gives it up
        killing.join()
    assert told == [f"waiting for the GPU: process {process.pid} is timing on it"]


def test_it_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as process:
        began = time.monotonic()
        with (
            pytest.raises(GpuBusy, match=rf"process {process.pid} was timing"),
            Turn(str(tmp_path / "lock"), limit_s=0.3),
        ):
            pytest.fail("two have it")
        assert time.monotonic() - began < 30


def test_words_of_others_are_not_shown(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with holder(lock):
        lock.write_text("\x1b[2J buy")
        with pytest.raises(GpuBusy, match=r"^another process was timing"), Turn(str(lock), limit_s=0.0):
            pytest.fail("two have it")


def test_no_file_is_no_reason_not_to_measure(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / "link").symlink_to(mine)
    for path in (None, str(tmp_path / "no" / "folder"), str(tmp_path / "link")):
        with Turn(path):
            pass
    assert mine.read_text() == "mine"


def test_a_device_has_a_file_of_its_own() -> None:
    one = file_of({"name": "NVIDIA H200", "uuid": "3f0c4b52-11"})
    assert one.name == "kernelagent-3f0c4b52-11.lock"
    assert file_of({"name": "NVIDIA H200", "uuid": "../../3f0c4b52-12"}).parent == one.parent
    assert file_of({"name": "A card/of old", "uuid": ""}).name == "kernelagent-A-card-of-old.lock"


def test_memory_of_others_is_waited_for() -> None:
    free, told = iter([1 * GIB, 1 * GIB, 6 * GIB]), list[str]()
    wait_for_room(5 * GIB, told.append, 60.0, lambda: (next(free), 8 * GIB))
    assert told == ["waiting for 5.0 GiB of the GPU's memory: 1.0 GiB are free"]
    with pytest.raises(GpuBusy, match=r"1\.0 GiB of 8\.0 GiB were free"):
        wait_for_room(5 * GIB, limit_s=0.0, memory=lambda: (GIB, 8 * GIB))


def test_memory_that_there_is_not_is_not_waited_for() -> None:
    with pytest.raises(OutOfGpuMemory, match=r"needs 9\.0 GiB of the GPU's memory, which has 8\.0 GiB in all"):
        wait_for_room(9 * GIB, limit_s=60.0, memory=lambda: (8 * GIB, 8 * GIB))


def test_what_is_needed() -> None:
    tensor = {"name": "x", "shape": [1024, 1024], "dtype": "float32"}
    problem = from_json(
        Problem,
        {
            "file": "model.py",
            "class_name": "Block",
            "line": 1,
            "source_sha256": "",
            "example": {"inputs": "(x,)", "init": "()", "origin": "directive"},
            "inputs": [tensor],
            "outputs": [{**tensor, "name": "output"}],
            "state": [{**tensor, "name": "w", "dtype": "bfloat16"}],
        },
    )
    mib = 1 << 20
    assert needed_bytes(problem, sets=3) == needed_bytes(problem, sets=1) + 2 * 4 * mib
    assert needed_bytes(problem, sets=1) - (4 + 2 * 2 + 2 * 4) * mib == 1 << 29
