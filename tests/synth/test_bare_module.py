"""A class whose ``__init__`` cannot be copied: the file's module declares what the class would have made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.spelled import spelled
from kernelagent.worker.problem import build_model, make_inputs
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import synthesize
from torch import nn


def composed(tmp_path: Path, buffer: str) -> tuple[Problem, str]:
    return composed_from(tmp_path, module_text(buffer))


def module_text(buffer: str) -> str:
    return (
        "import numpy as np\nimport torch\nfrom torch import nn\n\n\n"
        "class Inner(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.register_buffer('offset', {buffer}, persistent=False)\n"
        "        self.scale = torch.tensor(np.float32(1.5))\n"
        "        self.weight = nn.Parameter(torch.rand(6))\n\n"
        "    def forward(self, x):\n        return x * self.weight + self.offset * self.scale\n\n\n"
        "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = Inner()\n\n"
        "    def forward(self, x):\n        return self.inner(x)\n"
    )


def composed_from(tmp_path: Path, text: str) -> tuple[Problem, str]:
    file = tmp_path / "bare_sample.py"
    file.write_text(text)
    sys.modules.pop("_fused_bare_sample", None)
    problem = Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", "(torch.rand(4, 6),)"))
    problem, graph = capture(problem, WHOLE)
    return problem, compose_file(synthesize(graph), problem, text).text


def made(tmp_path: Path, text: str) -> nn.Module:
    """An object of the composed file's class."""
    out = tmp_path / "out.py"
    out.write_text(text)
    spec = importlib.util.spec_from_file_location("bare_out", out)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.ModelNew()
    assert isinstance(model, nn.Module)
    return model


@pytest.mark.parametrize("buffer", ["torch.arange(6)", "torch.linspace(0, 1, 6)", "torch.arange(600).sin()[::100]"])
def test_buffers_outside_of_the_state_dict_are_made_anew(tmp_path: Path, buffer: str) -> None:
    torch.manual_seed(0)
    problem, text = composed(tmp_path, buffer)
    assert "declared here instead" in text
    model, fused = build_model(problem, seed=1), made(tmp_path, text)
    assert fused.state_dict().keys() == model.state_dict().keys()
    fused.load_state_dict(model.state_dict())
    specimen = make_inputs(problem, seed=2)
    with torch.no_grad():
        torch.testing.assert_close(fused(*specimen.args), model(*specimen.args))


def test_what_cannot_be_written_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedOperator, match="cannot be written out"):
        composed(tmp_path, "torch.rand(30_000, 4, 6, generator=torch.Generator().manual_seed(0))")


@pytest.mark.parametrize(
    ("init", "copied"),
    [
        ("super(Model, self).__init__()", True),
        ("super(Model, self).__init__()\n        self.Model = nn.Linear(6, 6)", True),
        ("super(Model, self).__init__()\n        self.same = isinstance(self, Model)", False),
        ("super().__init__()\n        self.n = how_many()", False),
    ],
)
def test_a_class_is_copied_that_names_itself_for_super_alone(tmp_path: Path, init: str, copied: bool) -> None:
    text = (
        "import torch\nfrom torch import nn\n\n\ndef how_many():\n    return len(Model.__name__)\n\n\n"
        f"class Model(nn.Module):\n    def __init__(self):\n        {init}\n"
        "        self.weight = nn.Parameter(torch.rand(6))\n\n"
        "    def forward(self, x):\n        return x * self.weight\n"
    )
    problem, composed_text = composed_from(tmp_path, text)
    assert ("declared here instead" not in composed_text) == copied
    assert ("super(ModelNew, self).__init__()" in composed_text) == copied
    assert made(tmp_path, composed_text).state_dict().keys() == build_model(problem).state_dict().keys()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(512)[None],
        torch.arange(9, -3, -2).expand(3, 4, -1),
        torch.full((3, 5), 0.1),
        torch.ones(2000, 7, dtype=torch.bool).tril(),
        torch.arange(35, dtype=torch.float64).sin().view(5, 7),
        torch.arange(700.0).sin().to(torch.bfloat16),
        torch.tensor([1.0, float("inf"), float("nan")]),
        torch.tensor(3),
        torch.tensor(True),
        torch.arange(6.0).view(2, 3).t(),
    ],
    ids=lambda tensor: f"{tensor.dtype}-{'x'.join(map(str, tensor.shape))}",
)
def test_a_tensor_is_made_again_from_its_text(tensor: torch.Tensor) -> None:
    import base64
    import zlib

    made = eval(spelled(tensor), {"torch": torch, "base64": base64, "zlib": zlib})
    assert (made.shape, made.dtype) == (tensor.shape, tensor.dtype)
    torch.testing.assert_close(made, tensor.contiguous(), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    "tensor", [torch.arange(90_000.0).sin(), torch.zeros(0), torch.zeros(3, dtype=torch.complex64)]
)
def test_a_tensor_of_too_many_values_or_none_has_no_text(tensor: torch.Tensor) -> None:
    assert spelled(tensor) == ""


FROM_A_FILE = """\
from pathlib import Path

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.load(Path(__file__).parent / "own.pt"))

    def forward(self, x):
        return x * self.weight
"""


def test_weights_that_are_read_from_a_file_are_declared(tmp_path: Path) -> None:
    torch.save(torch.rand(6), tmp_path / "own.pt")
    _, text = composed_from(tmp_path, FROM_A_FILE)
    assert "# its __init__ imports pathlib, which a kernel's file may not:\n" in text
    (tmp_path / "own.pt").unlink()
    model = made(tmp_path, text)
    given, weight = torch.rand(4, 6), torch.rand(6)
    model.load_state_dict({"weight": weight})
    assert torch.equal(model(given), given * weight)
