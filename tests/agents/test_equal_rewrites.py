"""What a rewritten module is held against: what the original returns, writes into its inputs and shares with them, on
values of all signs and magnitudes that the original takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool

MODULE = """\
import torch
from torch import nn


class Mod(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(8))

    def forward(self, x):
        if x.sum().item() > 1e30:
            x.numel()
{body}


def get_inputs():
    return [{input}]
"""
REWRITTEN = """\
import torch
from torch import nn


class Plus(nn.Module):
    def forward(self, x):
        return x + 1.0


class Main(nn.Module):
    def forward(self, x, w):
        return {expression}


class ModFused(nn.Module):
    def __init__(self, state):
        super().__init__()
        self.state = state
        self.plus, self.main = Plus(), Main()

    def forward(self, x):
        {body}
"""
PLAIN = 'return self.main(x, self.state["w"])'
WRITES = "x.add_(1.0)\n        return torch.relu(x + self.w)"
LARGE = (
    "if x.abs().max().item() > 50.0:\n            return torch.relu(x - self.w)\n        return torch.relu(x + self.w)"
)
NEGATIVE = "if x.max().item() < 0.0:\n            return x * self.w\n        return x + self.w"
PICTURE = "if x.min() >= 0 and x.max() <= 1:\n            x = (x - 0.5) / 0.25\n        return torch.relu(x * self.w)"
NEAR_A_NUMBER = "if 37.0 < x.mean().item() < 41.0:\n            return x * self.w\n        return x + self.w"
NEVER = "if x.shape[0] == 4321:\n            return x\n        return torch.relu(x + self.w)"
VIEW = "return torch.relu(x + self.w), x.view(-1)"
LOOP = "while x.isinf().any().item():\n            x = x / 2.0\n        return torch.where(x == x, x + self.w, self.w)"
CENTRED = "if x.isnan().all():\n            return x\n        return torch.nn.functional.layer_norm(x, (8,)) * self.w"
PLAIN_LARGE = "torch.where(x.abs().max() > 50.0, torch.relu(x - w), torch.relu(x + w))"
OFF = "(x - x.mean(-1, keepdim=True))"
BY_HAND = f"{OFF} * torch.rsqrt({OFF}.square().mean(-1, keepdim=True) + 1e-5) * w"
INTEGERS = "return self.w[x % 8] if x.min().item() >= 0 else self.w[x % 8] + 1.0"


@pytest.mark.parametrize(
    ("body", "expression", "fused", "words"),
    [
        (WRITES, "torch.relu(x + 1.0 + w)", PLAIN, "case 0: inputs x["),
        (WRITES, "torch.relu(x + w)", f"x.copy_(self.plus(x))\n        {PLAIN}", ""),
        (LARGE, "torch.relu(x + w)", PLAIN, "(large values): outputs["),
        (LARGE, PLAIN_LARGE, PLAIN, ""),
        (NEGATIVE, "x + w", PLAIN, "(negative values): outputs["),
        (NEGATIVE, "torch.where(x.max() < 0, x * w, x + w)", PLAIN, ""),
        (PICTURE, "torch.relu(x * w)", PLAIN, "(values between 0 and 1): outputs["),
        (NEAR_A_NUMBER, "x + w", PLAIN, "(values around 39): outputs["),
        (VIEW, "torch.relu(x + w)", f"return {PLAIN[7:]}, x.view(-1).clone()", "outputs 1 does not share memory with"),
        (VIEW, "torch.relu(x + w)", f"return {PLAIN[7:]}, x.view(-1)", ""),
        (
            "return x.clone()",
            "x + 0 * w",
            "self.plus(x)\n        return x.view(x.shape)",
            "shares memory with the input x",
        ),
        (CENTRED, BY_HAND, PLAIN, ""),
        (INTEGERS, "w[x % 8]", PLAIN, "(negative integers): outputs["),
    ],
    ids=[
        *(
            "writes",
            "writes too",
            "large",
            "large too",
            "negative",
            "negative too",
            "picture",
            "near a number",
            "a copy",
            "a view",
        ),
        *("shares", "another order", "integers"),
    ],
)
def test_a_rewrite_does_all_that_the_original_does(
    tmp_path: Path, pool: WorkerPool, body: str, expression: str, fused: str, words: str
) -> None:
    found, checked = tried(tmp_path, pool, body, expression, fused)
    assert (words in found) if words else not found, found
    assert bool(checked) is not bool(words)


@pytest.mark.parametrize(
    ("size", "words", "told"),
    [
        (3, "outputs[", ""),
        (2, "outputs[", ""),
        (4321, "", "Ways of it that no case took: fused.py, line 22: `x.shape[0] == 4321` was true in no case."),
    ],
)
def test_a_decision_on_a_size_is_tried_or_named(
    tmp_path: Path, pool: WorkerPool, size: int, words: str, told: str
) -> None:
    fused = f"if x.shape[0] == {size}:\n            return x\n        {PLAIN}"
    found, checked = tried(tmp_path, pool, "return torch.relu(x + self.w)", "torch.relu(x + w)", fused)
    assert (words in found) if words else not found, found
    assert told in checked


def test_a_way_of_the_original_that_no_case_took_is_named(tmp_path: Path, pool: WorkerPool) -> None:
    found, checked = tried(tmp_path, pool, NEVER, "torch.relu(x + w)", PLAIN)
    assert not found
    assert "Ways of the module itself that no case took: model.py, line 13: `x.shape[0] == 4321` was true in" in checked


def test_values_on_which_the_original_does_not_end_are_left_out(tmp_path: Path, pool: WorkerPool) -> None:
    found, checked = tried(tmp_path, pool, LOOP, "torch.where(x == x, x + w, w)", PLAIN)
    assert not found
    assert "28 sets of inputs" in checked


def tried(folder: Path, pool: WorkerPool, body: str, expression: str, fused: str) -> tuple[str, str]:
    """What was found of the rewrite, and what is said of it where it is taken."""
    given = "torch.randint(0, 8, (4, 8))" if body == INTEGERS else "torch.randn(4, 8)"
    (folder / "model.py").write_text(MODULE.format(body=f"        {body}", input=given), encoding="utf-8")
    text = REWRITTEN.format(expression=expression, body=fused)
    replies = [{"text": f"```python\n{text}```"}]
    (folder / "replies.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
    options = Options(
        **{"provider": "scripted", "model": str(folder / "replies.json"), "route": "fuser", "fallback": False},
        **{"run_dir": str(folder / "run"), "workers": 1, "max_iters": 1, "until": "extract"},  # type: ignore[arg-type]
    )
    result = fuse(Target(folder / "model.py", "Mod"), options, pool=pool)
    finding = folder / "run/orchestrator/worker_1/attempt_1/finding.txt"
    if finding.exists():
        return finding.read_text(encoding="utf-8"), ""
    assert result.error is None, result.error
    return "", read_json(folder / "run" / "subgraphs.json", Extraction).checked
