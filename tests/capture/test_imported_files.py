"""Which files of the project a module's file brings along: what a certificate is bound to besides the file itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.driver.workers import WorkerPool


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest) -> Iterator[WorkerPool]:
    import sys

    with WorkerPool(sys.executable) as workers:
        yield workers


def captured(pool: WorkerPool, file: Path) -> Problem:
    problem = Problem(str(file), "Block", 1, "", ExampleInputs("option", "()", "torch.ones(3)"))
    value = pool.call("capture", {"problem": to_json(problem), "out": str(file.with_suffix(".json"))})
    return from_json(Problem, value["problem"])


BLOCK = "import torch\nclass Block(torch.nn.Module):\n    def forward(self, x):\n"


def test_a_file_by_itself_brings_none(pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("import math, json, sympy\n" + BLOCK + "        return x + 1\n")
    assert captured(pool, tmp_path / "model.py").imports == ()


def test_files_are_named_however_they_are_imported(pool: WorkerPool, tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "layers").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "layers" / "__init__.py").write_text("from .scale import FACTOR\n")
    (package / "layers" / "scale.py").write_text("FACTOR = 2\n")
    (package / "late.py").write_text("ONE = 1\n")
    (package / "unused.py").write_text("")
    body = "        from .late import ONE\n        return x * FACTOR + ONE\n"
    (package / "model.py").write_text("from .layers import FACTOR\n" + BLOCK + body)
    imports = captured(pool, package / "model.py").imports
    assert [file.path for file in imports] == ["__init__.py", "late.py", "layers/__init__.py", "layers/scale.py"]
    assert imports[3].sha256 == hashlib.sha256(b"FACTOR = 2\n").hexdigest()
