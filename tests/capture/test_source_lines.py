"""What a line of the source calls the value that is computed on it."""

from __future__ import annotations

import pytest
from kernelagent.worker.capture.source_lines import assigned_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("y = torch.tanh(x)", {1: "y"}),
        ("y = torch.tanh(\n    x\n)", {1: "y", 2: "y", 3: "y"}),
        ("y = x", {1: "y"}),
        ("y += x", {1: "y"}),
        ("y: Tensor = x + 1", {1: "y"}),
        ("a, b = x.chunk(2)", {}),
        ('name = "relu"; y = torch.tanh(x) + z', {1: "y"}),
        ('y = torch.tanh(x) + z; name = "relu"', {1: "y"}),
        ("n = -1; m = None; flag = not m; y = x + z", {1: "y"}),
        ("import math; y = x + z; pass", {1: "y"}),
        ("width = self.width; y = x[:width]", {1: "y"}),
        ("a = torch.tanh(x); b = a * 3", {}),
        ("a = x.T; b = a * 3", {1: "b"}),
        ("a = x[0].T; b = a * 3", {}),
        ("a = -x; b = a * 3", {}),
        ("self.check(x); y = torch.tanh(x)", {}),
        ('if name == "relu": w = torch.relu(y)', {1: "w"}),
        ("if name is None: w = torch.relu(y)", {1: "w"}),
        ("if self.training: w = torch.relu(y)", {1: "w"}),
        ("if y > 0: w = torch.relu(y)", {}),
        ("if x.sum() > 0: w = torch.relu(y)", {}),
        ("with torch.no_grad(): w = torch.relu(y)", {}),
        ("if x.sum() > 0:\n    w = torch.relu(y)", {2: "w"}),
        ("def f(x=g(1)): y = x + 1", {1: "y"}),
        ("a = f(\n    x\n); b = g(\n    a\n)", {1: "a", 2: "a", 4: "b", 5: "b"}),
    ],
)
def test_names_of_lines(text: str, names: dict[int, str]) -> None:
    assert assigned_names(text) == names
