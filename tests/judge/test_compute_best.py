"""``--compute best`` from a table of figures to a judged file, and what is said where nothing was measured.

No GPU is needed: the choice is a function of the figures, the file one of the choice, and the judge runs it for real.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.contract.codec import to_json
from kernelagent.contract.compute import Choice, Compute, Measured
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Verification
from kernelagent.driver import pipeline
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.measured import MeasuredCache, key_of
from kernelagent.driver.stages import choose
from kernelagent.driver.standalone import capture, cut
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import Profile, verify
from kernelagent.driver.workers import WorkerPool

H200, H100 = "NVIDIA H200", "NVIDIA H100"
MODULE = """
import torch
from torch import nn
import torch.nn.functional as F


# kernelagent: inputs=(torch.randn(2, 12, 32),)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(32, 32)
        self.k = nn.Linear(32, 32)
        self.v = nn.Linear(32, 32)
        self.out = nn.Linear(32, 48)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (f(x).view(batch, length, 4, 8).transpose(1, 2) for f in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        return torch.softmax(self.out(mixed), dim=-1)
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    file = tmp_path / "block.py"
    file.write_text(MODULE, encoding="utf-8")
    return file


def chosen(table: dict[str, tuple[float, float]], device: str = H200) -> Compute:
    choices = [choose.decide(name, Measured(theirs, ours, device)) for name, (theirs, ours) in table.items()]
    return Compute(device, tuple(choices), "")


@pytest.mark.parametrize(
    ("pytorch_ms", "triton_ms", "by", "told"),
    [
        (1.0, 2.0, "pytorch", "PyTorch 1 ms, the Triton kernel 2 ms"),
        (1.0, 1.06, "pytorch", ""),
        (1.0, 1.05, "triton", "within 5%"),
        (1.0, 1.0, "triton", ""),
        (2.0, 1.0, "triton", "PyTorch 2 ms"),
    ],
)
def test_pytorch_is_kept_where_it_is_faster_by_more_than_noise(
    pytorch_ms: float, triton_ms: float, by: str, told: str
) -> None:
    choice = choose.decide("sg0", Measured(pytorch_ms, triton_ms, H200))
    assert choice.computed_by == by
    assert told in choice.reason


class Composing:
    """The module's file for a table of figures, by the worker's own task, and its verdict."""

    def __init__(self, file: Path, pool: WorkerPool, folder: Path) -> None:
        self._pool, self._folder = pool, folder
        self._options = Options(device="cpu", compute="best")
        target = parse_target(f"{file}::Block")
        self.problem = capture(target, self._options, pool=pool, folder=folder, cancel=CancelToken())
        extraction = cut(self.problem, pool=pool, folder=folder, cancel=CancelToken())
        self.ids = [subgraph.id for subgraph in extraction.subgraphs]

    def text(self, compute: Compute) -> tuple[str, Compute]:
        kept = {name: to_json(measured) for name, measured in choose.wanted(compute).items()}
        args = {
            "problem": to_json(self.problem),
            "graph": str(self._folder / "graph.json"),
            "arch": ["sm_90"],
            "fp32": "tf32x3",
            "allow_tf32": False,
            "kept": kept,
            "out": str(self._folder / "composed.py"),
        }
        value = self._pool.call("compose", args)
        text = (self._folder / "composed.py").read_text(encoding="utf-8")
        return text, choose.settled(compute, value["kept"], value["refused"])

    def judge(self, text: str, compute: str = "best", profile: Profile = "quick") -> Verification:
        file = self._folder / "judged.py"
        file.write_text(text, encoding="utf-8")
        return verify(
            file,
            self.problem,
            replace(self._options, compute=compute, arch=("sm_90",)),
            pool=self._pool,
            work_dir=self._folder / "judge",
            on_event=lambda event: None,
            cancel=CancelToken(),
            profile=profile,
        )


@pytest.fixture
def composing(module: Path, pool: WorkerPool, tmp_path: Path) -> Composing:
    folder = tmp_path / "work"
    folder.mkdir()
    return Composing(module, pool, folder)


@pytest.mark.whole
def test_a_table_becomes_a_file_that_the_judge_accepts(composing: Composing) -> None:
    assert [name.partition("_")[2] for name in composing.ids] == [
        *("linear", "linear", "linear", "mul_matmul_safe_softmax", "linear", "softmax"),
    ]
    table = dict.fromkeys(composing.ids, (2.0, 1.0)) | {composing.ids[3]: (0.1, 0.2), composing.ids[4]: (0.3, 0.4)}
    text, compute = composing.text(chosen(table))
    assert "mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)" in text
    assert "torch.nn.functional.linear(" in text
    assert "@triton.jit" in text
    found = composing.judge(text, profile="full")
    assert found.verdict == "pass", found.summary
    kept = [c.subgraph for c in compute.choices if c.computed_by == "pytorch"]
    assert [entry.subgraph for entry in found.computed_by_pytorch] == kept == composing.ids[3:5]
    assert {(e.pytorch_ms, e.triton_ms, e.device) for e in found.computed_by_pytorch} == {
        (0.1, 0.2, H200),
        (0.3, 0.4, H200),
    }
    refused = composing.judge(text, "triton")
    assert "only --compute best allows that" in refused.summary


def test_a_wrong_result_is_refused_however_declared(composing: Composing) -> None:
    table = dict.fromkeys(composing.ids, (2.0, 1.0)) | {composing.ids[3]: (0.1, 0.2)}
    text, _ = composing.text(chosen(table))
    assert "is_causal=True" in text
    found = composing.judge(text.replace("is_causal=True", "is_causal=False", 1))
    assert found.verdict == "fail"
    assert any(check.family == "values" and not check.passed for check in found.checks)


def test_launches_that_are_joined_stay_together(composing: Composing) -> None:
    table = dict.fromkeys(composing.ids, (2.0, 1.0)) | {composing.ids[0]: (0.1, 0.2)}
    text, compute = composing.text(chosen(table))
    assert "COMPUTED_BY_PYTORCH" not in text
    assert compute.choices[0].computed_by == "triton"
    assert "one launch with others" in compute.choices[0].reason
    assert compute.message.startswith("No operator of PyTorch's was measured to be faster")


def test_where_pytorch_is_faster_throughout_it_is_said(composing: Composing) -> None:
    text, compute = composing.text(chosen(dict.fromkeys(composing.ids, (0.1, 0.2))))
    assert "triton" not in text.partition("def kernel_function")[0].partition("import torch")[2].replace(
        "triton_ms", ""
    )
    assert compute.is_all_pytorch
    assert compute.message == choose.NOTHING_FASTER
    found = composing.judge(text)
    assert found.verdict == "pass", found.summary


def test_nothing_kept_is_the_file_of_compute_triton(composing: Composing) -> None:
    text, _ = composing.text(chosen(dict.fromkeys(composing.ids, (2.0, 1.0))))
    assert text == composing.text(Compute("", (), ""))[0]


def test_without_a_gpu_nothing_is_measured_and_nothing_remembered_is_used(
    module: Path, pool: WorkerPool, tmp_path: Path
) -> None:
    target = parse_target(f"{module}::Block")
    texts = {}
    for compute in ("triton", "best"):
        events: list[Event] = []
        options = Options(device="cpu", compute=compute, verify=False, run_dir=str(tmp_path / compute))
        result = pipeline.fuse(target, options, pool=pool, on_event=events.append)
        assert result.error is None
        texts[compute] = (tmp_path / compute / str(result.kernel)).read_bytes()
        told = [event for event in events if choose.NOTHING_MEASURED in str(event)]
        assert bool(told) == (compute == "best")
    assert result.compute == Compute("", (), choose.NOTHING_MEASURED)
    assert json.loads((tmp_path / "best" / "result.json").read_text())["compute"]["message"] == choose.NOTHING_MEASURED
    assert texts["best"] == texts["triton"]
    assert not (module.parent / ".fuse" / "measured.json").exists()


def test_figures_are_kept_by_device(composing: Composing, tmp_path: Path) -> None:
    cache = MeasuredCache(tmp_path / "measured.json")
    cache.keep("key", Measured(0.1, 0.2, H200))
    assert MeasuredCache(tmp_path / "measured.json").find("key", H200) == Measured(0.1, 0.2, H200)
    assert cache.find("key", H100) is None
    assert cache.find("another", H200) is None
    assert MeasuredCache(None).find("key", H200) is None
    for spoiled in ("", "[]", '{"version": 1, "measured": {"key": {"pytorch_ms": "fast"}}}', '{"version": 0}'):
        (tmp_path / "measured.json").write_text(spoiled, encoding="utf-8")
        assert cache.find("key", H200) is None


def test_a_key_is_of_kernel_shape_class_precision_versions_and_device(composing: Composing) -> None:
    text, _ = composing.text(Compute("", (), ""))
    problem, options, versions = composing.problem, Options(), {"torch": "2.11", "triton": "3.6"}

    def sized(example: int) -> str:
        free = tuple(replace(f, example=example) for f in problem.free_sizes)
        return key_of(text, "", replace(problem, free_sizes=free), options, versions, H200)

    key = sized(9)
    assert sized(15) == key  # of one power of two
    assert sized(16) != key
    assert key_of(text.replace("in the example", "there"), "", problem, options, versions, H200) == key_of(
        text, "", problem, options, versions, H200
    )
    for other in (
        key_of(text.replace("num_warps=8", "num_warps=4"), "", problem, options, versions, H200),
        key_of(text, "", problem, replace(options, allow_tf32=True), versions, H200),
        key_of(text, "", problem, options, {**versions, "triton": "3.7"}, H200),
        key_of(text, "", problem, options, versions, H100),
    ):
        assert other != key_of(text, "", problem, options, versions, H200)


@pytest.mark.parametrize(
    ("eager", "compiled", "is_faster"), [(1.5, 1.2, True), (1.5, 0.9, False), (0.9, None, False), (1.0, None, True)]
)
def test_the_whole_is_held_against_the_better_of_the_two(eager: float, compiled: float | None, is_faster: bool) -> None:
    timing = Timing(1.0, 1.0, 1.0, 9)
    timed = Benchmark(H200, "float32", timing, timing, timing, eager, compiled, 1, 1, 0.1, 0.1)
    compute = Compute(H200, (Choice("sg0", "triton", ""),), "Measured.")
    found = choose.beside_the_better(compute, timed)
    assert found.is_faster is is_faster
    assert ("not applied unasked" in found.message) == (not is_faster)
