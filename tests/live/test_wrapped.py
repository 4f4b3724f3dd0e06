"""What wraps a module, or takes its ``forward``'s place on one object, is fused as it is called."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import kernelagent
import pytest
import torch
from torch import nn
from torch.nn import functional


def doubled(module: Any, x: torch.Tensor) -> torch.Tensor:
    return functional.linear(x, module.weight) * 2


def one_more(module: nn.Module, *args: Any, **kwargs: Any) -> torch.Tensor:
    found: torch.Tensor = type(module).forward(module, *args, **kwargs)
    return found + 1


def replaced(forward: Any) -> nn.Module:
    module = nn.Linear(16, 16)
    module.forward = functools.partial(forward, module)  # type: ignore[method-assign]
    return module


@pytest.mark.parametrize(
    "module",
    [replaced(doubled), replaced(one_more), nn.DataParallel(nn.Linear(16, 16))],
    ids=["other names", "any number of arguments", "a wrapper that takes any number"],
)
def test_it_is_verified(module: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    fused = kernelagent.fuse(module, torch.randn(4, 16), arch=(), progress=False)
    assert fused.status == "verified", fused.error or fused.verification


def test_a_place_that_has_gone_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    error = kernelagent.fuse(nn.Linear(16, 16), torch.randn(4, 15), progress=False).error
    assert error is not None
    assert error.file is None or Path(error.file).exists()


def test_inputs_without_values_are_told() -> None:
    x = torch.randn(4, 16, device="meta")
    error = kernelagent.fuse(nn.Linear(16, 16), x, progress=False).error
    assert error is not None
    assert error.message == "an example input is on the meta device and holds no values."
