"""A project to misuse."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project; run directories go to its ``.fuse``."""
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path
