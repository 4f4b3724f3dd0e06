"""A kernel that has its class's constructor against a live module, which does not tell how it was constructed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.errors import InitFailed
from kernelagent.live.constructor import init_for
from kernelagent.live.request import requested

SOURCE = """
import torch
class M(torch.nn.Module):
    def __init__(self, k=2.0):
        super().__init__()
        self.k = k
    def forward(self, x):
        return x + self.k
class Unsaid(torch.nn.Module):
    def __init__(self, k=2.0):
        super().__init__()
    def forward(self, x):
        return x
"""
HEAD = "import torch\nclass {}Triton(torch.nn.Module):\n    def __init__({}): super().__init__()\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    name = f"constructed_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def kernel_of(folder: Path, cls: str, takes: str) -> Path:
    kernel = folder / "k.py"
    kernel.write_text(HEAD.format(cls, takes), encoding="utf-8")
    return kernel


@pytest.mark.parametrize(("takes", "init"), [("self", "()"), ("self, k=2.0", "()"), ("self, *init", None)])
def test_defaults_that_the_module_confirms(file: Any, tmp_path: Path, takes: str, init: str | None) -> None:
    assert init_for(kernel_of(tmp_path, "M", takes), file.M()) == init


def test_other_arguments_are_asked_for(file: Any, tmp_path: Path) -> None:
    kernel = kernel_of(tmp_path, "M", "self, k=2.0")
    x = torch.randn(4, 8)
    with pytest.raises(InitFailed, match="k of a live M can't be read off it"), requested(file.M(3.0), x, {}, kernel):
        pass
    with requested(file.M(3.0), x, {"init": "(3.0,)"}, kernel) as request:
        assert request.options.init == "(3.0,)"
    with requested(file.M(), x, {}, kernel) as request:
        assert (request.options.init, request.target.live.init_given) == ("()", True)  # type: ignore[union-attr]


def test_what_is_no_attribute_is_asked_for(file: Any, tmp_path: Path) -> None:
    with pytest.raises(InitFailed, match="k of a live Unsaid"):
        init_for(kernel_of(tmp_path, "Unsaid", "self, k=2.0"), file.Unsaid())
