"""When a kernel still fits a file that has changed around its class, and what is said where it does not."""

from __future__ import annotations

import pytest
from kernelagent_lsp.edits.fit import misfit
from kernelagent_lsp.edits.plan import Outdated

THEN = """import torch
from torch import nn

WIDTH = 64
OTHER = 3


def twice(x):
    return x * 2


# kernelagent: inputs=(torch.randn(8, WIDTH),)
class Gate(nn.Module):
    def forward(self, x):
        return twice(torch.relu(x))


class Other(nn.Module):
    def forward(self, x):
        return x + OTHER
"""
WIRED = "\n\nfrom m_triton import {0}Triton as {0}  # noqa: E402, F401, F811\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("import torch\n", '"""A docstring."""\nimport math\nimport torch\n'),
        ("WIDTH = 64\nOTHER = 3\n", "# a comment\nOTHER = 4\n\nWIDTH = 64\n"),
        ("x + OTHER\n", "x - OTHER\n" + WIRED.format("Other")),
        ("twice(torch.relu(x))\n", "twice(torch.relu(x))\n" + WIRED.format("Gate")),
        ("class Other", "class OtherTriton(nn.Module): ...\n\n\nclass Other"),
        ("\n", "\r\n"),
    ],
)
def test_what_is_no_change_of_the_class(old: str, new: str) -> None:
    now = THEN.replace(old, new) if old else THEN
    assert misfit(THEN, now, "Gate") is None
    assert misfit(now, THEN, "Gate") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("twice(torch", "2 * twice(torch"),
        ("x * 2", "x * 3"),
        ("WIDTH = 64", "WIDTH = 32"),
        ("torch.randn(8, WIDTH)", "torch.randn(9, WIDTH)"),
        ("import torch\n", "import numpy as torch\n"),
        ("import torch\n", "import torch\nfrom others import *\n"),
        ("class Other", "def twice(x):\n    return x\n\n\nclass Other"),
        ("class Other", "Gate = torch.compile(Gate)\n\n\nclass Other"),
        ("class Other", "patch()\n\n\nclass Other"),
        ("# kernelagent:", "@register\n# kernelagent:"),
    ],
)
def test_what_is_another_class(old: str, new: str) -> None:
    assert old in THEN
    why = misfit(THEN, THEN.replace(old, new), "Gate")
    assert isinstance(why, Outdated)
    assert "has changed since" in why.reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (THEN.replace("class Gate", "class Door"), "Gate is not in the document any more."),
        (THEN.replace("x * 2", "x * ("), "The document can't be parsed: put it right first."),
    ],
)
def test_where_to_fuse_again_is_no_help(now: str, reason: str) -> None:
    why = misfit(THEN, now, "Gate")
    assert why is not None
    assert not isinstance(why, Outdated)
    assert why.reason == reason
