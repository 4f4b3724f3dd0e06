"""Sizes at which sums of a module's integers pass what float32 counts to."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.judge.integer_sums import sizes_of_large_sums
from kernelagent.worker.problem import build_model
from kernelagent.worker.problem.sizes import base_sizes
from kernelagent.worker.tasks import capture

MODULE = """
import torch


class Model(torch.nn.Module):
    def forward(self, x):
        return {result}
"""
BYTES, WORDS = (f"(torch.randint(-128, 128, (4, 50), dtype=torch.{kind}),)" for kind in ("int8", "int32"))
SUMS: dict[tuple[str, str], set[str]] = {
    ("(x.int() * x.int()).sum(-1)", BYTES): {"x.shape[1]"},
    ("x.int() @ x.int().T", BYTES): {"x.shape[1]"},
    ("x.sum()", BYTES): {"x.shape[0]", "x.shape[1]"},
    ("(x.int() * x.int()).sum(-1).float()", BYTES): set(),
    ("x.int() * x.int()", BYTES): set(),
    ("x.amax(-1)", BYTES): set(),
    ("x.sum(-1)", WORDS): set(),
}


@pytest.mark.parametrize(("result", "inputs"), SUMS)
def test_they_are_found_along_the_sizes_that_are_added_up(result: str, inputs: str, tmp_path: Path) -> None:
    digest = hashlib.sha256((result + inputs).encode()).hexdigest()
    file = tmp_path / f"model_{digest[:8]}.py"  # a module of this process, whose name is its own
    file.write_text(MODULE.format(result=result), encoding="utf-8")
    problem = Problem(str(file), "Model", 5, digest, ExampleInputs("option", "()", inputs))
    told = capture.run({"problem": to_json(problem), "out": str(tmp_path / "graph.json")}, lambda event: None)
    problem = from_json(Problem, told["problem"])
    found = sizes_of_large_sums(problem, build_model(problem), base_sizes(problem))
    where = {free.symbol: free.where for free in problem.free_sizes}
    assert {where[measure.symbol] for measure in found} == SUMS[result, inputs]
