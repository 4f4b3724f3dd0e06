"""Modules that cannot be fused: each ends with its own error, a remedy, the right exit status and an intact run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import kernelagent
from kernelagent.contract.codec import read_json
from kernelagent.contract.result import Result
from warm_command_line import Warm

IMPORTS = "import torch\nfrom torch import nn\n"
INPUTS = "def get_inputs():\n    return [torch.randn(4, 8)]\n"


def block(*forward: str, init: tuple[str, ...] = ()) -> str:
    lines = ["class Block(nn.Module):"]
    if init:
        lines += [
            "    def __init__(self, *given):",
            "        super().__init__()",
            *(f"        {line}" for line in init),
        ]
    lines += ["    def forward(self, x):", *(f"        {line}" for line in forward)]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Case:
    source: str
    code: str
    says: str
    """Part of the message."""
    target: str = "model.py"
    options: tuple[str, ...] = ()
    run: bool = False
    """Whether a run directory has been made by then."""


GOOD = IMPORTS + block("return x + 1")

CASES = {
    "no such file": Case(GOOD, "TargetNotFound", "nowhere.py", target="nowhere.py"),
    "a folder": Case(GOOD, "TargetNotFound", "folder", target="."),
    "half a target": Case(GOOD, "TargetNotFound", "not a target", target="model.py::"),
    "syntax error": Case(IMPORTS + "class Block(:\n", "SyntaxErrorInTarget", "line 3"),
    "null byte": Case(IMPORTS + "x = '\0'\n", "SyntaxErrorInTarget", "null byte"),
    "missing class": Case(GOOD + INPUTS, "ClassNotFound", "Block", target="model.py::Blok"),
    "no class at all": Case("x = 1\n", "ClassNotFound", "no torch.nn.Module"),
    "not a module": Case(GOOD + "class Plain: pass\n", "NotAModule", "Plain", target="model.py::Plain"),
    "several modules": Case(
        IMPORTS + "class A(nn.Module): pass\nclass B(nn.Module): pass\n", "AmbiguousTarget", "A, B"
    ),
    "no example inputs": Case(GOOD, "NoExampleInputs", "Block.forward()"),
    "an option that is no Python": Case(GOOD, "BadExampleInputs", "--inputs", options=("--inputs", "torch.ones(")),
    "a directive that is no Python": Case(
        IMPORTS + "# kernelagent: inputs=(\n" + block("return x"), "BadExampleInputs", "line 3"
    ),
    "inputs that raise": Case(
        GOOD, "BadExampleInputs", "no_such_function", options=("--inputs", "torch.no_such_function(3)"), run=True
    ),
    "get_inputs that raises": Case(
        GOOD + "def get_inputs():\n    return [torch.ones(2, 3) @ torch.ones(2, 3)]\n", "BadExampleInputs", "", run=True
    ),
    "inputs that are no tensors": Case(GOOD, "BadExampleInputs", "", options=("--inputs", "object()"), run=True),
    "inputs that do not fit": Case(
        GOOD, "InputsDoNotFit", "forward", options=("--inputs", "(torch.ones(3), torch.ones(3))"), run=True
    ),
    "constructor that raises": Case(
        IMPORTS + block("return x", init=("raise ValueError('width')",)) + INPUTS, "InitFailed", "width", run=True
    ),
    "constructor that wants more": Case(
        IMPORTS + "class Block(nn.Module):\n    def __init__(self, width): super().__init__()\n" + INPUTS,
        "InitFailed",
        "width",
        run=True,
    ),
    "module that raises": Case(
        IMPORTS + block("raise RuntimeError('out of cheese')") + INPUTS, "ModelRaised", "out of cheese", run=True
    ),
    "shapes that do not match": Case(IMPORTS + block("return x @ x") + INPUTS, "ModelRaised", "", run=True),
    "file that raises": Case(GOOD + INPUTS + "raise OSError('no disk')\n", "ModelRaised", "no disk", run=True),
    "file that ends the process": Case(GOOD + INPUTS + "import sys; sys.exit(3)\n", "ModelRaised", "", run=True),
    "file that kills the process": Case(
        GOOD + INPUTS + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n", "WorkerDied", "SIGSEGV", run=True
    ),
    "module that does not export": Case(
        IMPORTS + block("if x.sum() > 0:", "    return x", "return -x") + INPUTS, "NotExportable", "", run=True
    ),
    "random order": Case(IMPORTS + block("return x[torch.randperm(x.shape[0])]") + INPUTS, "RandomModel", "", run=True),
    "numbers of another distribution": Case(
        IMPORTS + block("return x + torch.empty_like(x).exponential_()") + INPUTS, "RandomModel", "", run=True
    ),
    "constant outputs": Case(IMPORTS + block("return torch.zeros(4, 8)") + INPUTS, "ConstantModel", "", run=True),
    "no number at all": Case(IMPORTS + block("return x * float('nan')") + INPUTS, "ConstantModel", "", run=True),
    "nothing to fuse": Case(IMPORTS + block("return x") + INPUTS, "NothingToFuse", "", run=True),
    "an operator that is not known": Case(
        IMPORTS + block("return torch.linalg.svd(x).S") + INPUTS, "UnsupportedOperator", "svd", run=True
    ),
    "complex numbers": Case(
        IMPORTS + block("return x.abs()") + "def get_inputs():\n    return [torch.randn(4, dtype=torch.complex64)]\n",
        "UnsupportedDtype",
        "complex64",
        run=True,
    ),
    "weights without a size": Case(
        IMPORTS + block("return self.l(x)", init=("self.l = nn.LazyLinear(6)",)) + INPUTS,
        "InitFailed",
        "l.weight, l.bias",
        run=True,
    ),
    "inputs that hold nothing": Case(
        IMPORTS + block("return x + 1") + 'def get_inputs():\n    return [torch.randn(4, 8, device="meta")]\n',
        "BadExampleInputs",
        "meta device",
        run=True,
    ),
    "numbers of Python's alone": Case(
        IMPORTS + block("return torch.arange(x) * 2") + "def get_inputs():\n    return [3]\n",
        "NotExportable",
        "numbers of Python's",
        run=True,
    ),
    "a provider without a key": Case(
        GOOD + INPUTS, "ProviderNotConfigured", "anthropic", options=("--provider", "anthropic")
    ),
    "a GPU that is not there": Case(GOOD + INPUTS, "GpuNotFound", "--device", options=("--device", "xpu"), run=True),
    "an interpreter that is not there": Case(
        GOOD + INPUTS, "InterpreterNotFound", "nowhere", options=("--interpreter", "nowhere")
    ),
    "no budget left": Case(GOOD + INPUTS, "TimedOut", "0.01 s", options=("--budget-seconds", "0.01"), run=True),
}
RUN_ERRORS = {"WorkerDied", "TimedOut"}


@pytest.mark.parametrize("name", CASES)
def test_each_ends_with_its_own_error(project: Path, warm: Warm, name: str) -> None:
    case = CASES[name]
    (project / "model.py").write_text(case.source, encoding="utf-8")
    done = warm("fuse", case.target, "--json", *case.options, cwd=project)
    result = done.document
    error = result["error"]
    assert error is not None, done.stderr
    assert error["code"] == case.code, (error, done.stderr)
    assert case.says in error["message"]
    assert error["hint"]
    assert "Traceback" not in error["message"] + error["hint"]
    assert done.status == (1 if case.code in RUN_ERRORS else 2)
    assert result["status"] == "failed"
    runs = list((project / ".fuse").glob("*/result.json"))
    assert len(runs) == int(case.run)
    for run in runs:
        assert json.loads(run.read_text(encoding="utf-8")) == result
        assert read_json(run, Result).error is not None
        assert (run.parent / "problem.py").exists()
        last = (run.parent / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1]
        assert json.loads(last)["kind"] == "run_finished"


def test_without_json_the_error_is_a_sentence_and_a_remedy(project: Path) -> None:
    (project / "model.py").write_text(GOOD, encoding="utf-8")
    done = kernelagent("fuse", "model.py", cwd=project)
    assert done.status == 2
    assert done.stdout == ""
    assert "NoExampleInputs: nothing says what Block.forward() takes." in done.stderr
    assert "get_inputs()" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_line_is_named(project: Path, warm: Warm) -> None:
    source = IMPORTS + block("y = x + 1", "return torch.linalg.svd(y).S") + INPUTS
    (project / "model.py").write_text(source, encoding="utf-8")
    error = warm("fuse", "model.py", "--json", cwd=project).document["error"]
    assert error["line"] == 6
    assert error["file"].endswith("model.py")
