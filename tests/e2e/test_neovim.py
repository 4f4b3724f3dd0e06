"""The plugin in a real Neovim: its commands, the action, its progress, one undoable edit, and what must not happen.

In the current one; with ``--whole`` in the oldest that is supported too (``tests/setup-editors.sh old-neovim``).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kernelagent import __version__
from kernelagent.static.wiring import unwired

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kernelagent-tests"
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


PLAIN = """

class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x):
        return self.linear(x)
"""


class Player:
    """Plays scenarios of neovim.lua in one Neovim."""

    def __init__(self, neovim: str, folder: Path) -> None:
        self.neovim = neovim
        self._program = CACHE / neovim / "bin" / "nvim"
        self._folder = folder

    def __call__(self, scenario: str, text: str = SOURCE, **settings: Any) -> dict[str, Any]:
        """Run ``scenario`` on a file with ``text``; what it has seen."""
        assert self._program.exists(), "run tests/setup-editors.sh first, for the oldest one with old-neovim"
        file, out = self._folder / "model.py", self._folder / "seen.json"
        (self._folder / "pyproject.toml").write_text("")
        file.write_bytes(text.encode())
        packages = self._folder / "packages"
        (packages / "pack" / "any" / "start").mkdir(parents=True)
        (packages / "pack" / "any" / "start" / "kernelagent").symlink_to(REPOSITORY)
        environment = {
            **os.environ,
            "KA_PACKAGES": str(packages),
            "KA_PYTHON": sys.executable,
            "KA_FILE": str(file),
            "KA_OUT": str(out),
            "KA_SCENARIO": scenario,
            "KA_SETTINGS": json.dumps({"interpreter": sys.executable, "analyzeOnSave": False, **settings}),
            "KA_PATIENCE": str(PATIENCE_S),
            "XDG_STATE_HOME": str(self._folder / "state"),
        }
        done = subprocess.run(
            [str(self._program), "--headless", "--clean", "-u", str(Path(__file__).with_name("neovim.lua"))],
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,
            check=False,
        )
        assert out.exists(), done.stderr
        seen: dict[str, Any] = json.loads(out.read_text())
        assert "error" not in seen, seen["error"] + done.stderr
        return seen


@pytest.fixture(params=["neovim", pytest.param("neovim-0.10", marks=pytest.mark.whole)])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Player:
    return Player(request.param, tmp_path)


def test_the_kernel_arrives_in_a_file_beside_the_module(play: Player) -> None:
    seen = play("sibling")
    assert seen["encoding"] == ("utf-8" if play.neovim == "neovim" else "utf-16")
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
def test_inline_is_one_step_to_undo(play: Player, newline: str) -> None:
    seen = play("inline", SOURCE.replace("\n", newline), output="inline", apply="auto")
    assert "import triton" in seen["after"]
    assert re.search(r"^class GateTriton\b", seen["after"], re.MULTILINE)
    assert "\r" not in seen["after"]
    assert seen["after_undo"] == seen["before"]
    assert seen["questions"] == []


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lines_of_the_kernel_file_end_as_the_modules_do(play: Player, tmp_path: Path, newline: str) -> None:
    play("sibling", SOURCE.replace("\n", newline))
    for name in ("model.py", "model_triton.py"):
        written = (tmp_path / name).read_bytes()
        assert written.count(b"\n") > 10
        assert written.count(newline.encode()) == written.count(b"\n"), name
        assert (b"\r" in written) == ("\r" in newline), name


def test_a_document_that_changed_is_not_overwritten(play: Player) -> None:
    seen = play("stale", output="inline")
    assert seen["after"] + "\n" == SOURCE.replace("dim=-1", "dim=0")
    assert "has changed since" in seen["questions"][1]
    assert seen["notes"] == ["KernelAgent: discarded."]
    assert seen["siblings"] == []


def test_cancel(play: Player) -> None:
    seen = play("cancel")
    assert "cancelled" in seen["progress"][-1]["message"]
    assert seen["notes"][0] == "KernelAgent: cancelled."
    assert "cancelled" in seen["notes"][1]
    assert seen["after"] + "\n" == SOURCE


def test_report_first_and_apply_by_command(play: Player) -> None:
    seen = play("report")
    assert "## Verdict" in seen["report"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_linter_shows_a_mistake_and_its_quick_fix_mends_it(play: Player, newline: str) -> None:
    seen = play("lint", KERNEL.replace("\n", newline))
    (diagnostic,) = seen["diagnostics"]
    assert (diagnostic["line"], diagnostic["code"], diagnostic["severity"]) == (8, "KA103", 2)
    assert seen["before"] + "\n" == KERNEL
    assert seen["after"] + "\n" == KERNEL.replace("offsets < n)", "offsets < n, other=0.0)")
    assert seen["after_undo"] == seen["before"], "one undo takes the whole fix back"


def test_what_the_plugin_has_without_a_kernel(play: Player) -> None:
    seen = play("tour", SOURCE + PLAIN)
    documented = set(re.findall(r"`:(LspKernelagent\w+)", (REPOSITORY / "docs" / "editors" / "neovim.md").read_text()))
    assert set(seen["commands"]) == documented
    assert {f":{name}" for name in seen["commands"]} <= set(seen["tags"])
    assert {"kernelagent", "kernelagent.txt", "kernelagent-settings", "kernelagent.statusline()"} <= set(seen["tags"])
    assert seen["classes"] == ["Gate", "Plain"]
    assert seen["jobs"] == []
    assert seen["statusline"] == ""
    assert "not in a module class" in seen["outside"]
    assert seen["without_kernel"] == "KernelAgent: not applied. Gate has no Triton version: fuse it first."
    assert seen["debug_information"].startswith("Neovim ")
    assert "kernelagent-lsp " in seen["debug_information"]
    assert seen["log"].endswith("lsp.log")
    health = seen["health"]
    assert f"kernelagent-lsp {__version__}" in health
    assert f"in {seen['encoding']}" in health
    assert "code actions" in health
    assert sys.executable in health
    assert re.search(r"OK.* torch: ", health)
    assert not re.search("ERROR|does not know|not loaded", health), health


def test_buffers_that_are_no_file_here(play: Player) -> None:
    seen = play("elsewhere")
    assert set(seen["said"]) == {
        "KernelAgent: this buffer is no file on this machine: write it to one first, with :saveas."
    }
    assert seen["jobs"] == "KernelAgent: no jobs."
    assert seen["clients"] >= 1


def test_review_side_by_side_then_the_kernel_comes_changes_places_and_goes(play: Player) -> None:
    seen = play("review")
    assert seen["floating"].startswith("Fusing Gate to Triton: ")
    assert seen["kept_focus"]
    assert not seen["focusable"]
    assert seen["statusline"].startswith("KernelAgent: Fusing Gate to Triton: ")
    assert seen["statusline_after"] == ""
    assert seen["jobs"] == ["Gate"]
    pages = seen["kernel_page"], seen["original_page"]
    assert [[shown["name"].partition("://")[2] for shown in page] for page in pages] == [
        ["before/model_triton.py", "after/model_triton.py"],
        ["before/model.py", "after/model.py"],
    ]
    assert all(shown["diff"] for page in pages for shown in page)
    assert seen["original_page"][0]["text"] + "\n" == SOURCE
    assert seen["original_page"][1]["text"] == seen["applied"].rstrip()
    assert "class GateTriton" in seen["kernel_page"][1]["text"]
    assert seen["pages_after_q"] == 2
    assert seen["diffs"] == []
    assert seen["after_review"] == seen["before"]
    assert seen["statusline_stale"] == "KernelAgent: stale kernel"
    assert seen["removed"].rstrip() + "\n" == SOURCE.replace("dim=-1", "dim=0")
