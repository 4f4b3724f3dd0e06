"""Where a run directory cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.driver.run_directory import create_run_directory
from kernelagent.errors import BadOption


def test_in_the_home_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no such home folder"):
        create_run_directory(tmp_path / "model.py", "Block", "~nobody-of-that-name/run")


def test_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadOption, match="is a file"):
        create_run_directory(tmp_path / "model.py", "Block", str(tmp_path / "notes.txt"))
    with pytest.raises(BadOption, match="not a run directory"):
        create_run_directory(tmp_path / "model.py", "Block", str(tmp_path))
