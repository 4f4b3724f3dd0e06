"""What a module returns beside tensors and tuples of them: captured with its classes, and told in words."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.returned import Returned
from kernelagent.errors import NotExportable
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.problem.observed import observed
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import synthesize

HEAD = """\
import dataclasses
from collections import namedtuple
from typing import Any, NamedTuple

import torch
from torch import nn


class Parts(NamedTuple):
    above: torch.Tensor
    below: torch.Tensor


class x(NamedTuple):
    relu: torch.Tensor


Renamed = namedtuple("Renamed", "a def", rename=True)


@dataclasses.dataclass(frozen=True)
class Out:
    above: torch.Tensor
    count: int
    more: Any = None

    def __post_init__(self):
        assert self.above.shape[1] == 6


class Custom:
    def __init__(self, value):
        self.value = value


class Model(nn.Module):
    def forward(self, x):
"""


def problem_of(tmp_path: Path, result: str, head: str = HEAD) -> tuple[Problem, str]:
    file = tmp_path / "returned_sample.py"
    text = head + f"        return {result}\n"
    file.write_text(text, encoding="utf-8")
    sys.modules.pop("_fused_returned_sample", None)
    return Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", "(torch.randn(4, 6),)")), text


def captured(tmp_path: Path, result: str) -> tuple[Problem, Graph, str]:
    problem, text = problem_of(tmp_path, result)
    return (*capture(problem, WHOLE), text)


CASES = {
    "a tensor": ("torch.relu(x)", None),
    "a tuple": ("torch.relu(x), x * 2", None),
    "a dictionary": ("{'a': torch.relu(x)}", Returned("{'a': output.0}")),
    "keys that are no strings": (
        "{0: torch.relu(x), '0': x * 2, (1, None): x + 1, True: x - 1}",
        Returned("{0: output.0, '0': output.1, (1, None): output.2, True: output.3}"),
    ),
    "a named tuple": (
        "Parts(torch.relu(x), x * 2)",
        Returned("Parts(above=output.0, below=output.1)", ("Parts(above, below)",)),
    ),
    "inside": (
        "{'p': [Parts(torch.relu(x), x * 2)], 'q': (Renamed(x + 1, None), x * 3)}",
        Returned(
            "{'p': [Parts(above=output.0, below=output.1)], 'q': (Renamed(a=output.2, _1=None), output.3)}",
            ("Parts(above, below)", "Renamed(a, _1)"),
        ),
    ),
    "of PyTorch": (
        "(x * 2).max(1)",
        Returned("Max(values=output.0, indices=output.1)", ("Max(values, indices)",)),
    ),
    "a dataclass": (
        "Out(torch.relu(x), 3, Out(x * 2, 4))",
        Returned(
            "Out(above=output.0, count=3, more=Out(above=output.1, count=4, more=None))",
            dataclasses=("Out(above, count, more)",),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told(name: str, tmp_path: Path) -> None:
    result, returned = CASES[name]
    problem, _, _ = captured(tmp_path, result)
    assert problem.returned == returned
    asked, _ = problem_of(tmp_path, result, HEAD + "        if float(x.sum()) > 1e9:\n            x = x + 1\n")
    seen = observed(asked)
    assert seen.returned == returned
    assert len(seen.outputs) == len(problem.outputs)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a named tuple", lambda found: (found.above, found.below)),
        ("inside", lambda found: (found["p"][0].below, found["q"][0].a, found["q"][0]._1)),
        ("of PyTorch", lambda found: (found.values, found.indices)),
        ("keys that are no strings", lambda found: (found[0], found["0"], found[1, None], found[True])),
    ],
)
def test_the_composed_module_has_the_names(name: str, read: Any, tmp_path: Path) -> None:
    problem, graph, text = captured(tmp_path, CASES[name][0])
    out = tmp_path / "out.py"
    out.write_text(compose_file(synthesize(graph), problem, text).text, encoding="utf-8")
    modules = []
    for file in (Path(problem.file), out):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None and spec.loader is not None
        modules.append(importlib.util.module_from_spec(spec))
        spec.loader.exec_module(modules[-1])
    given = torch.randn(5, 6)
    for ours, theirs in zip(read(modules[1].ModelNew()(given)), read(modules[0].Model()(given)), strict=True):
        assert ours is theirs is None or torch.equal(ours, theirs)
    done = subprocess.run([sys.executable, out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_class_has_a_name_that_nothing_else_has(tmp_path: Path) -> None:
    problem, graph, text = captured(tmp_path, "globals()['x'](torch.relu(x))")
    assert problem.returned == Returned("X(relu=output.0)", ("X(relu)",))
    assert 'X = namedtuple("X", ["relu"])' in compose_file(synthesize(graph), problem, text).text


def test_what_no_trace_can_return_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        NotExportable, match=r"Model.forward returns a Custom, which torch.export does not take"
    ) as told:
        captured(tmp_path, "Custom(torch.relu(x))")
    assert "named tuples or dataclasses" in told.value.remedy
