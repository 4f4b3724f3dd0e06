"""Modules that ``torch.export`` does not take as they are: state in attributes, Python numbers, unsolvable guards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernelagent import errors
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture import export
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.lowering import WHOLE

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"


def captured(folder: Path, init: str, forward: str, inputs: str = "(torch.ones(6, 4),)") -> tuple[Problem, Graph]:
    body = "".join(f"        {line}\n" for line in init.split("; "))
    steps = "".join(f"        {line}\n" for line in forward.split("; "))
    text = f"class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n{body}"
    file = folder / "stateful.py"
    file.write_text(f"{HEAD}{text}\n    def forward(self, x):\n{steps}")
    sys.modules.pop("_fused_stateful", None)
    return capture(Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", inputs)), WHOLE)


def test_a_plain_tensor_that_forward_replaces_is_state(tmp_path: Path) -> None:
    problem, graph = captured(tmp_path, "self.h = torch.zeros(6, 4)", "self.h = torch.tanh(self.h + x); return self.h")
    assert graph.attributes == ("h",) and list(graph.mutations) == ["h"]
    assert problem.state == () and problem.inputs[0].dims == ("6", "4")


def test_a_plain_tensor_that_forward_writes_into_is_state(tmp_path: Path) -> None:
    _, graph = captured(tmp_path, "self.h = torch.zeros(6, 4)", "self.h.mul_(0.5).add_(x); return self.h * 2")
    assert graph.attributes == ("h",) and list(graph.mutations) == ["h"]


def test_state_of_tensors_that_are_too_large_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SMALL_BYTES", -1)
    _, graph = captured(tmp_path, "self.h = torch.zeros(6, 4)", "self.h = torch.tanh(self.h + x); return self.h")
    assert graph.attributes == ("h",) and list(graph.mutations) == ["h"]


def test_a_tensor_that_forward_only_leaves_behind_is_no_state(tmp_path: Path) -> None:
    _, graph = captured(tmp_path, "self.weights = None", "self.weights = x.softmax(-1); return self.weights * x")
    assert graph.attributes == () and graph.mutations == {}


@pytest.mark.parametrize("made", ["self.last = x + 1", "self.inner.seen = x * 2; self.last = x + 1"])
def test_a_tensor_that_forward_makes_an_attribute_of_is_none_of_the_constructors(tmp_path: Path, made: str) -> None:
    _, graph = captured(tmp_path, "self.inner = nn.Identity()", f"{made}; return self.inner(x).exp()")
    assert graph.attributes == () and graph.mutations == {}


def test_state_that_the_first_call_makes_is_refused(tmp_path: Path) -> None:
    forward = "self.h = torch.tanh(x if self.h is None else self.h + x); return self.h"
    with pytest.raises(errors.NotExportable, match=r"keeps self\.h from call to call"):
        captured(tmp_path, "self.h = None", forward)


def test_numbers_that_are_read_off_buffers(tmp_path: Path) -> None:
    init = "self.register_buffer('n', torch.tensor(3)); self.register_buffer('k', torch.tensor(0.5))"
    _, graph = captured(tmp_path, init, "self.n += 1; return x * self.k.item() + 1 / float(self.n)")
    reads = [a["reads"] for n in graph.nodes for a in n.args.values() if isinstance(a, dict) and "reads" in a]
    assert len(reads) == 2 and graph.mutations.keys() == {"n"}


def test_a_batch_norm_that_averages_all_batches(tmp_path: Path) -> None:
    problem, graph = captured(tmp_path, "self.norm = nn.BatchNorm1d(4, momentum=None)", "return self.norm(x)")
    assert problem.inputs[0].dims == ("s0", "4")
    assert graph.mutations.keys() == {"norm.running_mean", "norm.running_var", "norm.num_batches_tracked"}


def test_a_guard_that_cannot_be_solved_binds_the_fewest_sizes(tmp_path: Path) -> None:
    """The exporter cannot solve that height and width, pooled and flattened, make just so many features."""
    init = "self.convolution = nn.Conv2d(3, 4, 3, 2, 1); self.linear = nn.Linear(4, 5)"
    pooled = "F.avg_pool2d(self.convolution(x), 7)"
    problem, _ = captured(
        tmp_path, init, f"y = {pooled}; return self.linear(y.view(y.size(0), -1))", "(torch.ones(2, 3, 14, 14),)"
    )
    batch, channels, height, width = problem.inputs[0].dims
    assert batch == "s0" and channels == "3" and "14" in (height, width)


def test_what_depends_on_values_names_its_line_and_who_can(tmp_path: Path) -> None:
    with pytest.raises(errors.NotExportable) as raised:
        captured(tmp_path, "pass", "y = x * 2; return y if y.sum() > 0 else -y")
    assert raised.value.line == 13 and "language model" in raised.value.remedy


def test_names_that_the_traced_module_has_itself_are_kept(tmp_path: Path) -> None:
    init = (
        'self.register_buffer("code", torch.ones(6, 4)); self.register_buffer("code_", torch.ones(4)); '
        "self.graph = nn.Parameter(torch.ones(4)); self.meta = nn.Linear(4, 4); self.recompile = torch.ones(4)"
    )
    forward = "self.code.mul_(2); return self.meta(x * self.code) * self.graph + self.recompile * self.code_"
    problem, graph = captured(tmp_path, init, forward)
    held = {given.path for given in graph.inputs if given.kind in ("parameter", "buffer")}
    assert held == {"code", "code_", "graph", "meta.weight", "meta.bias"}
    assert list(graph.mutations) == ["code"]
    assert [spec.name for spec in problem.state] == ["graph", "code", "code_", "meta.weight", "meta.bias"]
