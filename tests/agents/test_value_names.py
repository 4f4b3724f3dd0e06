"""In a prompt each name stands for one value, in the signature and in the graph alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.worker.judge.entry_points import bind_function
from model_server import Say, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
HEAD = "import torch\nfrom torch import nn\n\n\n# kernelagent: inputs=(torch.randn(8, 16),)\nclass Block(nn.Module):\n"
BUFFER = HEAD + (
    "    def __init__(self):\n        super().__init__()\n        self.register_buffer('mean', torch.randn(16))\n\n"
    "    def forward(self, x):\n        m = x.mean(0)\n        return x - self.mean + m\n"
)
UPDATED = BUFFER.replace("        m = x", "        self.mean.mul_(0.9).add_(x.mean(0) * 0.1)\n        m = x")
PARAMETER = BUFFER.replace("self.register_buffer('mean', torch.randn(16))", "self.mean = nn.Parameter(torch.randn(16))")
INPUT = HEAD + "    def forward(self, mean):\n        return mean - mean.mean(0)\n"
BOTH = BUFFER.replace("(self, x)", "(self, mean)").replace("x.", "mean.").replace("x -", "mean -")
OF_A_PATH = HEAD + (
    "    def __init__(self):\n        super().__init__()\n        self.add = nn.Linear(16, 16)\n"
    "        self.add_weight = nn.Parameter(torch.randn(16))\n\n"
    "    def forward(self, x):\n        return self.add(x) * self.add_weight + x\n"
)
OF_A_SIZE = BUFFER.replace("'mean'", "'s0'").replace("self.mean", "self.s0")
NUMBER = HEAD + (
    "    def __init__(self):\n        super().__init__()\n"
    "        self.register_buffer('_local_scalar_dense', torch.ones(16))\n"
    "        self.register_buffer('count', torch.tensor(3))\n\n"
    "    def forward(self, x):\n        return x * self._local_scalar_dense * (self.count.item() + 1)\n"
)


def prompt(source: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say("I can't.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", yes=True, workers=1, max_iters=1, route="direct")
        fuse(Target(tmp_path / "model.py", "Block"), options, pool=pool)
        return str(server.seen[0].body["messages"][-1]["content"])


@pytest.mark.parametrize(
    ("source", "signature", "lines"),
    [
        (BUFFER, "x, mean", ["mean_2: * aten.mean.dim(self=x,", "other=mean,", "other=mean_2,"]),
        (PARAMETER, "x, mean", ["mean_2: * aten.mean.dim(self=x,", "other=mean,", "other=mean_2,"]),
        (
            UPDATED,
            "x, mean",
            ["(self=mean, other=0.9", "mean_2: * aten.mean.dim(self=x,", "other=mean_1,", "mean is updated to add"],
        ),
        (INPUT, "mean", ["mean_1: * aten.mean.dim(self=mean,", "(self=mean, other=mean_1,"]),
        (
            BOTH,
            "mean, mean_",
            [
                "- mean: float32 of shape (8, 16)",
                "- mean_: float32 of shape (16); mean in the state_dict, the argument `mean_`",
                "mean_1: * aten.mean.dim(self=mean,",
                "(self=mean, other=mean_,",
            ],
        ),
        (
            OF_A_PATH,
            "x, add_weight, add_weight_, add_bias",
            ["- add_weight_: float32 of shape (16, 16); add.weight in the state_dict", "weight=add_weight_,"],
        ),
        (OF_A_SIZE, "x, s0", ["- s0: float32 of shape (16)", "in general (s0_size, 16)", "other=s0,"]),
        (
            NUMBER,
            "x, _local_scalar_dense, count",
            ["other=_local_scalar_dense)", "_local_scalar_dense_2: ", "_local_scalar_dense_2 + 1"],
        ),
    ],
    ids=["a buffer", "a parameter", "updated", "an input", "an input and a buffer", "two keys", "a size", "a number"],
)
def test_each_name_stands_for_one_value(
    source: str,
    signature: str,
    lines: list[str],
    tmp_path: Path,
    pool: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = prompt(source, tmp_path, pool, monkeypatch)
    graph = text.partition("The graph that PyTorch captured:\n```\n")[2].partition("\n```")[0]
    assert f"kernel_function({signature})" in text
    for line in lines:
        assert re.search(re.escape(line).replace(r"\*", ".*"), text), f"{line}\n{graph}"
    of_results = re.findall(r"^(\w+): ", graph, re.MULTILINE)
    of_tensors = re.findall(r"^- ([\w.]+): (?!\d)", text.partition("Outputs:")[0] + text.partition("buffers:")[2], re.M)
    names = [*of_results, *(name for name in of_tensors if not name.startswith("sm_"))]
    names += re.findall(r"^- (\w+): \d", text, re.MULTILINE)
    assert len(names) == len(set(names))


def test_the_judge_passes_all_by_such_a_signature() -> None:
    given, first, second = torch.zeros(1), torch.ones(1), torch.full((1,), 2.0)
    state = {"mean": first, "a.b": second, "a_b": given}

    def kernel_function(mean: object, mean_: object, a_b: object, a_b_: object) -> None: ...

    bound, named = bind_function(kernel_function, ["mean"], (given,), {}, state)
    assert [id(tensor) for tensor in bound] == [*map(id, (given, first, second, given))]
    assert not named
