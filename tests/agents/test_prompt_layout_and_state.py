"""What a prompt says of how tensors lie in memory, and of buffers that forward() updates: as the judge demands it."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import said
from model_server import ModelServer, Say, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
HEAD = "import torch\nfrom torch import nn\n\n\n"
PLAIN = HEAD + (
    "# kernelagent: inputs=(torch.randn(4, 8),)\n"
    "class Block(nn.Module):\n    def forward(self, x):\n        return torch.relu(x)\n"
)
CHANNELS_LAST = HEAD + (
    "# kernelagent: inputs=(torch.randn(2, 3, 8, 6).to(memory_format=torch.channels_last), torch.randn(4, 5).t())\n"
    "class Block(nn.Module):\n    def forward(self, x, y):\n        return torch.relu(x), y @ y.t()\n"
)
NORM = HEAD + (
    "# kernelagent: inputs=(torch.randn(4, 8),), mode=train\n"
    "class Block(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.bn = nn.BatchNorm1d(8, momentum=None)\n\n    def forward(self, x):\n        return self.bn(x)\n"
)
COUNTS = HEAD + (
    "# kernelagent: inputs=(torch.randn(4, 8),)\n"
    "class Block(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.register_buffer('seen', torch.zeros(()))\n        self.register_buffer('scale', torch.ones(()))\n\n"
    "    def forward(self, x):\n        self.seen.add_(1)\n        if self.seen > 100:\n            return x\n"
    "        return torch.relu(x * self.scale)\n"
)
FENCED = HEAD + (
    "# kernelagent: inputs=(torch.randn(4, 8),)\n"
    'class Block(nn.Module):\n    """Use it so:\n\n```python\nBlock()(x)\n```\n    """\n\n'
    "    def forward(self, x):\n        return torch.relu(x)\n"
)
WRITES = HEAD + (
    "# kernelagent: inputs=(torch.randn(4, 8),)\n"
    "class Block(nn.Module):\n    def forward(self, x):\n        x += 1.0\n        return x * 3\n"
)


RETURNS = """\
import dataclasses
from typing import NamedTuple

import torch
from torch import nn


class Parts(NamedTuple):
    above: torch.Tensor
    below: torch.Tensor


@dataclasses.dataclass
class Out:
    parts: Parts
    twice: torch.Tensor


# kernelagent: inputs=(torch.randn(4, 8),)
class Block(nn.Module):
    def forward(self, x):
        return Out(Parts(x.clamp(min=0), x.clamp(max=0)), x * 2)
"""
RETURNS_ON_A_VALUE = RETURNS.replace(
    "        return", "        if x.sum() > 1e9:\n            x = x + 1\n        return"
)


def asked(
    source: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, route: str = "direct"
) -> list[str]:
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server: ModelServer
    with playing(lambda seen, turn: Say(said("def kernel_function():\n    pass\n"))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", yes=True, workers=1, max_iters=1, route=route, fallback=False)
        fuse(Target(tmp_path / "model.py", "Block"), options, pool=pool)
        return ["\n".join(said["content"] for said in seen.body["messages"]) for seen in server.seen]


def test_strides_that_are_not_contiguous_are_told(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text, *_) = asked(CHANNELS_LAST, tmp_path, pool, monkeypatch)
    lines = text.splitlines()
    given = {line.partition(":")[0]: line for line in lines if line.startswith(("- x:", "- y:", "- output."))}
    assert "strides (s1*s2*s3, 1, s1*s3, s1), not contiguous" in given["- x"]
    assert "strides (1, " in given["- y"]
    assert "strides (s1*s2*s3, 1, s1*s3, s1), not contiguous" in given["- output.0"]
    assert "strides" not in given["- output.1"]
    assert "gives outputs of the module's shapes, dtypes and strides" in text


def test_nothing_is_said_of_tensors_that_are_contiguous(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text, *_) = asked(PLAIN, tmp_path, pool, monkeypatch)
    assert "not contiguous\n" not in text
    assert "forward() updates" not in text


@pytest.mark.parametrize(
    ("source", "updated", "others"),
    [
        (NORM, ("bn.running_mean", "bn.running_var", "bn.num_batches_tracked"), ("bn.weight",)),
        (COUNTS, ("seen",), ("scale",)),
    ],
    ids=["captured", "observed"],
)
def test_buffers_that_are_updated_are_named(
    tmp_path: Path,
    pool: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    updated: tuple[str, ...],
    others: tuple[str, ...],
) -> None:
    text = next(t for t in asked(source, tmp_path, pool, monkeypatch) if "kernel_function(" in t)
    assert "keeps no state between calls" not in text
    (line,) = (line for line in text.splitlines() if "forward() updates" in line)
    for key in updated:
        assert f"{key} (the argument `{key.replace('.', '_')}`)" in line
    for key in others:
        assert key not in line
    if source == NORM:
        assert "bn.running_mean is updated to " in text


def test_a_docstring_s_own_fence_does_not_end_the_module(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = next(t for t in asked(FENCED, tmp_path, pool, monkeypatch) if "kernel_function(" in t)
    _, _, rest = text.partition("The module, from the file model.py:\n")
    fence = rest[: rest.index("python")]
    assert fence == "````"
    assert rest.partition(f"\n{fence}\n")[0] == f"{fence}python\n{FENCED.rstrip()}"


@pytest.mark.parametrize("route", ["direct", "fuser"])
def test_inputs_that_are_written_into_are_named(
    route: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = asked(WRITES, tmp_path, pool, monkeypatch, route=route)
    text = next(t for t in texts if ("kernel_function(" in t) == (route == "direct"))
    if route == "direct":
        (line,) = (line for line in text.splitlines() if "forward() updates" in line)
        assert "forward() updates its input x. kernel_function is given these very tensors" in line
        assert "leaves its arguments unchanged, but for those that are said to be updated" in text
        assert "captured:\n```\n(there is none: " in text
    else:
        assert "forward() changes x." in text
        assert "inputs that it writes into likewise" in text


@pytest.mark.parametrize("source", [RETURNS, RETURNS_ON_A_VALUE], ids=["captured", "observed"])
def test_the_classes_of_a_result_are_told(
    source: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text, *_) = asked(source, tmp_path, pool, monkeypatch)
    assert "- output.2: float32 of shape (4, 8)" in text
    assert "forward() returns Out(parts=Parts(above=output.0, below=output.1), twice=output.2)." in text
    assert "Parts(above, below) is a named tuple: return one with these fields in this order" in text
    assert "Out(parts, twice) is a dataclass: return a dictionary with its fields' names as keys" in text
