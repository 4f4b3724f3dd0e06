"""Generated files, whole, one for each template: what users read. ``pytest --record-golden`` writes them anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
NAMES = {
    "pointwise": ("prelu many", "float32"),
    "positions": ("rope", "float32"),
    "row_resident": ("layer norm gelu", "float32"),
    "row_stepped": ("softmax of scaled sum", "float32"),
    "column": ("argmax dim 0", "float32"),
    "product": ("prologue and epilogue", "float32"),
    "product_bfloat16": ("mlp", "bfloat16"),
    "product_float64": ("t mm", "float64"),
    "attention": ("attention by hand", "float32"),
    "attention_causal": ("sdpa causal", "bfloat16"),
    "attention_window": ("sliding window", "float64"),
    "attention_relu": ("relu attention", "float32"),
    "convolution": ("conv strided relu", "float32"),
    "convolution_transposed": ("conv transposed stride 2", "float32"),
    "window": ("max pool", "float32"),
    "scan": ("cumsum masked", "float32"),
    "loaded_index": ("embedding layer norm", "float32"),
    "running_statistics": ("batch norm", "float32"),
    "recurrence": ("gru", "float32"),
}


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.synth.generate", json.dumps(NAMES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    texts: dict[str, str] = json.loads(done.stdout)
    return texts


@pytest.mark.parametrize("name", NAMES)
def test_generated_file(name: str, generated: dict[str, str], request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.py.txt"
    if request.config.getoption("--record-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(generated[name], encoding="utf-8")
    assert generated[name] == path.read_text(encoding="utf-8")


def test_the_same_file_twice(generated: dict[str, str]) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "tests.synth.generate", json.dumps({"again": NAMES["attention"]})],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={"PYTHONHASHSEED": "12345", "PATH": "/usr/bin:/bin"},
    )
    assert json.loads(again.stdout)["again"] == generated["attention"]
