"""Modules that hold tensors which autograd made are copied, and so can be cut, compared and judged."""

from __future__ import annotations

import copy
import sys
import warnings
from pathlib import Path

import pytest
import torch
from kernelagent.api import fuse
from kernelagent.worker.problem.deep_copy import deep_copy
from torch import nn


def normed() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.Sequential(nn.utils.weight_norm(nn.Linear(4, 4)), nn.utils.spectral_norm(nn.Linear(4, 4)))


def test_a_copy_gives_the_same_and_has_parameters_of_its_own() -> None:
    model = normed().eval()
    model.scaled = model[0].weight_v * 2  # type: ignore[operator, index]
    model.rows = [model.scaled, model.scaled[0]]  # type: ignore[index]
    with pytest.raises(RuntimeError, match="deepcopy"):
        copy.deepcopy(model)
    copied, x = deep_copy(model), torch.randn(3, 4)
    assert torch.equal(copied(x), model(x))
    assert copied.rows[0] is copied.scaled
    assert copied.rows[1].data_ptr() == copied.scaled.data_ptr() != model.scaled.data_ptr()
    with torch.no_grad():
        copied[0].weight_v[0] += 1
    assert not torch.equal(copied(x), model(x))
    assert list(copied.state_dict()) == list(model.state_dict())


def test_what_is_shared_by_a_memo_stays_shared() -> None:
    model = normed()
    copied = deep_copy(model, {id(parameter): parameter for parameter in model.parameters()})
    assert all(a is b for a, b in zip(copied.parameters(), model.parameters(), strict=True))


NORMED = """\
from torch import nn
import torch
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.utils.weight_norm(nn.Linear(16, 16))
        self.second = nn.Linear(16, 16)
        self.row = self.second.weight[0]
    def forward(self, x):
        return self.second(torch.relu(self.first(x)))
def get_inputs():
    return [torch.randn(4, 16)]
def get_init_inputs():
    return []
"""


def test_such_a_module_is_cut_and_linked(tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(NORMED, encoding="utf-8")
    result = fuse(tmp_path / "block.py", provider="builtin", verify=False, interpreter=sys.executable)
    assert result.error is None
    assert len(result.subgraphs) > 1
    assert result.kernel is not None
