"""Operators that a file leaves to PyTorch and declares: accepted as declared, under ``--compute best`` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.verdict import Verification
from kernelagent.static.declared import DeclaredOperators
from kernelagent.static.scan import Scan, scan

Judge = Callable[..., Verification]
LINEAR = "torch.nn.functional.linear"
ENTRY = '{{"subgraph": "sg0", "operators": ({names},), "pytorch_ms": 0.4, "triton_ms": 0.6, "device": "NVIDIA H200"}},'
FILE = """
import torch
import triton
import triton.language as tl

COMPUTED_BY_PYTORCH = ({entries})


@triton.jit
def gelu(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, 0.5 * x * (1.0 + tl.erf(x * 0.7071067811865476)), mask=i < n)


def kernel_function(x, linear_weight, linear_bias):
    {body}
    out = torch.empty_like(hidden)
    gelu[(triton.cdiv(out.numel(), 256),)](hidden, out, out.numel(), BLOCK=256)
    return out
"""
CALL = f"hidden = {LINEAR}(x, linear_weight, linear_bias)"
WHOLE_BY_PYTORCH = f"""
import torch

COMPUTED_BY_PYTORCH = ({ENTRY.format(names=f'"{LINEAR}", "torch.nn.functional.gelu"')})


def kernel_function(x, linear_weight, linear_bias):
    {CALL}
    result = torch.nn.functional.gelu(hidden)
    return result
"""


def entry(*names: str) -> str:
    return ENTRY.format(names=", ".join(f'"{name}"' for name in names))


def read(body: str, entries: str = entry(LINEAR)) -> Scan:
    return scan(FILE.format(body=body, entries=entries))


def test_declared_operator_is_accepted_under_best_and_told(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(FILE.format(body=CALL, entries=entry(LINEAR)), encoding="utf-8")
    found = judge(kernel, "products::LinearGelu", compute="best")
    assert found.verdict == "pass", found.summary
    assert found.compute == "best"
    told = f"Computed by PyTorch: sg0 ({LINEAR}), declared, measured 0.4 ms against 0.6 ms on NVIDIA H200."
    assert told in found.summary
    (one,) = found.computed_by_pytorch
    assert (one.subgraph, one.operators, one.pytorch_ms, one.triton_ms) == ("sg0", (LINEAR,), 0.4, 0.6)
    assert any("they were not measured here" in missing for missing in found.not_checked)
    dispatch = next(check for check in found.checks if check.name == "dispatch")
    assert "aten.addmm" in dispatch.detail


def test_it_is_refused_without_best_by_an_option_that_is_named(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(FILE.format(body=CALL, entries=entry(LINEAR)), encoding="utf-8")
    found = judge(kernel, "products::LinearGelu", profile="quick")
    failed = {check.name: check for check in found.checks if not check.passed}
    assert "only --compute best allows that" in failed["static"].detail
    assert "dispatch" in failed
    assert found.computed_by_pytorch == ()


def test_a_file_without_a_kernel_may_be_all_pytorch(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(WHOLE_BY_PYTORCH, encoding="utf-8")
    assert judge(kernel, "products::LinearGelu", profile="quick", compute="best").verdict == "pass"
    assert judge(kernel, "products::LinearGelu", profile="quick").verdict == "fail"


def test_best_allows_nothing_to_a_file_that_declares_nothing(judge: Judge, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    text = FILE.format(body=CALL, entries="").replace("COMPUTED_BY_PYTORCH = ()\n", "")
    kernel.write_text(text, encoding="utf-8")
    found = judge(kernel, "products::LinearGelu", profile="quick", compute="best")
    failed = {check.name for check in found.checks if not check.passed}
    assert {"static", "dispatch"} <= failed


def test_a_declaration_is_read_as_it_stands() -> None:
    found = read(CALL)
    assert found.findings == ()
    assert found.declared == (DeclaredOperators("sg0", (LINEAR,), 0.4, 0.6, "NVIDIA H200"),)
    assert [call.operator for call in found.declared_calls] == [LINEAR]


def test_a_call_may_stand_on_several_lines() -> None:
    found = read(f"hidden = {LINEAR}(\n        x,\n        linear_weight,\n        bias=None,\n    )")
    assert found.findings == ()
    assert found.declared_calls[0].end_line - found.declared_calls[0].line == 4


REFUSED = {
    "called twice": (f"{CALL}\n    again = {LINEAR}(x, linear_weight)", entry(LINEAR), "and has 2 plain calls"),
    "declared twice": (CALL, entry(LINEAR, LINEAR), "declares torch.nn.functional.linear 2 times"),
    "not called": ("hidden = x", entry(LINEAR), "has no plain calls"),
    "another is called": ("hidden = torch.relu(x)", entry(LINEAR), "torch.relu"),
    "one that may not be declared": ("hidden = torch.load(x)", entry("torch.load"), "none that may be declared"),
    "ATen itself": ("hidden = torch.ops.aten.relu(x)", entry("torch.ops.aten.relu"), "none that may be declared"),
    "by an alias": (f"f = {LINEAR}\n    hidden = f(x, linear_weight)", entry(LINEAR), "has no plain calls"),
    "argument computed": (f"hidden = {LINEAR}(x + x, linear_weight)", entry(LINEAR), "has no plain calls"),
    "argument called": (f"hidden = {LINEAR}(x.abs(), linear_weight)", entry(LINEAR), "has no plain calls"),
    "arguments unpacked": (f"hidden = {LINEAR}(*x)", entry(LINEAR), "has no plain calls"),
    "result used on the line": (f"hidden = {LINEAR}(x, linear_weight) * 2", entry(LINEAR), "has no plain calls"),
    "statement beside it": (f"{CALL}; hidden = -hidden", entry(LINEAR), "has no plain calls"),
    "loop on its line": (f"for x in f(x): {CALL}", entry(LINEAR), "has no plain calls"),
    "torch is something else": (f"torch = x\n    {CALL}", entry(LINEAR), "something of its own torch"),
    "slower than the kernel": (CALL, entry(LINEAR).replace("0.4", "0.7"), "took less time"),
    "without a device": (CALL, entry(LINEAR).replace("NVIDIA H200", ""), "on a device that is named"),
    "a figure that is no number": (CALL, entry(LINEAR).replace("0.4", "'0.4'"), "pytorch_ms must be a float"),
    "a part is missing": (CALL, entry(LINEAR).replace('"subgraph": "sg0", ', ""), "each entry has"),
    "made at run time": (CALL, "make(),", "cannot be read"),
    "nothing in it": (CALL, "", "cannot be read"),
    "two of them": (f"COMPUTED_BY_PYTORCH = ()\n    {CALL}", entry(LINEAR), "otherwise than once"),
    "writes to its weight": (
        "hidden = torch.nn.functional.embedding(x, linear_weight, None, 1.0)",
        entry("torch.nn.functional.embedding"),
        "has no plain calls",
    ),
    "writes to a tensor that is given": (
        f"hidden = {LINEAR}(x, linear_weight, out=x)",
        entry(LINEAR),
        "has no plain calls",
    ),
    "in place": (
        "hidden = torch.nn.functional.silu(x, True)",
        entry("torch.nn.functional.silu"),
        "has no plain calls",
    ),
    "called in a loop": (f"for _ in range(3):\n        {CALL}", entry(LINEAR), "it stands in a loop"),
    "called by what is called twice": (
        f"def product(a):\n        {CALL}\n        return hidden\n    hidden = product(product(x))",
        entry(LINEAR),
        "product is called in several places",
    ),
    "called by what a loop calls": (
        f"def product(a):\n        {CALL}\n        return hidden\n    for _ in range(3):\n        x = product(x)",
        entry(LINEAR),
        "or in a loop",
    ),
    "words that print nothing": (CALL, entry(LINEAR).replace("sg0", "sg0\\n"), "printable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_exactly_declared_is_found(name: str) -> None:
    body, entries, told = REFUSED[name]
    found = read(body, entries)
    assert any(told in finding.what for finding in found.findings), found.findings
    assert found.declared_calls == ()
