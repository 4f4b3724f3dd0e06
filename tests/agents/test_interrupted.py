"""Ctrl-C while models are asked: the program is gone at once, not only its requests."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

from command_line import COMMAND, environment
from doors import KEY
from kernels import MODULE
from model_server import Hang, serving
from pieces_of_net import NET

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\n'
AT_ONCE_S = 0.5
"""With four workers; taking an interpreter apart that has imported torch, or an SDK, takes longer."""


def test_four_workers_end_at_once(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    asks = ["fuse", "model.py", "--provider", "openai", "--model", "m", "--workers", "4", "--route", "direct", "--yes"]
    took = []
    with serving(Hang()) as server:
        env = environment(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{server.url}/v1")
        for _ in range(2):  # the machine may be busy once
            before = len(server.seen)
            with subprocess.Popen([*COMMAND, *asks], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL) as process:
                while len(server.seen) < before + 4 and process.poll() is None:
                    time.sleep(0.02)
                time.sleep(0.2)
                began = time.monotonic()
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 130
                took.append(time.monotonic() - began)
            assert server.wait_until_closed()
    assert min(took) < AT_ONCE_S, took


def test_while_advice_on_the_route_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(NET, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    asks = [*COMMAND, "fuse", "model.py", "--yes", "--json", "--run-dir", "run"]
    took = []
    with serving(Hang()) as server:
        env = environment(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{server.url}/v1")
        for turn in range(1, 3):  # the machine may be busy once
            with subprocess.Popen(
                asks, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as process:
                while len(server.seen) < turn and process.poll() is None:
                    time.sleep(0.02)
                time.sleep(0.2)
                began = time.monotonic()
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=10)
                took.append(time.monotonic() - began)
                assert process.returncode == 130
            assert "confidence" in server.seen[-1].text, "it is advice that is asked for"
            result = json.loads(out)
            assert (result["status"], result["error"]["code"]) == ("cancelled", "Cancelled")
            assert not (tmp_path / "run" / "kernels_out").exists()
            assert server.wait_until_closed()
    assert len(server.seen) == 2
    assert min(took) < 1.0, took
