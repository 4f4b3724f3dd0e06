"""``--optimize``: the race goes on after the first verified kernel, and the fastest verified one wins."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import cast

import pytest
from doors import KEY
from kernelagent import TritonKernelAgent
from kernelagent.contract.codec import read_json, to_json
from kernelagent.contract.events import CostChanged, Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.standing import Leaders, Standing
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.report.markdown import as_markdown
from kernelagent.driver.report.pages import of_result
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.driver.stages.optimize import NO_TIME
from kernelagent.driver.stories import stories
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, RIGHT, WRONG_VALUES, said
from model_server import Act, Say, Status, playing
from pieces_of_net import MODE_SUB, NET

IN_TWO = RIGHT.replace("tl.where(product <= 0, 0.0, product)", "product").replace(
    "    return out\n",
    "        positive[(rows,)](out, columns, BLOCK=block)\n    return out\n",
)
IN_TWO = IN_TWO.replace(
    "def kernel_function",
    "@triton.jit\ndef positive(out, columns, BLOCK: tl.constexpr):\n"
    "    index = tl.arange(0, BLOCK)\n    place = out + tl.program_id(0) * columns + index\n"
    "    value = tl.load(place, mask=index < columns, other=0.0)\n"
    "    tl.store(place, tl.where(value <= 0, 0.0, value), mask=index < columns)\n\n\ndef kernel_function",
)


LAYERS = """\
import torch
from torch import nn


class Layers(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc1 = nn.Linear(n, n)
        self.fc2 = nn.Linear(n, n)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return [16]
"""
BOTH = """\
import torch
import triton
import triton.language as tl


@triton.jit
def both_layers(x, w1, b1, w2, b2, out, rows, x0, x1, w10, w11, b10, w20, w21, b20, N: tl.constexpr):
    row = tl.program_id(0) * 16 + tl.arange(0, 16)[:, None]
    one, other = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    values = tl.load(x + row * x0 + other * x1, mask=row < rows, other=0.0)
    first = tl.dot(values, tl.load(w1 + other * w10 + one * w11), input_precision="ieee") + tl.load(b1 + other * b10)
    first = tl.where(first <= 0, 0.0, first)
    second = tl.dot(first, tl.load(w2 + other * w20 + one * w21), input_precision="ieee") + tl.load(b2 + other * b20)
    tl.store(out + row * N + other, second, mask=row < rows)


def kernel_function(x, fc1_weight, fc1_bias, fc2_weight, fc2_bias):
    rows, columns = x.shape
    if columns != 16:
        raise ValueError("written for 16 columns")
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if rows:
        both_layers[(triton.cdiv(rows, 16),)](
            *(x, fc1_weight, fc1_bias, fc2_weight, fc2_bias, out, rows, *x.stride(), *fc1_weight.stride()),
            *(*fc1_bias.stride(), *fc2_weight.stride(), *fc2_bias.stride()),
            N=16,
        )
    return out


class LayersTriton(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc1 = torch.nn.Linear(n, n)
        self.fc2 = torch.nn.Linear(n, n)

    def forward(self, x):
        return kernel_function(x, self.fc1.weight, self.fc1.bias, self.fc2.weight, self.fc2.bias)
"""


def run(
    folder: Path, pool: WorkerPool, replies: list[dict[str, object]], **given: object
) -> tuple[Result, list[Event]]:
    (folder / "model.py").write_text(MODULE, encoding="utf-8")
    (folder / "script.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
    options = {"provider": "scripted", "model": str(folder / "script.json"), "workers": 1, "optimize": True}
    events: list[Event] = []
    result = fuse(
        Target(folder / "model.py", "Block"),
        Options(**{**options, "run_dir": str(folder / "run"), **given}),  # type: ignore[arg-type]
        pool=pool,
        on_event=events.append,
    )
    return result, events


@pytest.mark.parametrize("order", [(IN_TWO, RIGHT, WRONG_VALUES), (RIGHT, WRONG_VALUES, IN_TWO)], ids=["last", "first"])
def test_the_fastest_verified_one_wins(order: tuple[str, ...], tmp_path: Path, pool: WorkerPool) -> None:
    result, events = run(tmp_path, pool, [{"text": said(code)} for code in order], max_iters=3)
    assert result.status == "verified", result.error
    assert (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8") == RIGHT
    second = (tmp_path / "run").rglob("attempt_2/prompt.md")
    assert "The judge accepts this file. It stands first so far" in next(second).read_text(encoding="utf-8")
    costs = [event for event in events if isinstance(event, CostChanged)]
    assert len(costs) == 3
    assert costs[-1].output_tokens == result.cost.output_tokens
    assert to_json(costs[-1])["kind"] == "cost_changed"


@pytest.mark.parametrize("is_time", [False, True])
def test_what_stands_alike_is_told_so(is_time: bool, tmp_path: Path) -> None:
    verification = cast(Verification, None)
    words = iter(["36 registers", "26 registers", "2 kernels"])
    costs = iter([4.0, 4.0, 8.0])
    leaders = Leaders(lambda kernel, verification: Standing(next(costs), next(words), is_time))
    places = ((1, 1, 1), (1, 2, 1), (1, 3, 1))
    said = [leaders.enter(tmp_path, verification, place) for place in places]
    assert "so far (36 registers)" in said[0]
    assert "as well (26 registers) as the first one (36 registers), which stays" in said[1]
    assert ("up to 128 registers count for nothing" in said[1]) is not is_time
    assert said[2] == "It stands at 2 kernels; the one to beat at 36 registers."


@pytest.mark.whole
def test_the_budget_ends_the_race_and_the_best_is_kept(tmp_path: Path, pool: WorkerPool) -> None:
    started = time.monotonic()
    replies: list[dict[str, object]] = [{"text": said(RIGHT)}, {"text": "slow", "delay_s": 500}]
    result, _ = run(tmp_path, pool, replies, max_iters=50, budget_seconds=40.0)
    assert result.status == "verified", result.error
    assert time.monotonic() - started < 60


def test_every_attempt_has_its_story(tmp_path: Path, pool: WorkerPool) -> None:
    replies: list[dict[str, object]] = [{"text": "prose"}, {"text": said(WRONG_VALUES)}, {"text": said(RIGHT)}]
    result, _ = run(tmp_path, pool, replies, optimize=False)
    assert result.status == "verified"
    told = stories(tmp_path / "run")
    assert [attempt.place.rpartition("/")[2] for attempt in told] == ["attempt_1", "attempt_2", "attempt_3"]
    assert [attempt.accepted for attempt in told] == [False, False, True]
    assert "no code block" in told[0].told
    assert "values" in told[1].told
    report = as_markdown(of_result(result))
    assert "## Candidates" in report
    assert "worker_1/attempt_3) | accepted" in report


@pytest.mark.whole
def test_what_a_piece_has_already_is_to_be_beaten(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model writes the piece that needs it, and nothing faster for the others: the built-in's kernels stay."""
    (tmp_path / "model.py").write_text(NET, encoding="utf-8")
    with playing(
        lambda seen, turn: Say(said(MODE_SUB) if "Sg1Mode" in seen.text else "I know nothing better.")
    ) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(route="fuser", optimize=True, workers=1, max_iters=1, run_dir=str(tmp_path / "run"))
        result = fuse(Target(tmp_path / "model.py", "Net"), options, pool=pool)
        assert result.status == "verified", result.error
        assert len(server.seen) > 1
        assert any("to beat" in seen.text for seen in server.seen)
    assert {s.synthesizer for s in result.subgraphs} == {"builtin", "openai"}


def test_the_first_one_wins_without(tmp_path: Path, pool: WorkerPool) -> None:
    replies: list[dict[str, object]] = [{"text": said(IN_TWO)}, {"text": said(RIGHT)}]
    result, _ = run(tmp_path, pool, replies, optimize=False)
    assert result.status == "verified", result.error
    assert (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8") == IN_TWO


@pytest.mark.parametrize("act", [Say(said(IN_TWO)), Status(401, "no")], ids=["a slower one", "a key that is refused"])
def test_a_whole_module_of_the_built_in_is_to_be_beaten(
    act: Act, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    events: list[Event] = []
    with playing(lambda seen, turn: act) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(optimize=True, workers=1, max_iters=1, run_dir=str(tmp_path / "run"))
        result = fuse(Target(tmp_path / "model.py", "Block"), options, pool=pool, on_event=events.append)
        assert len(server.seen) == 1
        assert "to beat" in server.seen[0].text
    assert result.status == "verified", result.error
    assert {s.synthesizer for s in result.subgraphs} == {"builtin"}
    told = [event.message for event in events if isinstance(event, StageFinished) and event.stage == "compose"]
    assert any("The kernel stays: nothing verified stands before it" in message for message in told), told
    composed = (tmp_path / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8")
    assert composed != IN_TWO


@pytest.mark.whole
def test_who_wrote_the_file_that_stands_before_the_built_in_s(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = BOTH.replace("first <= 0, 0.0, first", "first <= 0, 1.0, first")
    replies = [wrong, BOTH]
    with playing(lambda seen, turn: Say(said(replies[min(turn, 1)]))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        agent = TritonKernelAgent(num_workers=1, max_rounds=2, log_dir=str(tmp_path), optimize=True)
        told = agent.generate_kernel(LAYERS)
    assert told["success"], told["message"]
    assert told["kernel_code"] == BOTH
    assert (told["worker_id"], told["rounds"]) == (1, 2)
    folder = Path(told["session_dir"]) / "run"
    result = read_json(folder / "result.json", Result)
    assert len(result.subgraphs) == 2
    assert {one.synthesizer for one in result.subgraphs} == {"openai"}
    summary = read_json(folder / "kernels_out" / "summary.json", KernelsSummary)
    assert summary.subgraphs == result.subgraphs
    assert set(summary.kernels) == {one.id for one in result.subgraphs}
    assert {(folder / kernel).read_text(encoding="utf-8") for kernel in summary.kernels.values()} == {BOTH}
    assert result.verification is not None
    assert NO_TIME in result.verification.not_checked
    events = (folder / "events.jsonl").read_text(encoding="utf-8")
    assert "attempt_2/kernel.py stands before it" in events
    assert "faster (" not in events
