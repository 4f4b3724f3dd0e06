"""The shipped configuration in a real Neovim: the action, its progress, one undoable edit, and what must not happen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kernelagent.static.wiring import unwired

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kernelagent-tests"
NEOVIM = CACHE / "neovim" / "bin" / "nvim"
PATIENCE_S = 120

SOURCE = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)
class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return torch.softmax(x * self.scale, dim=-1)
"""


KERNEL = """import triton
import triton.language as tl


@triton.jit
def total(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n)
    tl.store(out_ptr, tl.sum(x))
"""


def play(scenario: str, folder: Path, text: str = SOURCE, **settings: Any) -> dict[str, Any]:
    """Run ``scenario`` of neovim.lua on a file with ``text``; what it has seen."""
    assert NEOVIM.exists(), "run tests/setup-editors.sh first"
    file, out = folder / "model.py", folder / "seen.json"
    (folder / "pyproject.toml").write_text("")
    file.write_bytes(text.encode())
    environment = {
        **os.environ,
        "KA_REPO": str(REPOSITORY),
        "KA_PYTHON": sys.executable,
        "KA_FILE": str(file),
        "KA_OUT": str(out),
        "KA_SCENARIO": scenario,
        "KA_SETTINGS": json.dumps({"interpreter": sys.executable, "analyzeOnSave": False, **settings}),
        "KA_PATIENCE": str(PATIENCE_S),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    done = subprocess.run(
        [str(NEOVIM), "--headless", "--clean", "-u", str(Path(__file__).with_name("neovim.lua"))],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    assert out.exists(), done.stderr
    seen: dict[str, Any] = json.loads(out.read_text())
    assert "error" not in seen, seen["error"]
    return seen


def test_the_kernel_arrives_in_a_file_beside_the_module(tmp_path: Path) -> None:
    seen = play("sibling", tmp_path)
    assert seen["encoding"] == "utf-8"
    assert unwired(seen["original"] + "\n") == SOURCE
    assert "_triton import GateTriton as Gate" in seen["original"]
    assert re.search(r"^class GateTriton\b", seen["kernel"], re.MULTILINE)
    assert seen["after_undo"] == "", "one undo takes the whole edit back"
    kinds = [report["kind"] for report in seen["progress"]]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert kinds.count("begin") == kinds.count("end") == 1
    assert seen["progress"][0]["title"] == "Fusing Gate to Triton"
    percentages = [report["percentage"] for report in seen["progress"][:-1]]
    assert percentages == sorted(percentages)
    (diagnostic,) = seen["diagnostics"]
    assert diagnostic["line"] == 5
    assert diagnostic["code"] == "Verified"
    assert len(seen["questions"]) == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_inline_is_one_step_to_undo(tmp_path: Path, newline: str) -> None:
    seen = play("inline", tmp_path, SOURCE.replace("\n", newline), output="inline", apply="auto")
    assert "import triton" in seen["after"]
    assert re.search(r"^class GateTriton\b", seen["after"], re.MULTILINE)
    assert "\r" not in seen["after"]
    assert seen["after_undo"] == seen["before"]
    assert seen["questions"] == []


def test_a_document_that_changed_is_not_overwritten(tmp_path: Path) -> None:
    seen = play("stale", tmp_path, output="inline")
    assert seen["after"] + "\n" == "# typed while the kernel was made\n" + SOURCE
    assert "has changed since" in seen["notes"][0]
    assert seen["siblings"] == []


def test_cancel(tmp_path: Path) -> None:
    seen = play("cancel", tmp_path)
    assert "cancelled" in seen["progress"][-1]["message"]
    assert seen["notes"][0] == "KernelAgent: cancelled."
    assert "cancelled" in seen["notes"][1]
    assert seen["after"] + "\n" == SOURCE


def test_report_first_and_apply_by_command(tmp_path: Path) -> None:
    seen = play("report", tmp_path)
    assert "## Verdict" in seen["report"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_linter_shows_a_mistake_and_its_quick_fix_mends_it(tmp_path: Path, newline: str) -> None:
    seen = play("lint", tmp_path, KERNEL.replace("\n", newline))
    (diagnostic,) = seen["diagnostics"]
    assert (diagnostic["line"], diagnostic["code"], diagnostic["severity"]) == (8, "KA103", 2)
    assert seen["before"] + "\n" == KERNEL
    assert seen["after"] + "\n" == KERNEL.replace("offsets < n)", "offsets < n, other=0.0)")
    assert seen["after_undo"] == seen["before"], "one undo takes the whole fix back"
