"""Ctrl-C at any moment: exit status 130, the run written down, no process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import COMMAND, environment

SOURCE = (
    "import torch\nfrom torch import nn\n\n\nclass Block(nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.a = nn.Linear(64, 96)\n        self.b = nn.Linear(96, 64)\n\n"
    "    def forward(self, x):\n        return self.b(torch.relu(self.a(x)))\n\n\n"
    "def get_inputs():\n    return [torch.randn(32, 64)]\n"
)


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    (project / "model.py").write_text(SOURCE, encoding="utf-8")
    return subprocess.Popen(
        [*COMMAND, "fuse", "model.py", *arguments],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def assert_nothing_left(pids: list[int]) -> None:
    deadline = time.monotonic() + 3
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize("stage", ["load", "route", "extract", "dispatch", "compose", "verify"])
def test_in_every_stage(project: Path, stage: str) -> None:
    process = start(project, "--json", "--route", "fuser")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"[{stage}]"):
            break
    pids = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    result = json.loads(out)
    assert result["status"] == "cancelled"
    assert result["error"]["code"] == "Cancelled"
    (written,) = (project / ".fuse").glob("*/result.json")
    assert json.loads(written.read_text(encoding="utf-8")) == result
    assert_nothing_left(pids)


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.2, 0.25, 0.3, 0.4, 0.6, 1.0])
def test_before_anything_has_begun(project: Path, delay: float) -> None:
    """Also while Python itself starts: the process ends, and nothing stays behind."""
    process = start(project)
    time.sleep(delay)
    pids = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    # Before the first line of ours runs the status is Python's own: 1 while it reads its own modules, else the signal.
    ours = any(f"{room}{os.sep}kernelagent" in err for room in ("pipeline", "server"))
    python_itself = process.returncode == 1 and "KeyboardInterrupt" in err and not ours
    assert process.returncode in (130, -signal.SIGINT) or python_itself, err
    assert_nothing_left(pids)
    for folder in filter(Path.is_dir, (project / ".fuse").glob("*-*")):  # the index has files of its own there
        assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["status"] == "cancelled"


def test_termination_is_cancelling_too(project: Path) -> None:
    process = start(project, "--json")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("[load]"):
            break
    pids = descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, json.loads(out)["status"]) == (130, "cancelled")
    assert_nothing_left(pids)


def test_killed_outright_it_leaves_no_process(project: Path) -> None:
    process = start(project)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("[load]"):
            break
    pids = descendants(process.pid)
    process.kill()
    process.communicate(timeout=20)
    assert_nothing_left(pids)


@pytest.mark.parametrize("command", [("inspect", "model.py"), ("verify", "model.py", "--problem", "model.py")])
def test_in_the_other_commands(project: Path, command: tuple[str, ...]) -> None:
    (project / "model.py").write_text(SOURCE, encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, *command, "--json"],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not (pids := descendants(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    pids = descendants(process.pid) or pids
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, json.loads(out)["error"]["code"]) == (130, "Cancelled")
    assert_nothing_left(pids)
