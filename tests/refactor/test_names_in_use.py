"""Names of a module, of its pieces and of kernel files never hide one that the text around them uses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import Target
from kernelagent.static.own_names import free_name
from kernelagent.worker.judge.entry_points import bind_function
from kernelagent.worker.tasks import capture, check_fused, compose, cut_by_operators, link, synthesize

HEAD = "import torch\nfrom torch import nn\n\n\n"
TWO = "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {init}\n\n"
MODULES = {
    "a local": (
        "self.fc1 = nn.Linear(16, 16); self.fc2 = nn.Linear(16, 16)",
        "x",
        "max = torch.relu(self.fc1(x)); min = torch.softmax(max, -1); return self.fc2(min)",
        "torch.randn(4, 16)",
    ),
    "arguments": (
        "",
        "x, min, max",
        "return torch.softmax(torch.minimum(torch.maximum(x, min), max), dim=-1)",
        "torch.randn(4, 16), torch.randn(16), torch.randn(16)",
    ),
    "names of libraries and of wrappers": (
        "self.max = nn.Linear(16, 16); self.triton = nn.Linear(16, 16)",
        "min, grid, reference",
        "tl = torch.softmax(self.triton(self.max(min)), dim=-1); return tl * grid + reference",
        "torch.randn(4, 16), torch.randn(4, 16), torch.randn(4, 16)",
    ),
    "names of kernels and of block sizes": (
        "self.fc = nn.Linear(16, 16)",
        "block_m, linear_relu_kernel",
        "device = torch.relu(self.fc(block_m)); return torch.relu(self.fc(device + linear_relu_kernel))",
        "torch.randn(4, 16), torch.randn(4, 16)",
    ),
    "by keyword, with a default": (
        "",
        "x, *, min, max=None",
        "return torch.softmax(x - min, dim=-1)",
        "dict(x=torch.randn(4, 16), min=torch.randn(16))",
    ),
    "parameters": (
        "self.max = nn.Parameter(torch.randn(16)); self._expect = nn.Parameter(torch.randn(16))",
        "x",
        "return torch.softmax(x * self.max + self._expect, -1)",
        "torch.randn(4, 16)",
    ),
    "pieces": (
        "self.fc = nn.Linear(16, 16)",
        "x, seen, linear",
        "y = self.fc(x) + linear; return torch.max(self.fc(y.sum(-1, True) * y), -1).values, seen & (seen > 0)",
        "torch.randn(4, 16), torch.randint(0, 4, (4, 16)), torch.randn(16)",
    ),
}
HELPER = """\
def max(n):
    return 2 * n


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, max(8))

    def forward(self, x):
        return torch.softmax(self.fc(x), -1)


def get_inputs():
    return [torch.randn(40, 16)]
"""


def written(name: str) -> str:
    init, arguments, body, inputs = MODULES[name]
    text = HEAD + TWO.format(init=init or "pass") + f"    def forward(self, {arguments}):\n        {body}\n\n\n"
    return text + f"def get_inputs():\n    return {inputs if inputs.startswith('dict') else f'[{inputs}]'}\n"


def named(folder: Path) -> str:
    """Another module for each test: they are imported into one process."""
    return re.sub(r"\W", "_", folder.name)


def captured(text: str, folder: Path) -> dict[str, Any]:
    file = folder / f"{named(folder)}.py"
    file.write_text(text, encoding="utf-8")
    reading = read(Target(file, None), Options())
    given = {"problem": to_json(reading.problem), "out": str(folder / "graph.json")}
    problem: dict[str, Any] = capture.run(given, print)["problem"]
    return problem


def composed(problem: dict[str, Any], folder: Path) -> Path:
    out = folder / "composed.py"
    precision = {"arch": ["sm_90"], "fp32": "tf32x3", "allow_tf32": False}
    compose.run({"problem": problem, "graph": str(folder / "graph.json"), "out": str(out), **precision}, print)
    return out


def linked(problem: dict[str, Any], folder: Path) -> Path:
    given = {"problem": problem, "graph": str(folder / "graph.json"), "out_dir": str(folder)}
    extraction = cut_by_operators.run(given, print)
    fused = str(folder / "orchestrator" / "fused.py")
    assert "Run beside" in check_fused.run({"problem": problem, "fused": fused, "parts": {}}, print)["checked"]
    kernels = {}
    for subgraph in (s for s in extraction["subgraphs"] if s["same_as"] is None):
        assert not subgraph["refused"], subgraph["refused"]
        kernels[subgraph["id"]] = str(folder / f"{subgraph['id']}.py")
        parts = {k: str(folder / "orchestrator" / f"{subgraph['id']}.{k}.json") for k in ("problem", "graph")}
        precision = {"arch": ["sm_90"], "fp32": "tf32x3", "allow_tf32": False}
        synthesize.run({**parts, **precision, "out": kernels[subgraph["id"]]}, print)
    out = folder / "linked.py"
    given = {"problem": problem, "graph": str(folder / "graph.json"), "kernels": kernels, "out": str(out)}
    link.run(given, print)
    return out


AS_A_MODULE = """
import torch, {model} as model, {file}
torch.manual_seed(1)
original, given = model.Model(), model.get_inputs()
args, kwargs = ((), given) if isinstance(given, dict) else (given, {{}})
new = {file}.ModelNew()
new.load_state_dict(original.state_dict())
torch.testing.assert_close(new(*args, **kwargs), original(*args, **kwargs), rtol=1e-3, atol=1e-3)
"""


def ran(path: Path) -> None:
    """By its own check, and as the module."""
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout == "PASS\n", done.stderr + path.read_text(encoding="utf-8")
    program = 'import os; os.environ["TRITON_INTERPRET"] = "1"' + AS_A_MODULE.format(
        file=path.stem, model=named(path.parent)
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=path.parent, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr + path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_composed(name: str, tmp_path: Path) -> None:
    ran(composed(captured(written(name), tmp_path), tmp_path))


@pytest.mark.parametrize(
    "name",
    ["names of libraries and of wrappers", *(pytest.param(n, marks=pytest.mark.whole) for n in ("a local", "pieces"))],
)
def test_linked(name: str, tmp_path: Path) -> None:
    ran(linked(captured(written(name), tmp_path), tmp_path))


def test_a_helper_of_the_module_hides_nothing(tmp_path: Path) -> None:
    path = composed(captured(HEAD + HELPER, tmp_path), tmp_path)
    assert "needs a max of its own" in path.read_text(encoding="utf-8")
    ran(path)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("max", (), "max_"),
        ("and", (), "and_"),
        ("max", ("max_",), "max_2"),
        ("hidden", (), "hidden"),
        ("hidden", ("hidden",), "hidden_2"),
        ("tl", (), "tl_"),
    ],
)
def test_free_names(wanted: str, taken: tuple[str, ...], name: str) -> None:
    assert free_name(wanted, taken) == name


def test_the_judge_knows_such_a_name() -> None:
    def kernel_function(x: int, max_: int, weight: int) -> None: ...

    state: dict[str, Any] = {"other": 0, "weight": 3}
    assert bind_function(kernel_function, ["x", "max"], (1, 2), {}, state)[0] == (1, 2, 3)
