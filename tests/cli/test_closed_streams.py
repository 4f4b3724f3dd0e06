"""Standard streams that are closed, as daemons and cron leave them: the work and its exit status are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment, kernelagent

CLOSED = {"out": ">&-", "err": "2>&-", "in": "<&-", "all": "<&- >&- 2>&-"}


def closing(which: str) -> tuple[str, ...]:
    return "bash", "-c", f'exec "$@" {CLOSED[which]}', "bash"


@pytest.mark.parametrize("which", CLOSED)
@pytest.mark.parametrize(("arguments", "status"), [(("models",), 0), (("--version",), 0), (("no such command",), 2)])
def test_a_command_ends_quietly(which: str, arguments: tuple[str, ...], status: int, project: Path) -> None:
    done = kernelagent(*arguments, cwd=project, prefix=closing(which))
    assert done.status == status
    assert "Traceback" not in done.stderr
    assert "InternalError" not in done.stderr + done.stdout


def test_a_run_is_done_and_kept(project: Path) -> None:
    run = (".fuse/quiet", ".fuse/json")
    done = kernelagent("fuse", "model.py::Block", "--run-dir", run[0], cwd=project, prefix=closing("all"))
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    told = json.loads((project / run[0] / "result.json").read_text(encoding="utf-8"))
    assert told["status"] == "verified"
    arguments = "fuse", "model.py::Block", "--no-verify", "--json", "--run-dir", run[1]
    done = kernelagent(*arguments, cwd=project, prefix=closing("err"))
    assert done.status == 0
    assert done.document["error"] is None


@pytest.mark.parametrize("which", CLOSED)
def test_a_command_of_kernelagent(which: str, project: Path) -> None:
    compat = str(Path(__file__).parents[2] / "pipeline" / "compat")
    path = os.pathsep.join([compat, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*closing(which), sys.executable, "-m", "Fuser.subgraph_extractor", "--problem", "none.py"],
        cwd=project,
        env=environment(PYTHONPATH=path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("which", CLOSED)
def test_the_server_ends(which: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*closing(which), sys.executable, "-m", "kernelagent_lsp", "--stdio"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1  # nobody has said ``shutdown``
    assert "Traceback" not in done.stderr
