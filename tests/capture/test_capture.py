"""From a file to inputs at any sizes and to a graph: what is learned, what is left open, what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from kernelagent import errors
from kernelagent.contract import codec
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.fused_check import check_fused
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.problem import base_sizes, build_model, make_inputs, named_tensors
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.synth.lowering import WHOLE

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"


@pytest.fixture
def captured(tmp_path: Path, request: pytest.FixtureRequest):
    def run(body: str, inputs: str, init: str = "()") -> tuple[Problem, Graph]:
        name = f"model_{abs(hash(request.node.name)) % 10**8}"
        file = tmp_path / f"{name}.py"
        file.write_text(HEAD + body)
        sys.modules.pop(f"_fused_{name}", None)
        return capture(Problem(str(file), "Model", 0, "", ExampleInputs("option", init, inputs)), WHOLE)

    return run


def free(problem: Problem) -> dict[str, int]:
    return {f.symbol: f.multiple_of for f in problem.free_sizes}


SOFTMAX = "class Model(nn.Module):\n    def forward(self, x):\n        return torch.softmax(x, -1)\n"


def test_all_sizes_of_a_softmax_are_free(captured) -> None:
    problem, graph = captured(SOFTMAX, "(torch.rand(4, 7),)")
    assert [s.dims for s in problem.inputs] == [("s0", "s1")]
    assert free(problem) == {"s0": 1, "s1": 1}
    assert codec.from_json(Graph, codec.to_json(graph)) == graph


SMALL_NET = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 5)
        self.fc = nn.Linear(6 * 6 * 6, 8)

    def forward(self, x):
        return self.fc(F.max_pool2d(torch.relu(self.conv(x)), 2).view(-1, 6 * 6 * 6))
"""


def test_sizes_of_which_a_view_is_made_are_kept(captured) -> None:
    """From 16 x 16 on; other sizes would mix rows: `view` puts what is left into further ones."""
    problem, _ = captured(SMALL_NET, "(torch.rand(4, 1, 16, 16),)")
    assert [s.dims for s in problem.inputs] == [("s0", "1", "16", "16")]


def test_windows_that_are_gone_through_one_by_one_are_more_work(captured) -> None:
    problem, _ = captured(SMALL_NET, "(torch.rand(64, 1, 16, 16),)")
    taps = 64 * 12 * 12 * 6 * 25
    assert taps * 64 < evaluate_dim(problem.work, {"s0": 64}) < 2 * taps * 64
    body = SMALL_NET.replace("Conv2d(1, 6, 5)", "Conv2d(1, 16, 5)").replace("6 * 6 * 6", "16 * 6 * 6")
    tiled, _ = captured(body, "(torch.rand(64, 1, 16, 16),)")
    assert evaluate_dim(tiled.work, {"s0": 64}) < evaluate_dim(problem.work, {"s0": 64}) / 4


def test_a_batch_of_one_is_free_too(captured) -> None:
    problem, _ = captured(SOFTMAX, "(torch.rand(1, 7),)")
    assert problem.inputs[0].dims == ("s0", "s1")
    assert problem.free_sizes[0].example == 1


def test_the_number_of_buckets_is_free(captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x, edges):\n        return torch.bucketize(x, edges)\n"
    problem, graph = captured(body, "(torch.rand(4, 7), torch.rand(9).sort().values)")
    assert [s.dims for s in problem.inputs] == [("s0", "s1"), ("s2",)]
    assert not any(node.op.startswith("prims") for node in graph.nodes)


@pytest.mark.parametrize("view", ["torch.rand(8, 4)[::2]", "torch.rand(5, 4).t()", "torch.rand(4, 4)[:, :3]"])
def test_the_sizes_of_what_an_input_is_a_view_of_bind_nothing(captured, view: str) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x, y):\n        return F.layer_norm(x, x.shape[-1:]) + y\n"
    problem, _ = captured(body, f"({view}, torch.ones_like({view}))")
    assert [s.dims for s in problem.inputs] == [("s0", "s1"), ("s0", "s1")]
    assert all((size.minimum, size.maximum, size.multiple_of) == (1, None, 1) for size in problem.free_sizes)


@pytest.mark.parametrize("odd", ["n % 2 == 1", "n % 2 != 0", "n % 2 > 0", "(n + 1) % 2 == 0", "not n % 2 == 0"])
def test_a_branch_on_a_remainder_is_a_step(captured, odd: str) -> None:
    body = (
        "class Model(nn.Module):\n    def forward(self, x):\n        n = x.shape[0]\n"
        f"        if {odd}:\n            x = F.pad(x, (0, 0, 0, 1))\n        return x.relu()\n"
    )
    problem, _ = captured(body, "(torch.rand(12, 7),)")
    assert free(problem) == {"s0": 2, "s1": 1}


def test_sizes_that_have_to_be_equal_change_together(captured) -> None:
    body = (
        "class Model(nn.Module):\n    def forward(self, x, y, mask):\n"
        "        return torch.where(mask, x @ y.transpose(-1, -2), x.sum() + y.sum())\n"
    )
    problem, _ = captured(body, "(torch.rand(2, 5, 8), torch.rand(2, 7, 8), torch.rand(5, 7) > 0.5)")
    assert [s.dims for s in problem.inputs] == [("s0", "s1", "s2"), ("s0", "s3", "s2"), ("s1", "s3")]
    assert free(problem) == {"s0": 1, "s1": 1, "s2": 1, "s3": 1}


def test_a_halved_size_stays_even(captured) -> None:
    body = (
        "class Model(nn.Module):\n    def forward(self, x):\n"
        "        a, b = x.chunk(2, -1)\n        return F.silu(a) * b\n"
    )
    problem, _ = captured(body, "(torch.rand(4, 8),)")
    assert free(problem) == {"s0": 1, "s1": 2}


def test_a_size_that_only_fits_the_example_is_bound(captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x):\n        return x.view(-1, 3, 4).sum(-1)\n"
    problem, _ = captured(body, "(torch.rand(4, 12),)")
    assert problem.inputs[0].dims == ("s0", "12")


def test_a_size_is_bound_by_what_it_is_sliced_from(captured) -> None:
    body = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.register_buffer('mask', torch.ones(32, 8))\n"
        "    def forward(self, x):\n        return x.exp() * self.mask[: x.shape[1]]\n"
    )
    problem, _ = captured(body, "(torch.rand(2, 16, 8),)")
    assert [(f.minimum, f.maximum) for f in problem.free_sizes] == [(1, None), (1, 32)]


def test_a_size_of_one_that_squeeze_decides_on_stays(captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x):\n        return x.squeeze() * 2\n"
    problem, _ = captured(body, "(torch.rand(1, 7),)")
    assert problem.inputs[0].dims == ("1", "s0")


def test_lines_and_names_come_from_the_source(captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x):\n        hidden = F.gelu(x)\n        return hidden * 2\n"
    _, graph = captured(body, "(torch.rand(4, 8),)")
    gelu, mul = graph.nodes
    assert (gelu.line, gelu.label, gelu.source) == (8, "hidden", "hidden = F.gelu(x)")
    assert (mul.line, mul.label) == (9, "")


def test_gigabytes_are_never_made(captured) -> None:
    problem, _ = captured(SOFTMAX, "(torch.rand(1 << 16, 1 << 17) * 2 - 1,)")
    assert problem.inputs[0].shape == (1 << 16, 1 << 17)
    ((_, tensor),) = named_tensors(make_inputs(problem))
    assert tensor.numel() <= 1 << 20
    assert -1 <= tensor.min() < 0 < tensor.max() <= 1, "the expression's own values, at other sizes"
    assert base_sizes(problem)["s0"] * base_sizes(problem)["s1"] <= 1 << 19


def test_inputs_at_other_sizes_keep_their_filling(captured) -> None:
    body = "class Model(nn.Module):\n    def forward(self, x, *, table):\n        return table.sum() + x.float()\n"
    inputs = "{'x': torch.randint(5, 9, (3, 4)), 'table': torch.ones(6)}"
    problem, _ = captured(body, inputs)
    assert [s.fill for s in problem.inputs] == ["randint(5, 9)", "ones"]
    specimen = make_inputs(problem, {"s0": 50, "s1": 2, "s2": 3}, seed=1)
    assert specimen.kwargs["x"].shape == (50, 2)
    assert set(specimen.kwargs["x"].unique().tolist()) <= {5, 6, 7, 8}
    assert specimen.kwargs["table"].tolist() == [1.0, 1.0, 1.0]


def test_a_file_for_a_gpu_is_taken_on_the_cpu(captured) -> None:
    body = (
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = nn.Parameter(torch.ones(4, device='cuda'))\n"
        "    def forward(self, x):\n        return x * self.w\n"
    )
    problem, _ = captured(body, "(torch.rand(3, 4).cuda(),)")
    if not torch.cuda.is_available():
        assert build_model(problem).w.device.type == "cpu"
        assert make_inputs(problem).args[0].device.type == "cpu"


@pytest.mark.parametrize(
    ("forward", "inputs", "error"),
    [
        ("return x + torch.empty_like(x).exponential_()", "(torch.ones(3),)", errors.RandomModel),
        ("return torch.ones(3)", "(torch.ones(3),)", errors.ConstantModel),
        ("return x if x.sum() > 0 else -x", "(torch.ones(3),)", errors.NotExportable),
        ("return x @ torch.ones(4, 4)", "(torch.ones(3),)", errors.ModelRaised),
        ("return x", "(torch.ones(3), torch.ones(3))", errors.InputsDoNotFit),
        ("return x * 2", "(torch.ones(0, 3),)", errors.BadExampleInputs),
        ("return x", "(torch.ones(3)", errors.BadExampleInputs),
        ("return x", "(missing,)", errors.BadExampleInputs),
    ],
)
def test_what_cannot_be_captured_says_why(captured, forward: str, inputs: str, error: type[Exception]) -> None:
    body = f"class Model(nn.Module):\n    def forward(self, x):\n        {forward}\n"
    with pytest.raises(error):
        captured(body, inputs)


def test_the_cut_module_may_change_its_buffers(tmp_path: Path) -> None:
    """Both it and the original count their calls: each on buffers of its own, or one would see the other's count."""
    (tmp_path / "counting.py").write_text(
        "import torch\n\n\n"
        "class Counting(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.register_buffer('k', torch.zeros(()))\n\n"
        "    def forward(self, x):\n"
        "        self.k.add_(1)\n"
        "        return x * self.k\n"
    )
    (tmp_path / "fused.py").write_text(
        "import torch\n\n\n"
        "class CountingFused(torch.nn.Module):\n"
        "    def __init__(self, model):\n"
        "        super().__init__()\n"
        "        self.model = model\n\n"
        "    def forward(self, x):\n"
        "        self.model.k.copy_(self.model.k + 1)\n"
        "        return x * self.model.k\n"
    )
    example = ExampleInputs("option", "()", "(torch.randn(3, 8),)")
    problem = Problem(str(tmp_path / "counting.py"), "Counting", 0, "", example)
    problem, _ = capture(problem, WHOLE)
    assert "Run beside the original" in check_fused(problem, tmp_path / "fused.py")[0]


def test_large_weights_are_never_made(tmp_path: Path) -> None:
    file = tmp_path / "wide.py"
    file.write_text(
        "import torch\nfrom torch import nn\n\n\nclass Wide(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.up = nn.Linear(1 << 19, 1 << 19)\n\n"
        "    def forward(self, x):\n        return self.up(x)\n"
    )
    example = ExampleInputs("option", "()", "(torch.rand(2, 1 << 19),)")
    problem, graph = capture(Problem(str(file), "Wide", 0, "", example), WHOLE)  # a terabyte if they were
    assert [spec.shape for spec in problem.state] == [(1 << 19, 1 << 19), (1 << 19,)]
    assert graph.nodes[-1].op.startswith("aten.linear")
