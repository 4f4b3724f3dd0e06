"""Sizes at which PyTorch's places are rounded, held against PyTorch's own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.judge.converted_places import sizes_of_converted_places
from kernelagent.worker.judge.rounded_places import Resizes
from kernelagent.worker.problem import build_model
from kernelagent.worker.problem.sizes import base_sizes
from kernelagent.worker.tasks import capture
from torch.nn import functional as F


def differs(n_in: int, mode: str, size: int | None, factor: float | None) -> bool:
    """Whether PyTorch takes other elements than exact arithmetic does."""
    taken = F.interpolate(torch.arange(n_in).float()[None, None], size=size, scale_factor=factor, mode=mode)[0, 0]
    half = mode == "nearest-exact"
    if factor:
        exactly = [int((i + 0.5 * half) / factor) for i in range(len(taken))]
    else:
        exactly = [(2 * i + half) * n_in // (2 * len(taken)) for i in range(len(taken))]
    return taken.long().tolist() != [min(place, n_in - 1) for place in exactly]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.parametrize(("size", "factor"), [(48, None), (28, None), (7, None), (None, 1.2), (None, 0.7), (None, 3.0)])
def test_they_are_found_where_pytorch_has_them(mode: str, size: int | None, factor: float | None) -> None:
    found, wanted = [], []
    for n_in in range(2, 260):
        with Resizes() as resizes:
            F.interpolate(torch.zeros(1, 1, n_in), size=size, scale_factor=factor, mode=mode)
        (resize,) = resizes.found
        found += [n_in] if resize.is_rounded() else []
        wanted += [n_in] if differs(n_in, mode, size, factor) else []
    assert found == wanted


def test_some_are_found() -> None:
    assert differs(112, "nearest", 48, None)
    assert not differs(111, "nearest", 48, None)


MODULE = """
import torch


class Model(torch.nn.Module):
    def forward(self, x):
        return x[{places}] * 2
"""


@pytest.mark.parametrize(
    ("places", "telling"),
    [
        ("torch.linspace(0, x.shape[0] - 1, 50).long()", [8]),
        ("torch.linspace(0, x.shape[0] - 1, 50, dtype=torch.float64).long()", []),
        ("(x[:, 0].sigmoid() * 3).long() % 2", []),
        ("torch.arange(50) * (x.shape[0] - 1) // 49", []),
        ("(torch.tensor([0.7]) * (x.shape[0] - 1)).round().int()", [6, 16, 46]),
    ],
)
def test_places_that_are_made_in_float32_are_found(places: str, telling: list[int], tmp_path: Path) -> None:
    digest = hashlib.sha256(places.encode()).hexdigest()
    file = tmp_path / f"model_{digest[:8]}.py"  # a module of this process, whose name is its own
    file.write_text(MODULE.format(places=places), encoding="utf-8")
    problem = Problem(str(file), "Model", 5, digest, ExampleInputs("option", "()", "(torch.randn(9, 4),)"))
    told = capture.run({"problem": to_json(problem), "out": str(tmp_path / "graph.json")}, lambda event: None)
    problem = from_json(Problem, told["problem"])
    found = sizes_of_converted_places(problem, build_model(problem), base_sizes(problem))
    (rows,) = [free.symbol for free in problem.free_sizes if free.symbol == problem.inputs[0].dims[0]] or [""]
    assert [sizes[rows] for sizes in found] == telling
