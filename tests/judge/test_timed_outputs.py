"""What a timed kernel gave at the end is compared with the module's, by samples: is it the same answer?"""

from __future__ import annotations

from pathlib import Path

import torch
from kernelagent.driver.workers import WorkerPool
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.measure.sampled import MOST, sample, share_off


def test_the_same_places_are_sampled_in_every_process() -> None:
    large = torch.arange(3 * MOST, dtype=torch.float32).reshape(3, MOST)
    first, second = sample({"y": large}), sample({"y": large.clone()})
    assert first[0].shape == (MOST,)
    assert torch.equal(first[0], second[0])
    assert first[0].unique().numel() > MOST // 2


def test_rounding_is_the_same_answer_and_another_answer_is_not() -> None:
    right = torch.linspace(-3.0, 3.0, 1000)
    assert share_off([right], [right.bfloat16()]) == 0.0
    assert share_off([right], [right.flip(0)]) > 0.9
    assert share_off([right], [torch.zeros_like(right)]) > 0.9


def test_infinities_and_nan_are_answers_too() -> None:
    right = torch.tensor([1.0, float("inf"), float("nan"), float("-inf")])
    assert share_off([right], [right.clone()]) == 0.0
    assert share_off([right], [torch.tensor([1.0, float("-inf"), 0.0, float("-inf")])]) == 0.5


def test_whole_numbers_must_be_equal() -> None:
    assert share_off([torch.tensor([1, 2, 3, 4])], [torch.tensor([1, 2, 3, 5])]) == 0.25


def test_another_number_of_outputs_or_another_size_differs_everywhere() -> None:
    one = torch.ones(4)
    assert share_off([one], [one, one]) == 1.0
    assert share_off([one], [torch.ones(5)]) == 1.0


def test_what_the_kernel_s_process_left_may_be_anything(pool: WorkerPool, tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "eager", [torch.ones(4)])
    files = {"eager": str(tmp_path / "eager"), "kernel": str(tmp_path / "kernel")}
    assert pool.call("timed_outputs", files) == {"off": 1.0}
    for left in ({"a": torch.ones(4)}, 7, ["x"]):
        tensorfile.write(tmp_path / "kernel", left)
        assert pool.call("timed_outputs", files) == {"off": 1.0}
    tensorfile.write(tmp_path / "kernel", [torch.ones(4)])
    assert pool.call("timed_outputs", files) == {"off": 0.0}


def test_a_sum_in_float32_is_no_worse_than_pytorch_s_in_bfloat16(pool: WorkerPool, tmp_path: Path) -> None:
    files = {"eager": str(tmp_path / "eager"), "kernel": str(tmp_path / "kernel")}
    tensorfile.write(tmp_path / "eager", [torch.full((4,), 256.0, dtype=torch.bfloat16)])
    tensorfile.write(tmp_path / "kernel", [torch.full((4,), 16384.0, dtype=torch.bfloat16)])
    assert pool.call("timed_outputs", files) == {"off": 1.0}
    tensorfile.write(tmp_path / "eager_wide", [torch.full((4,), 16390.0)])
    assert pool.call("timed_outputs", files) == {"off": 0.0}
