"""A server that ends right after a cancel, and the next one: nothing that was known is forgotten."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernelagent.driver.run_directory import RUNS_FOLDER
from models import SOFTMAX
from past_runs import write_run
from wire_client import Wire

OPTIONS = {"interpreter": sys.executable, "analyzeOnSave": False, "codeLens": True}
VERIFIED = "20260101-120000-gate-0001"


def project(folder: Path) -> Path:
    """With a module that was fused before; its path."""
    (folder / "pyproject.toml").touch()
    path = folder / "model.py"
    path.write_text(SOFTMAX)
    write_run(folder / RUNS_FOLDER, VERIFIED, source=SOFTMAX)
    return path


def cancelled(folder: Path, number: int) -> str:
    """A run that was cancelled later, before it had come as far as its problem; its name."""
    name = f"20260102-1200{number:02}-gate-{number:04}"
    run = write_run(folder / RUNS_FOLDER, name, status="cancelled")
    (run / "problem.json").unlink()
    later = time.time() + number
    os.utime(run / "result.json", (later, later))
    return name


def opened(path: Path, seen: Callable[[list[Any]], bool]) -> tuple[Wire, list[Any]]:
    """A new server with the module open, and what it says of jobs once ``seen`` of it."""
    wire = Wire("--stdio", "--log-level", "error")
    wire.initialize(initializationOptions=OPTIONS)
    wire.open(path.as_uri(), path.read_text())
    deadline = time.monotonic() + 30
    while True:
        rows = wire.execute("kernelagent.jobs")["jobs"]
        if seen(rows) or time.monotonic() > deadline:
            return wire, rows
        time.sleep(0.05)


def lenses(wire: Wire, path: Path) -> list[str]:
    answer = wire.request("textDocument/codeLens", {"textDocument": {"uri": path.as_uri()}})
    return [lens["command"]["title"] for lens in answer["result"]]


@pytest.mark.parametrize("how", ["shutdown", "end of input", "SIGKILL"])
def test_a_cancel_and_the_end_at_once(tmp_path: Path, how: str) -> None:
    path = project(tmp_path)
    before, _ = opened(path, bool)
    try:
        changed = SOFTMAX.replace("dim=-1", "dim=0")
        path.write_text(changed)
        before.replace(path.as_uri(), changed, 2)
        job = before.execute("kernelagent.fuse", uri=path.as_uri(), **{"class": "Gate"})["jobId"]
        run = _run_of(before, job)
        before.execute("kernelagent.cancel", jobId=job)
        if how == "shutdown":
            assert before.stop() == 0
        elif how == "end of input":
            assert before.process.stdin is not None
            before.process.stdin.close()
        else:
            before.process.kill()
        before.process.wait(10)
    finally:
        before.close()
    if how == "SIGKILL":
        expected = [(VERIFIED, "verified", True)]
    else:
        assert json.loads((run / "result.json").read_text())["status"] == "cancelled"
        expected = [(VERIFIED, "verified", True), (run.name, "cancelled", False)]
    after, rows = opened(path, lambda rows: len(rows) == len(expected))
    try:
        assert [(row["jobId"], row["state"], row["offered"]) for row in rows] == expected
        assert "Fuse to Triton" in lenses(after, path)[0]
    finally:
        after.close()


def _run_of(wire: Wire, job: str) -> Path:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        row = next(row for row in wire.execute("kernelagent.jobs")["jobs"] if row["jobId"] == job)
        if row["runDirectory"]:
            return Path(row["runDirectory"].removeprefix("file://"))
        time.sleep(0.02)
    raise AssertionError(f"the job has no run directory: {row}")


def test_many_cancelled_runs_do_not_hide_the_verified_one(tmp_path: Path) -> None:
    path = project(tmp_path)
    names = [cancelled(tmp_path, number) for number in range(1, 26)]
    wire, rows = opened(path, bool)
    try:
        assert [(row["jobId"], row["state"]) for row in rows] == [(VERIFIED, "verified"), (names[-1], "cancelled")]
        assert "Apply the Triton kernel" in lenses(wire, path)
        assert wire.execute("kernelagent.discard", jobId=VERIFIED) == {"discarded": True}
        row = wire.execute("kernelagent.jobs")["jobs"][0]
        assert (row["state"], row["offered"], row["discarded"]) == ("verified", False, True)
        assert lenses(wire, path) == ["Fuse to Triton"]
    finally:
        wire.close()
