"""Loops over steps are found again in a graph that writes out every step."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.capture.rolled import LOOP, body_nodes
from kernelagent.worker.refactor.piece_problem import operator_nodes
from kernelagent.worker.synth.lowering import WHOLE


def captured(folder: Path, forward: str) -> Graph:
    steps = "".join(f"        {line}\n" for line in forward.split("; "))
    text = "import torch\n\n\nclass Model(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "        self.cell = torch.nn.Linear(4, 4)\n        self.others = torch.nn.ModuleList(\n"
    text += "            torch.nn.Linear(4, 4) for _ in range(6)\n        )\n\n    def forward(self, x):\n" + steps
    (folder / "steps.py").write_text(text)
    sys.modules.pop("_fused_steps", None)
    inputs = ExampleInputs("option", "()", "(torch.ones(6, 3, 4),)")
    return capture(Problem(str(folder / "steps.py"), "Model", 0, "", inputs), WHOLE)[1]


def loops(graph: Graph) -> list[int]:
    return [len(n.args["states"]) for n in graph.nodes if n.op == LOOP]


def test_a_state_that_is_handed_on(tmp_path: Path) -> None:
    graph = captured(tmp_path, "h = x[0]; for t in range(6): h = torch.tanh(self.cell(h) + x[t]); return h")
    assert loops(graph) == [1]
    (loop,) = (n for n in graph.nodes if n.op == LOOP)
    assert loop.args["steps"] == 6 and loop.args["kept"] == []
    assert [n.op.split(".")[1] for n in body_nodes(loop)] == ["linear", "select", "add", "tanh"]
    (described,) = (operator for operator in operator_nodes(graph) if operator.op == LOOP)
    assert [(result.shape, result.dtype) for result in described.results] == [((3, 4), "float32")]


def test_two_states_and_all_steps_of_one(tmp_path: Path) -> None:
    forward = (
        (
            "h, c, all = x[0], x[1], []; "
            "for v in x.unbind(0): h, c = torch.tanh(self.cell(h) + c), h * v + c; all.append(c); "
            "return torch.stack(all, 1), h"
        )
        .replace("; all.append", "\n            all.append")
        .replace("unbind(0): ", "unbind(0):\n            ")
    )
    graph = captured(tmp_path, forward)
    assert loops(graph) == [2]
    (loop,) = (n for n in graph.nodes if n.op == LOOP)
    assert len(loop.args["kept"]) == 1 and not any(n.op.startswith("aten.unbind") for n in graph.nodes)


@pytest.mark.parametrize(
    "forward",
    [
        "h = x[0]; for layer in self.others: h = torch.tanh(layer(h)); return h",
        "return torch.stack([self.cell(v) for v in x.unbind(0)])",
        "h = x[0]; for t in range(6): h = torch.tanh(self.cell(h) + x[t * t % 6]); return h",
        "h, g = x[0], x[0]; for t in range(6): h, g = torch.tanh(h + x[t] * t * t), h; return h",
    ],
    ids=["other weights in each step", "steps that hand nothing on", "uneven reads", "numbers that change"],
)
def test_what_is_no_loop_stays_as_it_is(tmp_path: Path, forward: str) -> None:
    assert loops(captured(tmp_path, forward)) == []


def test_a_product_that_no_step_reads_is_one_for_all_after_the_loop(tmp_path: Path) -> None:
    forward = "h, a = x[0], []\n        for v in x.unbind(0):\n            h = torch.tanh(h + v)"
    forward += "\n            a.append(self.cell(h))"
    graph = captured(tmp_path, f"{forward}; return torch.stack(a)")
    (loop,) = (n for n in graph.nodes if n.op == LOOP)
    assert not any(n.op.startswith("aten.linear") for n in body_nodes(loop))
    assert [n.shape for n in graph.nodes if n.op.startswith("aten.linear")] == [("6", "s0", "4")]
