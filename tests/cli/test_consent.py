"""A user at a terminal who agrees where the answer cannot be kept: it holds for that command."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from command_line import COMMAND, environment
from model_server import ABROAD, Say, playing

BLOCK = """\
import torch
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        return torch.sin(x) * 2.0


def get_inputs():
    return [torch.randn(4, 16)]
"""
TABLE = '[tool.kernelagent.models."m"]\nprovider = "relay"\n'
AGENT = ("--workers", "1", "--max-iters", "1")
NAMED = ("--provider", "relay", "--model", "m", *AGENT, "--no-fallback")


@pytest.mark.parametrize(
    "command",
    [
        (*COMMAND, "fuse", "block.py", *NAMED),
        (*COMMAND, "batch", "block.py", *NAMED),
        (sys.executable, "-m", "Fuser.pipeline", "--problem", "block.py", "--extract-model", "m", "--workers", "1"),
    ],
    ids=["fuse", "batch", "Fuser.pipeline"],
)
def test_agreeing_without_a_folder_to_keep_it_in(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(BLOCK, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "config").write_text("no folder", encoding="utf-8")
    compat = str(Path(__file__).resolve().parents[2] / "pipeline" / "compat")
    with playing(lambda seen, turn: Say("I would rather talk."), ABROAD) as server:
        (tmp_path / ".env").write_text(f"LLM_RELAY_URL={server.url}\n", encoding="utf-8")
        given = environment(
            XDG_CONFIG_HOME=str(tmp_path / "config"),
            PYTHONPATH=os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), compat))),
        )
        status, said = _at_a_terminal(command, given, tmp_path)
        assert said.count("Agree, for this project?") == 1, said[:2000]
        assert "holds for this time only" in said
        assert "Traceback" not in said
        assert "InternalError" not in said
        assert "works alone" not in said, "KernelAgent's commands do without a model where nobody has agreed"
        assert server.seen or NAMED[0] not in command, said[-2000:]
    assert status in (0, 1)


def _at_a_terminal(command: tuple[str, ...], given: dict[str, str], folder: Path) -> tuple[int, str]:
    """Status and screen of ``command``, whose questions are all answered with yes."""
    outside, inside = pty.openpty()
    said = bytearray()

    def read() -> None:
        answered = 0
        while True:
            try:
                block = os.read(outside, 4096)
            except OSError:  # nobody has the other end any more
                return
            if not block:
                return
            said.extend(block)
            if said.count(b"[y/N]") > answered:
                answered += 1
                os.write(outside, b"y\n")

    process = subprocess.Popen(command, cwd=folder, env=given, stdin=inside, stdout=inside, stderr=inside)
    os.close(inside)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        status = process.wait(timeout=200)
    finally:
        process.kill()
        reader.join()
        os.close(outside)
    return status, " ".join(said.decode("utf-8", "replace").split())
