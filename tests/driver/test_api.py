"""The Python API: a result for everything, errors by name, Ctrl-C without a process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import kernelagent
import pytest
from driver_processes import alive, wait_for
from kernelagent.contract.events import Event
from kernelagent.errors import NotAKernelFile

SOURCE = (
    "import torch\nclass Block(torch.nn.Module):\n    def forward(self, x):\n        return torch.relu(x) * 2\n"
    "def get_inputs():\n    return [torch.randn(4, 8)]\n"
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    file = tmp_path / "model.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def test_fuse_and_verify(model: Path) -> None:
    events: list[Event] = []
    result = kernelagent.fuse(model, on_event=events.append, arch=("sm_90",))
    assert result.status == "verified", result
    assert (events[0].kind, events[-1].kind) == ("run_started", "run_finished")
    assert result.kernel is not None
    kernel = Path(result.artifacts["run_dir"]) / result.kernel
    assert kernelagent.verify(kernel, f"{model}::Block").verdict == "pass"


def test_a_failure_is_a_result(model: Path) -> None:
    result = kernelagent.fuse(f"{model}::Blok")
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.code == "ClassNotFound"
    missing = kernelagent.fuse(model, interpreter="/nowhere/python")
    assert missing.error is not None
    assert missing.error.code == "InterpreterNotFound"


def test_verify_raises(model: Path) -> None:
    with pytest.raises(NotAKernelFile):
        kernelagent.verify(model.with_name("nowhere.py"), model)


def test_an_unknown_option_is_a_type_error(model: Path) -> None:
    with pytest.raises(TypeError, match="speed"):
        kernelagent.fuse(model, speed="high")


def test_ctrl_c_ends_a_loop_over_problems(model: Path) -> None:
    """The session says that it was cancelled, and no second one is begun."""
    script = (
        "import logging, sys\nfrom triton_kernel_agent import TritonKernelAgent\n"
        f"agent = TritonKernelAgent(log_dir={os.fspath(model.parent / 'sessions')!r})\n"
        f"for turn in range(2):\n    agent.generate_kernel({SOURCE!r})\n"
    )
    compat = Path(kernelagent.__file__).parents[1] / "compat"
    paths = os.pathsep.join([str(compat), str(compat.parent), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    sessions = model.parent / "sessions"
    wait_for(lambda: bool(list(sessions.glob("*/run/graph.json"))), 60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in err
    (written,) = sessions.glob("*/run/result.json")
    assert json.loads(written.read_text(encoding="utf-8"))["status"] == "cancelled"


def test_ctrl_c_in_a_script(model: Path) -> None:
    script = (
        "import kernelagent, sys\n"
        "def tell(event):\n"
        "    print(event.kind, getattr(event, 'stage', ''), flush=True)\n"
        f"kernelagent.fuse({os.fspath(model)!r}, on_event=tell)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("stage_started verify"):
            break
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in err
    (written,) = (model.parent / ".fuse").glob("*/result.json")
    assert json.loads(written.read_text(encoding="utf-8"))["status"] == "cancelled"
    wait_for(lambda: not any(alive(pid) for pid in children), 5)
