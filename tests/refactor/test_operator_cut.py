"""A graph cut by its operators equals the module, and its kernels linked into one file are one program."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.driver.agents.assignment import described
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import Target
from kernelagent.static.kernel_file import needed_statements, renamed_at_top
from kernelagent.worker.tasks import capture, check_fused, cut_by_operators, link, synthesize

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RUN = ("gated_mlp", "rms_norm_residual", "rotary_embedding")

PIECES = """\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)
        self.register_buffer("seen", torch.zeros(16))

    def forward(self, x, residual):
        total = x + residual                          # of the inputs alone, and a result
        hidden = torch.relu(self.fc(total))
        halves = hidden.view(-1, 2, 8).transpose(1, 2)  # a view of what a piece makes
        scaled = halves * 2                           # element by element after a view
        again = torch.relu(self.fc(scaled.transpose(1, 2).reshape(-1, 16)))
        self.seen.copy_(again.sum(0))
        return total, again.t(), scaled


def get_inputs():
    return [torch.randn(6, 16), torch.randn(6, 16)]


def get_init_inputs():
    return []
"""


PATCHES = """\
import torch
from torch import nn


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 2, stride=2)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.conv(x)).flatten(2).transpose(1, 2)
        return self.head(self.norm(x).mean(1))


def get_inputs():
    return [torch.randn(2, 3, 8, 12)]


def get_init_inputs():
    return []
"""


def cut(file: Path, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem, and what the cut says of it after it was run beside the module."""
    reading = read(Target(file, None), Options())
    graph = str(folder / "graph.json")
    problem = capture.run({"problem": to_json(reading.problem), "out": graph}, print)["problem"]
    extraction = cut_by_operators.run({"problem": problem, "graph": graph, "out_dir": str(folder)}, print)
    fused = str(folder / "orchestrator" / "fused.py")
    assert "Run beside" in check_fused.run({"problem": problem, "fused": fused, "parts": {}}, print)["checked"]
    return problem, extraction


def linked(problem: dict[str, Any], extraction: dict[str, Any], folder: Path) -> str:
    kernels = {}
    for subgraph in extraction["subgraphs"]:
        assert not subgraph["refused"], subgraph["refused"]
        name = subgraph["id"]
        if subgraph["same_as"] is None:
            kernels[name] = str(folder / f"{name}.py")
            parts = {k: str(folder / "orchestrator" / f"{name}.{k}.json") for k in ("problem", "graph")}
            precision = {"arch": ["sm_90"], "fp32": "tf32x3", "allow_tf32": False}
            synthesize.run({**parts, **precision, "out": kernels[name]}, print)
    out = folder / "linked.py"
    args = {"problem": problem, "graph": str(folder / "graph.json"), "kernels": kernels, "out": str(out)}
    assert link.run(args, print)["function"] == "kernel_function"
    return out.read_text(encoding="utf-8")


def test_sizes_that_a_piece_cannot_tell_are_its_own(tmp_path: Path) -> None:
    """Behind a stride of 2 an input has ``s1 // 2`` rows, which say nothing of ``s1``."""
    file = tmp_path / "patches.py"
    file.write_text(PATCHES, encoding="utf-8")
    problem, extraction = cut(file, tmp_path)
    assert {free["symbol"] for free in problem["free_sizes"]} == {"s0", "s1", "s2"}
    part = json.loads((tmp_path / "orchestrator" / f"{extraction['subgraphs'][1]['id']}.problem.json").read_text())
    places = {free["where"]: free["example"] for free in part["free_sizes"]}
    assert sorted(places.values()) == [2, 4, 6]
    linked(problem, extraction, tmp_path)
    done = subprocess.run([sys.executable, str(tmp_path / "linked.py")], capture_output=True, text=True, check=False)
    assert done.stdout == "PASS\n", done.stderr


UP_AND_DOWN = """\
import torch
from torch import nn


class UpAndDown(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, stride=2, padding=1, dilation=2)
        self.up = nn.ConvTranspose2d(6, 3, 2, stride=2)

    def forward(self, x):
        small = torch.relu(self.down(x))
        large = torch.sigmoid(self.up(small))
        return self.up(torch.relu(self.down(large))), torch.cat([self.up(small), large], 1)


def get_inputs():
    return [torch.randn(2, 3, 11, 14)]


def get_init_inputs():
    return []
"""


def test_sizes_of_results_are_told_by_the_inputs_of_their_piece(tmp_path: Path) -> None:
    """Behind a stride of 2 there is no ``s1``: twice as many rows are ``2*s3``, not an expression in ``s1``."""
    file = tmp_path / "up_and_down.py"
    file.write_text(UP_AND_DOWN, encoding="utf-8")
    problem, extraction = cut(file, tmp_path)
    for subgraph in extraction["subgraphs"]:
        part = json.loads((tmp_path / "orchestrator" / f"{subgraph['id']}.problem.json").read_text())
        taken = {spec["name"]: spec for spec in part["inputs"]}
        for free in part["free_sizes"]:
            name, _, axis = free["where"].partition(".shape")
            assert taken[name]["dims"][int(axis.strip("[]"))] == free["symbol"], "said of an input that it takes"
        told = from_json(Problem, part)
        assert not any("strides" in described(spec) for spec in (*told.inputs, *told.outputs)), "all are contiguous"
    linked(problem, extraction, tmp_path)
    done = subprocess.run([sys.executable, str(tmp_path / "linked.py")], capture_output=True, text=True, check=False)
    assert done.stdout == "PASS\n", done.stderr


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples(file: Path, tmp_path: Path) -> None:
    text = linked(*cut(file, tmp_path), tmp_path)
    defined = [node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert len(defined) == len(set(defined)), "every helper once"
    assert "Sg0" not in text
    if file.stem in RUN:
        done = subprocess.run(
            [sys.executable, str(tmp_path / "linked.py")], capture_output=True, text=True, check=False
        )
        assert done.stdout == "PASS\n", done.stderr


def test_views_results_of_inputs_and_buffers(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(PIECES, encoding="utf-8")
    problem, extraction = cut(tmp_path / "model.py", tmp_path)
    subgraphs = extraction["subgraphs"]
    assert [s["id"].partition("_")[0] for s in subgraphs] == [f"sg{n}" for n in range(len(subgraphs))]
    by_weight = [s for s in subgraphs if "fc.weight" in s["weights"].values()]
    assert len(by_weight) == 2
    text = linked(problem, extraction, tmp_path)
    done = subprocess.run([sys.executable, str(tmp_path / "linked.py")], capture_output=True, text=True, check=False)
    assert done.stdout == "PASS\n", done.stderr
    assert "copy_" in text


def test_the_linked_file_has_the_names_of_a_result(tmp_path: Path) -> None:
    source = PIECES.replace("return total, again.t(), scaled", 'return {"p": [Parts(total, Parts(again.t(), scaled))]}')
    source = source.replace("class Model", 'Parts = namedtuple("Parts", ["first", "second"])\n\n\nclass Model')
    (tmp_path / "named_parts.py").write_text(f"from collections import namedtuple\n\n{source}", encoding="utf-8")
    text = linked(*cut(tmp_path / "named_parts.py", tmp_path), tmp_path)
    assert text.count('Parts = namedtuple("Parts", ["first", "second"])') == 1
    uses = "import linked, torch; found = linked.ModelNew()(torch.randn(6, 16), torch.randn(6, 16)); "
    uses += "print(found['p'][0].second.first.shape)"
    for command, said in ((["linked.py"], "PASS\n"), (["-c", uses], "torch.Size([16, 6])\n")):
        env = {**os.environ, "TRITON_INTERPRET": "1"}
        python = [sys.executable, *command]
        done = subprocess.run(python, capture_output=True, text=True, check=False, cwd=tmp_path, env=env)
        assert done.stdout == said, done.stderr


KERNELS = '''\
"""A file."""
import torch
from math import ceil, floor

SIZE = 4  # of a block
UNUSED = 1


def helper(SIZE, x):
    return SIZE + x.SIZE


# what it is for
def kernel_function(x):
    total = helper(1, x) + SIZE
    return torch.empty(total + ceil(1.5), SIZE=SIZE)


if __name__ == "__main__":
    print(kernel_function(1))
'''


def test_a_file_is_taken_apart() -> None:
    needed = needed_statements(KERNELS)
    assert [s.binds for s in needed] == [
        *(("torch",), ("ceil", "floor"), ("SIZE",), ("helper",), ("kernel_function",)),
    ]
    assert needed[-1].text.startswith("# what it is for\n")


def test_names_are_changed_by_scope() -> None:
    text = "\n\n".join(s.text for s in needed_statements(KERNELS))
    changed = renamed_at_top(text, {"SIZE": "SIZE_2", "helper": "helper_2", "kernel_function": "piece"})
    assert "SIZE_2 = 4" in changed
    assert "def helper_2(SIZE, x):\n    return SIZE + x.SIZE" in changed, "an argument and an attribute are others"
    assert "helper_2(1, x) + SIZE_2" in changed
    assert "SIZE=SIZE_2" in changed, "a keyword is another's name"
    assert "def piece(x)" in changed


SEVERAL = """\
import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        y = torch.relu(x.transpose(1, 2))
        values, places = torch.topk(y, 4, dim=-1)
        return torch.softmax(values, -1)


def get_inputs():
    return [torch.randn(2, 8, 16)]


def get_init_inputs():
    return []
"""


def test_the_layout_of_everything_and_each_of_several_results_are_told(tmp_path: Path) -> None:
    (tmp_path / "several.py").write_text(SEVERAL, encoding="utf-8")
    problem, extraction = cut(tmp_path / "several.py", tmp_path)
    assert problem["inputs"][0]["strides"] == ["s1*s2", "s2", "1"]
    subgraphs = extraction["subgraphs"]
    for subgraph in subgraphs:
        for spec in (*subgraph["inputs"], *subgraph["outputs"]):
            assert len(spec["strides"]) == len(spec["shape"]) > 0, spec
    (topk,) = (node for subgraph in subgraphs for node in subgraph["nodes"] if node["op"].startswith("aten.topk"))
    assert [(spec["name"], spec["dtype"], spec["shape"]) for spec in topk["results"]] == [
        ("0", "float32", [2, 16, 4]),
        ("1", "int64", [2, 16, 4]),
    ]
    assert all(spec["strides"] == ["4*s2", "4", "1"] for spec in topk["results"])
