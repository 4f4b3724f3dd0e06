"""A drop-in class refuses what its kernels were not made for: arguments put together otherwise than the example's, and
the other mode where that matters."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Mode, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.problem import build_model
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import synthesize

MODULES = {
    "several": ("*xs", "torch.tanh(xs[0]) + xs[1]", "X, X", ["X", "X, X, X"]),
    "a list": ("xs", "xs[0] * xs[1]", "[X, X]", ["[X]", "[X, X, X]"]),
    "a dictionary": (
        "batch",
        "torch.tanh(batch['a']) * batch['n'][0]",
        "{'a': X, 'n': (2.0, None)}",
        ["{'a': X}", "{'a': X, 'n': (2.0, None), 'bias': X}", "{'a': X, 'n': (3.0, None)}", "{'a': X, 'n': (2.0, X)}"],
    ),
    "many keys": (
        "batch",
        "torch.tanh(batch['a'])",
        "{'a': X, **{f'an entry that nobody uses, number {i}': X for i in range(9)}}",
        ["{'a': X}"],
    ),
    "more than are named": ("x, *args, **options", "x + 1", "X", ["X, X", "X, gain=X"]),
    "by keyword": ("x, **more", "x + more['by']", "X, by=X", ["X", "X, by=X, to=X"]),
    "an optional one": ("x, mask=None", "x if mask is None else x * mask", "X, X", ["X"]),
    "another default": ("x, by=2.0", "x * by", "X", ["X, 3.0", "X, by=None"]),
}
"""Arguments of ``forward``, what it returns, the example, and calls that are refused."""
REFUSED = r"these kernels are for|required keyword|unexpected keyword"


def _made(body: str, inputs: str, folder: Path, mode: Mode = "constructed") -> tuple[torch.nn.Module, torch.nn.Module]:
    """The module and its drop-in class's object."""
    source = f"import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    {body}\n"
    digest = hashlib.sha256(source.encode() + mode.encode()).hexdigest()
    file = folder / f"net_{digest[:12]}.py"  # a process imports one module of a name
    file.write_text(source, encoding="utf-8")
    problem = Problem(str(file), "Net", 0, digest, ExampleInputs("option", "()", inputs), mode)
    problem, graph = capture(problem, WHOLE)
    text = compose_file(synthesize(graph), problem, source).text
    (folder / "kernel.py").write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("kernel", folder / "kernel.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return build_model(problem), made.NetTriton()


def _called(module: torch.nn.Module, arguments: str) -> Any:
    x = torch.rand(4, 6, generator=torch.Generator().manual_seed(0))
    return eval(f"call({arguments})", {"call": module, "X": x})


@pytest.mark.parametrize("name", MODULES)
def test_arguments_put_together_otherwise_are_refused(name: str, tmp_path: Path) -> None:
    takes, returns, given, others = MODULES[name]
    example = "{'x': X, 'by': X}" if name == "by keyword" else f"({given},)"
    body = f"def forward(self, {takes}):\n        return {returns}"
    original, new = _made(body, example.replace("X", "torch.rand(4, 6)"), tmp_path)
    torch.testing.assert_close(_called(new, given), _called(original, given))
    for other in others:
        with pytest.raises((ValueError, TypeError), match=REFUSED):
            _called(new, other)


NORMED = (
    "def __init__(self):\n        super().__init__()\n        self.norm = nn.BatchNorm1d(6)\n\n"
    "    def forward(self, x):\n        return torch.relu(self.norm(x))"
)


@pytest.mark.parametrize(("mode", "made"), [("constructed", "training"), ("eval", "evaluation")])
def test_the_other_mode_is_refused(mode: Mode, made: str, tmp_path: Path) -> None:
    original, new = _made(NORMED, "(torch.rand(4, 6),)", tmp_path, mode)
    new.load_state_dict(original.state_dict())
    assert f"Made for {made} mode;" in (tmp_path / "kernel.py").read_text(encoding="utf-8")
    before = {key: value.clone() for key, value in new.state_dict().items()}
    with pytest.raises(ValueError, match=f"these kernels are for {made} mode: call"):
        _called(new.train(made == "evaluation"), "X")
    assert all(torch.equal(value, before[key]) for key, value in new.state_dict().items())
    torch.testing.assert_close(_called(new.train(made == "training"), "X"), _called(original, "X"))
