"""A file that is clean for a linter stays so with a Triton version in a class's place, and without it again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from kernelagent.static.wiring import is_wired, unwired, wiring_of
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.plan import EditPlan
from kernelagent_lsp.edits.wiring import plan_unwired, plan_wired
from lsprotocol import types

CLASS = """import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return torch.sigmoid(x) * x
"""
MAIN = '\n\nif __name__ == "__main__":\n    print(Gate())\n'
BELOW = [
    "",
    "\n\nNET = Gate()\n",
    "\n\n# The net.\nNET = Gate()\n",
    MAIN,
    "\n\nassert Gate\n",
    "\n\n@torch.no_grad()\ndef net():\n    return Gate()\n",
    "\n\n# Another one.\nclass Net(nn.Module):\n    pass\n",
    "\n\nasync def net():\n    pass\n",
    "\n\n# The end.\n",
]


def ruff(path: Path, text: str, *options: str) -> str:
    """What ``ruff`` has to say of it; what it mends is in ``path`` afterwards."""
    path.write_text(text)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--preview", *options, str(path)]
    done = subprocess.run(
        [*command, "--select", "E,F,I,W", "--output-format", "concise"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode else ""


def document(path: Path, text: str) -> Document:
    return Document(path.as_uri(), "python", 1, text, Encoding.UTF16)


def wired(path: Path, text: str, kernel: str = "m_triton.py") -> str:
    plan = plan_wired(document(path, text), str(path), "Gate", "GateTriton", path.with_name(kernel))
    assert isinstance(plan, EditPlan)
    made = document(path, text)
    for edit in reversed(plan.edits):
        made.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text)], 2)
    assert made.text == plan.after
    return plan.after


def taken_back(path: Path, text: str) -> str:
    plan = plan_unwired(document(path, text), str(path), "Gate")
    assert isinstance(plan, EditPlan)
    assert unwired(text) == plan.after
    return plan.after


@pytest.mark.parametrize("below", BELOW)
def test_there_is_nothing_to_mend_and_what_is_mended_stays_in_place(tmp_path: Path, below: str) -> None:
    path = tmp_path / "m.py"
    text = CLASS + below
    assert ruff(path, text) == ""
    after = wired(path, text)
    assert is_wired(after, "Gate")
    assert ruff(path, after, "--fix") == ""
    assert path.read_text() == after
    assert taken_back(path, after) == text


@pytest.mark.parametrize("below", [f"{each}{MAIN}" for each in BELOW])
def test_nor_in_a_package_s_file_that_is_a_script(tmp_path: Path, below: str) -> None:
    (tmp_path / "__init__.py").touch()
    path = tmp_path / "m.py"
    text = CLASS + below
    after = wired(path, text)
    assert "\nelse:\n    from m_triton" in after
    assert ruff(path, text) == ruff(path, after, "--fix") == ""
    assert path.read_text() == after
    formatting = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", str(path)]
    formatted = subprocess.run(formatting, timeout=60, check=False)
    assert formatted.returncode == 0
    assert taken_back(path, after) == text


@pytest.mark.parametrize("below", BELOW)
@pytest.mark.parametrize("comment", ["", "  # noqa: E402, F811"])
def test_a_line_of_older_days_is_seen_and_a_mended_one_leaves_the_style(
    tmp_path: Path, below: str, comment: str
) -> None:
    path = tmp_path / "m.py"
    text = f"{CLASS}\n\nfrom m_triton import GateTriton as Gate{comment}\n{below}"
    found = wiring_of(text, "Gate")
    assert found is not None
    assert taken_back(path, text) == CLASS + below
    assert wired(path, text) == wired(path, CLASS + below)
    ruff(path, text, "--fix", "--ignore", "E402,F401,F811")
    assert taken_back(path, path.read_text()) == CLASS + below


@pytest.mark.parametrize("blank", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("below", ["NET = Gate()\n", "def net():\n    pass\n", "# A word.\nNET = Gate()\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_of_another_style_comes_back_as_it_was(tmp_path: Path, blank: str, below: str, newline: str) -> None:
    path = tmp_path / "m.py"
    text = (CLASS + blank + below).replace("\n", newline)
    after = wired(path, text)
    assert is_wired(after, "Gate")
    assert taken_back(path, after) == text
    other = wired(path, after, "m_Gate_triton.py")
    assert "from m_Gate_triton import" in other
    assert "from m_triton" not in other
    assert taken_back(path, other) == text
