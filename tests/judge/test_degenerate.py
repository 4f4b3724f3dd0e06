"""Modules that hardly react: which impostors pass, and whether inputs are found on which they don't.

The reference and the comparison run as the judge runs them, with no kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import parse_target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import ConstantModel
from kernelagent.worker.judge.degenerate import SENTENCES, Expected, Impostor, survivors, useless

Told = Callable[..., tuple[list[str], list[str]]]
X = torch.linspace(-2.0, 2.0, 64).reshape(8, 8)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as pool:
        pool.start()
        yield pool


@pytest.fixture
def told(workers: WorkerPool, tmp_path: Path) -> Told:
    """Reasons why a module given as text is degenerate, and the names of its cases."""

    def run(forward: str, inputs: str, init: str = "pass") -> tuple[list[str], list[str]]:
        file = tmp_path / "model.py"
        file.write_text(
            f"import torch\nimport torch.nn.functional as F\n\n\n# kernelagent: inputs={inputs}\n"
            "class Model(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        {init}\n\n    def forward(self, x):\n        return {forward}\n"
        )
        problem = to_json(read(parse_target(f"{file}::Model"), Options()).problem)
        if init != "pass":  # what the module holds is known once it is captured
            problem = workers.call("capture", {"problem": problem, "out": str(tmp_path / "graph.json")})["problem"]
        folders = {"inputs_dir": tmp_path / "inputs", "expected_dir": tmp_path / "expected"}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        where = {name: str(folder) for name, folder in folders.items()}
        found = workers.call("reference", {"problem": problem, "profile": "full", "only": [], **where})
        args = {"cases": found["cases"], "runs": [], "outputs_dir": str(tmp_path), **where}
        return workers.call("compare", args)["degenerate"], [case["name"] for case in found["cases"]]

    return run


TOLD_APART: dict[str, tuple[str, str]] = {
    "softmax over many": ("F.softmax(x, -1)", "(torch.rand(4, 2048),)"),
    "relu of positive inputs": ("F.relu(x)", "(torch.rand(4, 32),)"),
    "a maximum near one": ("x.amax(-1)", "(torch.rand(4, 2048),)"),
    "a mean of many": ("x.mean(-1)", "(torch.rand(4, 4096),)"),
    "a saturated sigmoid": ("torch.sigmoid(x + 40)", "(torch.rand(4, 32),)"),
    "an exponent of nothing": ("torch.exp(-x * 200 - 60)", "(torch.rand(4, 32) + 1,)"),
    "a clamp that is never left": ("x.clamp(-1000, -900)", "(torch.rand(4, 32),)"),
    "an overflow": ("torch.exp(x)", "(torch.rand(4, 32) + 1000,)"),
}


@pytest.mark.parametrize("name", TOLD_APART)
def test_inputs_are_found_that_tell_right_from_wrong(name: str, told: Told) -> None:
    reasons, _ = told(*TOLD_APART[name])
    assert reasons == []


def test_what_is_found_by_search_is_a_case(told: Told) -> None:
    _, cases = told(*TOLD_APART["a clamp that is never left"])
    assert any(" times 100" in name for name in cases)
    _, cases = told(*TOLD_APART["softmax over many"])
    assert not any(" times " in name for name in cases)


CONSTANTS = {
    "zeros": "x - x",
    "a constant": "torch.ones_like(x) * 3",
    "a softmax over one": "F.softmax(x.sum(-1, keepdim=True), -1)",
}
REFUSED = {
    "NaN": "x * float('nan')",
    "infinity": "torch.full_like(x, float('inf'))",
    "NaN and infinity": "torch.stack([x * float('nan'), torch.full_like(x, float('inf'))])",
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_module_that_gives_one_constant_is_called_degenerate(name: str, told: Told) -> None:
    reasons, _ = told(CONSTANTS[name], "(torch.randn(4, 8),)")
    assert reasons[0] == "the module gives one and the same constant for every input and every set of weights tried"
    assert SENTENCES["constant"] in reasons


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_without_one_finite_number_is_refused(name: str, told: Told) -> None:
    with pytest.raises(ConstantModel):
        told(REFUSED[name], "(torch.randn(4, 8),)")


def test_a_module_that_hardly_reacts_is_called_degenerate(told: Told) -> None:
    reasons, _ = told("1 + 3e-7 * torch.tanh(x)", "(torch.randn(4, 8),)")
    assert SENTENCES["constant"] in reasons and SENTENCES["zeros"] not in reasons
    reasons, _ = told("x + 0.0 * self.w", "(torch.randn(4, 8),)", "self.w = torch.nn.Parameter(torch.randn(8))")
    assert reasons == [SENTENCES["identity"], SENTENCES["other weights"]]


def expected(output: torch.Tensor, **changes: object) -> Expected:
    return Expected(**{"seed": 1, "weights": 0, "native": output, "exact": output.double(), **changes})  # type: ignore[arg-type]


PASSING: dict[str, tuple[list[Expected], set[Impostor]]] = {
    "nothing": ([expected(X), expected(X * 2 + 1, seed=2)], set()),
    "zeros": ([expected(X * 0), expected(X, values="nan")], {"zeros", "constant"}),
    "constant": ([expected(X * 0 + 2), expected(X * 0 + 2.0001)], {"constant", "other input"}),
    "identity": ([expected(X, inputs=(X,)), expected(X.exp(), inputs=(X.exp(),), seed=2)], {"identity"}),
    "other input": ([expected(X), expected(X.clone(), seed=2)], {"other input"}),
    "other weights": ([expected(X), expected(X.clone(), weights=1)], {"other weights"}),
}


@pytest.mark.parametrize("name", PASSING)
def test_which_impostors_pass(name: str) -> None:
    cases, wanted = PASSING[name]
    if name == "constant":  # nearly one constant: float64 tells them apart, the fixed tolerance alone does not
        assert set(survivors(cases)) == set()
        cases = [Expected(1, 0, case.native, None) for case in cases]
    assert set(survivors(cases)) == wanted


NAN = float("nan")
USELESS: dict[str, tuple[list[torch.Tensor], bool]] = {
    "two values": ([X, X], False),
    "a constant for each case": ([X * 0 + 1, X * 0 + 2], False),
    "one constant": ([X * 0 + 1, X[:2] * 0 + 1], True),
    "all NaN": ([X * NAN, X * NAN], True),
    "all NaN once": ([X * NAN, X], False),
    "no elements": ([X[:0], X[:0]], False),
    "flags": ([X > 9, X > 9], True),
}


@pytest.mark.parametrize("name", USELESS)
def test_outputs_that_say_nothing(name: str) -> None:
    outputs, says_nothing = USELESS[name]
    assert bool(useless([expected(output) for output in outputs])) == says_nothing
