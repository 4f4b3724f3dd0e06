"""eglot in a real Emacs: the action, progress, the review, one edit that one undo takes back, and what comes after."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from kernelagent.static.wiring import unwired
from test_neovim import CACHE, PATIENCE_S, SOURCE

EMACS = CACHE / "emacs" / "bin" / "emacs"


def play(folder: Path, scenario: str, text: str = SOURCE, **settings: Any) -> dict[str, Any]:
    """Run emacs.el on a file; what it has seen."""
    assert EMACS.exists(), "run tests/setup-editors.sh first"
    file, out = folder / "model.py", folder / "seen.json"
    (folder / "pyproject.toml").write_text("")
    file.write_bytes(text.encode())
    environment = {
        **os.environ,
        "HOME": str(folder),
        "KA_PYTHON": sys.executable,
        "KA_FILE": str(file),
        "KA_OUT": str(out),
        "KA_SCENARIO": scenario,
        "KA_SETTINGS": json.dumps({"interpreter": sys.executable, "analyzeOnSave": False, **settings}),
        "KA_PATIENCE": str(PATIENCE_S),
    }
    done = subprocess.run(
        [str(EMACS), "-Q", "--batch", "-l", str(Path(__file__).with_name("emacs.el"))],
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
    assert "error" not in seen, seen["error"] + done.stderr
    return seen


def test_the_kernel_arrives_in_a_file_beside_the_module(tmp_path: Path) -> None:
    seen = play(tmp_path, "sibling")
    assert re.search(r"^class GateTriton\b", seen["after"], re.MULTILINE)
    assert seen["undone"] == "", "one undo takes the whole edit back"
    assert unwired(seen["original"]) == SOURCE
    assert "_triton import GateTriton as Gate" in seen["original"]
    assert seen["progress"][0] == "begin"
    assert seen["progress"][-1] == "end"
    assert seen["progress"].count("end") == 1
    assert len(seen["questions"]) == 2, "looking at the review decides nothing: it is asked again"
    assert "+++ b/model_triton.py" in seen["review"]
    assert "+class GateTriton" in seen["review"]
    assert seen["back"] == SOURCE
    assert seen["kernel"] == seen["after"]


def test_the_lines_of_the_kernel_file_end_as_the_modules_do(tmp_path: Path) -> None:
    seen = play(tmp_path, "sibling", SOURCE.replace("\n", "\r\n"))
    assert not seen["undone"].strip(), "one undo takes the whole edit back"
    written = (tmp_path / "model_triton.py").read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n") > 10
    assert b"class GateTriton" in written
    assert not written.endswith(b"\r\n\r\n")


def test_inline_is_one_step_to_undo(tmp_path: Path) -> None:
    seen = play(tmp_path, "inline", output="inline", apply="auto")
    assert seen["before"] == seen["undone"] == SOURCE
    assert "import triton" in seen["after"]
    assert seen["questions"] == []
