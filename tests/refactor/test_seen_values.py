"""A piece is tried on arguments that are like those that it was called with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.contract.codec import from_json, read_json, to_json
from kernelagent.contract.example_values import filled, seen_from
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.refactor.seen_values import seen
from kernelagent.worker.tasks import capture, check_fused, extract

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 4, 3)

    def forward(self, x):
        return self.second(nn.functional.max_pool2d(torch.relu(self.norm(self.first(x))), 2))
"""


def test_of_a_net(tmp_path: Path) -> None:
    file, graph = tmp_path / "net.py", tmp_path / "graph.json"
    file.write_text(NET, encoding="utf-8")
    asked = Problem(str(file), "Net", 5, "", ExampleInputs("option", "()", "torch.rand(2, 3, 12, 12)"), mode="eval")
    problem = capture.run({"problem": to_json(asked), "out": str(graph)}, print)["problem"]
    given = {"problem": problem, "graph": str(graph), "out_dir": str(tmp_path)}
    extraction = from_json(Extraction, extract.run(given, print))
    folder = tmp_path / "orchestrator"
    parts = {one.id: read_json(folder / f"{one.id}.problem.json", Problem) for one in extraction.subgraphs}
    args: dict[str, Any] = {"problem": problem, "fused": str(folder / "fused.py")}
    found = check_fused.run({**args, "parts": {name: to_json(part) for name, part in parts.items()}}, print)
    values: dict[str, torch.Tensor] = {}
    for name, part in parts.items():
        text = found["calls"][name]
        specimen = make_inputs(replace(part, example=replace(part.example, inputs=text)))
        values |= dict(zip(specimen.names, specimen.args, strict=True))
    variances = [value for name, value in values.items() if "running_var" in name]
    assert variances and all(float(value.min()) > 0 for value in variances)
    weight = next(value for name, value in values.items() if name.startswith("first_weight"))
    assert weight.abs().max() < 1  # PyTorch draws it from a range of 0.19


def test_what_is_seen() -> None:
    mean, std, lowest = seen(torch.arange(5.0)) or [0.0] * 3
    assert (mean, round(std, 6), lowest) == (2.0, round(2**0.5, 6), 0.0)
    assert seen(torch.arange(2, 5)) == [2, 4]
    assert seen(torch.ones(3, dtype=torch.bool)) is None
    assert seen(torch.tensor([1.0, float("inf")])) is None
    assert seen(torch.empty(0)) is None
    assert seen(torch.ones(1 << 21)) == [1.0, 0.0, 1.0]


def test_expressions() -> None:
    assert (
        filled((2, 3), "float32", "", seen_from([0.5, 0.25, -1.0]))
        == "torch.normal(0.5, 0.25, (2, 3), dtype=torch.float32)"
    )
    one = filled((4,), "float32", "", seen_from([1.0, 0.0, 1.0]))
    assert one == "torch.normal(1, 0.1, (4,), dtype=torch.float32).clamp_min(0.9)"
    assert eval(one).shape == (4,)
    relu = filled((64,), "float32", "", seen_from([0.4, 0.6, 0.0]))
    assert (eval(relu) == 0).any() and (eval(relu) >= 0).all()
    assert "normal(0.0, 0.1" in filled((4,), "float32", "", seen_from([0.0, 0.0, 0.0]))
    assert filled((4,), "float32", "rand", seen_from([0.5, 0.3, 0.0])) == "torch.rand((4,), dtype=torch.float32)"
    assert filled((4,), "int64", "randint(0, 10)") == "torch.randint(0, 10, (4,), dtype=torch.int64)"
    counts = filled((4,), "int64", "", seen_from([1, 16]))
    assert counts == "torch.randint(1, 17, (4,), dtype=torch.int64)"
    assert int(eval(counts).min()) >= 1
    assert filled((4,), "float32", "", seen_from([1, 16])) == "torch.randn((4,), dtype=torch.float32)"
    for nothing in (
        [16, 1],
        [0, 1 << 63],
        [0.0, 1.0],
        None,
        "",
        [1.0],
        [1.0, float("nan"), 0.0],
        ["a", "b", "c"],
        {"mean": 1},
    ):
        assert seen_from(nothing) is None
    with pytest.raises(ValueError, match="no dtype"):
        filled((4,), "float32, requires_grad=True")
