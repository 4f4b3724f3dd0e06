"""Workers for the tests of this folder: real processes of this very interpreter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.driver.workers import WorkerPool


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as workers:
        yield workers


@pytest.fixture
def capture_of(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Arguments of the task ``capture`` for a module whose file does ``body`` when it is imported."""

    def make(body: str) -> dict[str, Any]:
        file = tmp_path / "model.py"
        file.write_text(
            f"{body}\nimport torch\nclass Block(torch.nn.Module):\n    def forward(self, x):\n        return x + 1\n",
            encoding="utf-8",
        )
        problem = Problem(str(file), "Block", 1, "", ExampleInputs("option", "()", "torch.ones(3)"))
        return {"problem": to_json(problem), "out": str(tmp_path / "graph.json")}

    return make
