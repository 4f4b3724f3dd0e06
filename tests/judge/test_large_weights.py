"""Weights of gigabytes: copied for no call, changed in parts, and what a call writes to them is seen all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.worker.judge import mapped_models, reference_run, tensorfile
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.recycled import RecycledInputs
from kernelagent.worker.judge.weights import PART, perturb
from kernelagent.worker.problem import Specimen

ROWS, COLUMNS = 2100, 2048
"""More elements than are copied only to be compared, and than are changed at once."""


class Large(torch.nn.Module):
    def __init__(self, writes: bool = False) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.rand(ROWS, COLUMNS))
        self.register_buffer("count", torch.zeros(()))
        self.writes = writes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.count += 1
        if self.writes:
            self.weight.data[7, 9] += 1.0
        return x @ self.weight.T


@pytest.fixture
def settled(tmp_path: Path) -> Any:
    def make(writes: bool = False) -> Large:
        model = Large(writes)
        path = tmp_path / f"state{int(writes)}"
        tensorfile.write(path, dict(model.state_dict()))
        mapped_models.settle_in_file(model, path)
        return model

    return make


def _specimen() -> Specimen:
    return Specimen((torch.ones(1, COLUMNS),), {}, ("x",))


def _private_kilobytes(tensor: torch.Tensor) -> int:
    """Memory that the mapping around ``tensor`` takes for itself."""
    inside, found = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        head = line.split(" ", maxsplit=1)[0]
        if "-" in head and not head.endswith(":"):
            low, high = (int(part, 16) for part in head.split("-"))
            inside = low <= tensor.data_ptr() < high
        elif inside and head == "Anonymous:":
            found += int(line.split()[1])
    return found


def test_copies_take_no_memory_until_they_are_written_to(settled: Any) -> None:
    model = settled()
    copies = [mapped_models.copied(model) for _ in range(8)]
    assert all(torch.equal(copy.weight, model.weight) for copy in copies)
    assert len({copy.weight.data_ptr() for copy in copies}) == len(copies)
    assert max(_private_kilobytes(t.weight) for t in (model, *copies)) == 0
    with torch.no_grad():
        copies[0].weight[5, 5] = -1.0
    assert 0 < _private_kilobytes(copies[0].weight) <= 64
    assert all(t.weight[5, 5].item() >= 0 for t in (model, mapped_models.copied(model)))


@pytest.mark.parametrize("run", [reference_run.run, reference_run.run_float64])
def test_what_a_call_writes_is_seen_and_does_not_stay(settled: Any, run: Any) -> None:
    for writes, names in ((False, {"count"}), (True, {"count", "weight"})):
        model = settled(writes)
        before = model.weight.detach().clone()
        for _ in range(2):
            assert set(run(model, _specimen()).state) == names
        assert torch.equal(model.weight, before) and float(model.count) == 0


def test_tied_weights_stay_tied(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2048, 2100, bias=False), torch.nn.Linear(2048, 2100, bias=False))
    model[1].weight = model[0].weight
    tensorfile.write(tmp_path / "state", dict(model.state_dict()))
    mapped_models.settle_in_file(model, tmp_path / "state")
    copy = mapped_models.copied(model)
    assert copy[0].weight is copy[1].weight


@pytest.mark.parametrize("kind", ["nearby", "either sign", "spread"])
def test_every_part_of_a_large_weight_is_changed_and_infinities_stay(kind: Any) -> None:
    model = Large()
    assert model.weight.numel() > PART
    with torch.no_grad():
        model.weight[3, 3] = float("-inf")
    before = model.weight.detach().clone()
    perturb(model, 1, kind)
    same = model.weight == before
    assert bool(same[3, 3]) and int(same.sum()) < 200
    rows = (model.weight / before)[torch.isfinite(before).all(1)].double()
    assert torch.unique(rows[:, 0]).numel() > ROWS * 0.9


@pytest.mark.parametrize("kind", ["nearby", "either sign", "spread", "with zeros", "positive"])
@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_weights_of_8_bits_are_changed(kind: Any, dtype: torch.dtype) -> None:
    model = torch.nn.Module()
    model.register_buffer("scale", torch.tensor(2.0).to(dtype))
    model.register_buffer("sorted", torch.arange(16.0).to(dtype))
    model.weight = torch.nn.Parameter(torch.randn(16, 8).to(dtype), requires_grad=False)
    before = {name: value.float() for name, value in model.state_dict().items()}
    perturb(model, 2, kind)
    after = {name: value.float() for name, value in model.state_dict().items()}
    assert all(bool(value.isfinite().all()) for value in after.values())
    assert [name for name in after if torch.equal(after[name], before[name])] == []


def test_what_was_forgotten_is_not_kept_for_its_address() -> None:
    memory = GuardedMemory("kernel.py")
    recycled = RecycledInputs(memory)
    for size in range(1, 6):
        inputs = {"args": (memory.allocate(4 * size, "input").view(torch.float32),), "kwargs": {}}
        recycled.take("module", inputs)
        memory.forget(limit=0)
    assert len(recycled._known) == 1


def test_weights_that_are_not_used_any_more_are_given_back() -> None:
    memory = GuardedMemory("kernel.py")
    weights = [memory.empty_strided((64,), (1,), torch.float32, "state") for _ in range(3)]
    memory.drop(weights[:2], limit=0)
    assert [memory.block_of(t) is not None for t in weights] == [False, False, True]


def test_inputs_of_the_call_that_begins_stay_known() -> None:
    memory = GuardedMemory("kernel.py")
    old, now = (memory.empty_strided((64,), (1,), torch.float32, "input") for _ in range(2))
    memory.forget([now], limit=0)
    assert memory.block_of(old) is None
    assert memory.block_of(now) is not None
