"""Ctrl-C while models are asked: the program is gone at once, not only its requests."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from command_line import COMMAND, environment
from doors import KEY
from kernels import MODULE
from model_server import Hang, serving

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
