"""Every shipped example is fused and verified, by one pool of workers, as its owner would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))
MOST_KERNELS = {"mlp_block": 2, "gated_mlp": 3, "cosine_similarity": 3, "attention_scores": 2, "masked_mean": 2}
"""Everything else is one kernel."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as workers:
        workers.start()
        yield workers


@pytest.mark.parametrize(
    "file",
    [pytest.param(file, marks=[pytest.mark.whole] if n else [], id=file.stem) for n, file in enumerate(EXAMPLES)],
)
def test_an_example_is_verified(pool: WorkerPool, tmp_path: Path, file: Path) -> None:
    output = tmp_path / "kernel.py"
    result = fuse(Target(file, "Model"), Options(run_dir=str(tmp_path / "run"), output=str(output)), pool=pool)
    assert result.status == "verified", result.error or result.verification
    assert len(result.subgraphs) <= MOST_KERNELS.get(file.stem, 1)
    done = subprocess.run([sys.executable, output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("PASS")
