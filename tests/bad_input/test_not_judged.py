"""Inputs and results of kinds that the judge does not take: each is named, and nothing is called a defect."""

from __future__ import annotations

from pathlib import Path

import pytest
from warm_command_line import Warm

MODULE = """import torch


class Model(torch.nn.Module):
    def forward(self, x):
        {forward}


def get_inputs():
    return [{given}]
"""
KERNEL = """import torch
import triton
import triton.language as tl


@triton.jit
def double(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * 2, mask=i < n)


def kernel_function(x):
    y = torch.empty_like(x)
    double[(triton.cdiv(x.numel(), 64),)](x, y, x.numel(), BLOCK=64)
    return y
"""
KINDS = {
    "a sparse result": ("return (x * 2).to_sparse()", "torch.ones(4, 8)", "a result that is a sparse_coo tensor"),
    "a generator": ("return (x * n for n in range(3))", "torch.ones(4, 8)", "type generator"),
    "a nested input": (
        "return x * 2",
        "torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(4, 3)])",
        "a nested tensor",
    ),
    "a result of uint16": ("return (x * 2).to(torch.uint16)", "torch.ones(4, 8)", "uint16"),
    "a set": ("return x * 2, {1, 2}", "torch.ones(4, 8)", "type set"),
    "an integer of thousands of digits": ("return x * 2, 10**5000", "torch.ones(4, 8)", "16610 bits"),
    "an input of uint16": (
        "return x.to(torch.int32) * 2",
        "torch.ones(4, 8).to(torch.uint16)",
        "x is a strided tensor",
    ),
    "a sparse input": ("return x.to_dense() * 2", "torch.eye(8).to_sparse()", "sparse_coo"),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_not_judged_is_named(tmp_path: Path, name: str, warm: Warm) -> None:
    forward, given, says = KINDS[name]
    (tmp_path / "module.py").write_text(MODULE.format(forward=forward, given=given))
    (tmp_path / "kernel.py").write_text(KERNEL)
    args = ("verify", "kernel.py", "--problem", "module.py", "--device", "cpu", "--case", "example", "--json")
    error = warm(*args, cwd=tmp_path).document["error"]
    assert error["code"] == "UnsupportedDtype", error
    assert says in error["message"]


@pytest.mark.parametrize("given", ["slice(2, None)", "torch.device('cpu')", "print", "[1, {'a': 1 + 2j}]"])
def test_an_argument_of_another_type_is_named(tmp_path: Path, given: str, warm: Warm) -> None:
    text = MODULE.format(forward="return x * 2", given=f"torch.ones(4, 8), {given}").replace(
        "(self, x)", "(self, x, how)"
    )
    (tmp_path / "module.py").write_text(text)
    for command in ("fuse", "inspect"):
        error = warm(command, "module.py", "--json", cwd=tmp_path).document["error"]
        assert error["code"] == "BadExampleInputs", error
        assert error["message"].startswith("how of Model.forward is given")


@pytest.mark.parametrize("route", ["direct", "fuser"])
@pytest.mark.parametrize(
    ("forward", "given", "says"),
    [
        ("return x.to(torch.int32) * 2", "torch.ones(4, 8).to(torch.uint16)", "x is a strided tensor of uint16"),
        ("return (x * 2).to(torch.uint16)", "torch.ones(4, 8)", "a result in uint16"),
        ("return x * 2 if len(str(x.sum().item())) else x", "torch.ones(4, 8).to(torch.uint16)", "tensor of uint16"),
    ],
)
def test_no_model_is_asked_about_it(
    tmp_path: Path, route: str, forward: str, given: str, says: str, warm: Warm
) -> None:
    """The address is one where nothing listens: a request would fail with another error."""
    (tmp_path / "module.py").write_text(MODULE.format(forward=forward, given=given))
    env = {"OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    args = ("fuse", "module.py", "--provider", "openai", "--model", "m", "--route", route, "--device", "cpu", "--json")
    error = warm(*args, cwd=tmp_path, **env).document["error"]
    assert error["code"] == "UnsupportedDtype", error
    assert says in error["message"]
