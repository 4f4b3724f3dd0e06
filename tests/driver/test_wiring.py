"""Where a file puts a Triton version in a class's place, the class that stands above is the one that is meant."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kernelagent.driver.target import Target, read_source
from kernelagent.static.wiring import originals, unwired, wiring_of

CLASS = """import torch


class Gate(torch.nn.Module):
    def forward(self, x):
        return torch.sigmoid(x) * x
"""
BLOCK = """import torch
from gate import Gate


# kernelagent: inputs=(torch.randn(4, 8),)
class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()

    def forward(self, x):
        return self.gate(x) + 1.0
"""
EITHER = """if __spec__ and __spec__.parent:  # a comment of somebody's
    from .gate_triton import (
        GateTriton as Gate,
    )
else:
    from gate_triton import GateTriton as Gate
"""
IMPORTED = "from gate_triton import GateTriton as Gate  # noqa: E402, F811\n"


@pytest.mark.parametrize(
    ("below", "name", "line"),
    [
        (f"\n\n{IMPORTED}", "Gate", 9),
        ("\n\nfrom .gate_triton import GateTriton as Gate\n", "Gate", 9),
        ("\n\nGate = GateTriton\n", "Gate", 9),
        ("\n\nfrom gate_triton import (\n    GateTriton as Gate,\n)\n", "Gate", 9),
        (f"\n\n{EITHER}", "Gate", 9),
        ("\n\nclass Model(Gate):\n    pass\n\n\nfrom m_triton import ModelNew as Model\n", "Model", 13),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_it_is_seen_and_taken_out(below: str, name: str, line: int, newline: str) -> None:
    text = (CLASS + below + "\n\nlast = 1\n").replace("\n", newline)
    found = wiring_of(text, name)
    assert found is not None
    assert found.line == line
    assert wiring_of(originals(text), name) is None
    assert len(originals(text).split(newline)) == len(text.split(newline))
    assert wiring_of(unwired(text), name) is None


def test_without_it_the_text_is_the_one_before() -> None:
    assert unwired(f"{CLASS}\n\n{IMPORTED}\n\nlast = 1\n") == f"{CLASS}\n\nlast = 1\n"
    assert unwired(f"{CLASS}\n\n{IMPORTED}") == CLASS


@pytest.mark.parametrize(
    "text",
    [
        IMPORTED + "\n\n" + CLASS,  # the class takes the name back
        CLASS + "from gate_triton import GateTriton\n",
        CLASS + "from gate_triton import FastGate as Gate\n",
        CLASS + "Gate = FastGateTriton\n",
        CLASS + "x = 1; Gate = GateTriton\n",
        CLASS + "Gate = GateTriton; x = 1\n",
        CLASS + "def f():\n    Gate = GateTriton\n",
        CLASS + "# Gate = GateTriton\n",
        CLASS + "Gate = GateTriton(\n",
    ],
)
def test_nothing_else_is_taken_for_one(text: str) -> None:
    assert wiring_of(text, "Gate") is None
    assert originals(text) == text
    assert unwired(text) == text


def test_a_form_feed_ends_no_line() -> None:
    text = f"{CLASS}\f\n\n{IMPORTED}"
    assert wiring_of(text, "Gate") is not None
    assert unwired(text) == f"{CLASS}\f\n" or unwired(text) == CLASS


def test_the_source_s_digest_is_that_of_the_original(tmp_path: Path) -> None:
    wired, plain = tmp_path / "wired.py", tmp_path / "plain.py"
    wired.write_text(f"{CLASS}\n\n{IMPORTED}")
    plain.write_text(CLASS)
    assert read_source(Target(wired, "Gate")).sha256 == read_source(Target(plain, "Gate")).sha256


@pytest.mark.parametrize("statement", [IMPORTED, EITHER])
def test_the_original_is_what_is_fused_also_where_another_file_has_it(tmp_path: Path, statement: str) -> None:
    (tmp_path / "gate.py").write_text(f"{CLASS}\n\n{statement}")
    (tmp_path / "gate_triton.py").write_text("raise RuntimeError('a kernel is not asked for')\n")
    (tmp_path / "block.py").write_text(BLOCK)
    for target, inputs in (("gate.py", ["--inputs", "(torch.randn(4, 8),)"]), ("block.py", [])):
        done = subprocess.run(
            [sys.executable, "-m", "kernelagent.cli.main", "inspect", target, "--json", *inputs],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "sigmoid" in json.dumps(json.loads(done.stdout))
