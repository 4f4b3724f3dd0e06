"""Subgraphs left to PyTorch: what is written for them is right, declared, and of functions that PyTorch has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from kernelagent.static.torch_operators import MAY_BE_DECLARED

from tests.synth.cases import CASES

ROOT = Path(__file__).parents[2]
KEPT = [
    *("mm t", "addmm", "bmm", "conv", "conv 1d", "conv 3d", "conv dilated grouped", "conv norm relu", "conv conv"),
    *("conv transposed stride 2", "softmax", "layer norm", "layer norm gelu", "normalize", "F.elu", "F.celu"),
    *("qkv chunk", "sdpa of one query", "sdpa of normalized", "sdpa seen as rows", "query from elsewhere"),
]


def test_every_case_that_is_named_is_there() -> None:
    assert set(KEPT) <= set(CASES)


@pytest.mark.parametrize("first", range(3))
def test_kept_subgraphs_compute_what_the_module_does(first: int) -> None:
    runs = [[name, "float32"] for name in KEPT[first::3]]
    command = [sys.executable, "-m", "tests.synth.run_kept", json.dumps(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("right ")]
    assert len(lines) == len(runs)
    assert all(" kept" in line for line in lines), lines


@pytest.mark.parametrize("name", sorted(MAY_BE_DECLARED))
def test_what_may_be_declared_is_a_function_of_pytorch(name: str) -> None:
    found: object = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    assert callable(found)
    assert not isinstance(found, type)
