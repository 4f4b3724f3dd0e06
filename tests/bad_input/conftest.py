"""A project to misuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from warm_command_line import warm, warm_pool

__all__ = ["project", "warm", "warm_pool"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project; run directories go to its ``.fuse``."""
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path
