"""What a prompt shows and says: examples that the judge accepts, chosen for the operators, and facts of the target."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver.agents.assignment import target_facts
from kernelagent.driver.agents.examples import EXAMPLES, HEAD, POINTWISE, PRODUCT, ROWS, SCAN, Example, chosen, shown
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.devices import DEVICES
from kernelagent.driver.standalone import verify_file
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool

MODULE = """\
import torch


class Model(torch.nn.Module):
    {forward}


def get_inputs():
    return {inputs}


def get_init_inputs():
    return []
"""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_judge_accepts_every_example(example: Example, tmp_path: Path, pool: WorkerPool) -> None:
    forward = example.module.replace("\n", "\n    ")
    (tmp_path / "model.py").write_text(MODULE.format(forward=forward, inputs=example.inputs), encoding="utf-8")
    (tmp_path / "kernel.py").write_text(HEAD + example.code, encoding="utf-8")
    verdict = verify_file(
        tmp_path / "kernel.py",
        Target(tmp_path / "model.py", "Model"),
        Options(),
        pool=pool,
        on_event=None,
        cancel=CancelToken(),
    )
    assert verdict.verdict == "pass", [check for check in verdict.checks if not check.passed]


def test_examples_are_chosen_by_the_operators() -> None:
    assert chosen([]) == (POINTWISE,)
    assert chosen(["product", "product", "softmax"]) == (PRODUCT, ROWS)
    assert chosen(["attention"]) == (PRODUCT, ROWS)
    assert chosen(["scan"]) == (SCAN,)
    assert "cumsum_kernel" in shown(["scan"])


@pytest.mark.parametrize("arch", DEVICES)
def test_facts_of_the_target(arch: str) -> None:
    facts = target_facts(arch)
    for word in ("TB/s", "TFLOP/s", "GB of memory", "KiB of shared memory", "multiprocessors"):
        assert word in facts
