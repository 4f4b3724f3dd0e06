"""Each ``python``, ``sh`` and ``console`` block of the pages is run, in order, in a project of the page's own.

Commands are the real command line, with one pool of warm workers for all pages. What can't be run here (a network, a
GPU, an editor, another machine) says so above it, with the reason, and is counted.
"""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from code_blocks import Block, blocks_of
from shell_lines import Line, lines_of
from warm_command_line import Warm, warm, warm_pool  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = ("python", "sh", "console")
WITH_CODE = [page for page in PAGES if any(block.language in RUN for block in blocks_of(page))]
NOT_RUN = 15
"""Blocks that can't be run here. One more is a decision."""

LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class PageRun:
    """One page's blocks, in one folder and in the names of one module."""

    def __init__(self, folder: Path, kernelagent: Warm) -> None:
        self._folder = folder
        self._kernelagent = kernelagent
        self._names: dict[str, Any] = {"__name__": "page"}

    def run(self, block: Block) -> None:
        if block.file is not None:
            (self._folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python" and "raises" in block.marks:
            with pytest.raises(Exception) as raised:
                self._python(block.text, block.place)
            assert type(raised.value).__name__ == block.marks["raises"]
        elif block.language == "python":
            self._python("\n".join([block.marks.get("given", ""), block.text]), block.place)
        else:
            self._shell(block)
        if "then" in block.marks:
            self._python(block.marks["then"], block.place)

    def _python(self, code: str, place: str) -> None:
        """From a file, since Triton reads the source of its kernels."""
        file = self._folder / f"block_{place.replace(':', '_').replace('.', '_')}.py"
        file.write_text(code, encoding="utf-8")
        exec(compile(code, str(file), "exec"), self._names)

    def _shell(self, block: Block) -> None:
        lines = lines_of(block.text, console=block.language == "console")
        for number, line in enumerate(lines, 1):
            status, said, complaint = self._command(line)
            wanted = int(block.marks.get("status", "0")) if number == len(lines) else 0
            assert status == wanted, f"{block.place}: {' '.join(line.words)}: {status}\n{said}\n{complaint}"
            if line.expected.strip():
                alike = doctest.OutputChecker().check_output(line.expected, said, LIKE)
                assert alike, f"{block.place}: {' '.join(line.words)} prints\n{said}"

    def _command(self, line: Line) -> tuple[int, str, str]:
        program, *arguments = line.words
        if program == "kernelagent":
            done = self._kernelagent(*arguments, cwd=self._folder, **line.variables)
            return done.status, done.stdout, done.stderr
        if program == "cat":
            return 0, "".join((self._folder / name).read_text(encoding="utf-8") for name in arguments), ""
        assert program in {"python", "pytest"}, f"{program} is not run here: say why above the block"
        command = [sys.executable, *(["-m", "pytest"] if program == "pytest" else []), *arguments]
        paths = [str(ROOT / "pipeline"), str(ROOT / "pipeline/compat"), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1", **line.variables}
        ended = subprocess.run(
            command, cwd=self._folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(
    page: Path,
    tmp_path: Path,
    warm: Warm,  # noqa: F811
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(Path(__file__).with_name("project"), folder)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    loaded = set(sys.modules)
    whole = request.config.getoption("--whole")
    run = PageRun(folder, warm)
    try:
        for block in blocks_of(page):
            if block.language in RUN and "not run" not in block.marks and (whole or "whole" not in block.marks):
                run.run(block)
    finally:
        for name in set(sys.modules) - loaded:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def test_what_is_not_run_says_why_and_is_counted() -> None:
    reasons = [
        f"{block.place}: {block.marks['not run']}"
        for page in PAGES
        for block in blocks_of(page)
        if "not run" in block.marks
    ]
    print(*reasons, sep="\n")
    assert len(reasons) == NOT_RUN
    assert all(reason.partition(": ")[2] for reason in reasons)
