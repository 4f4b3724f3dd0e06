"""``output = inline``: a newer kernel takes the place of the one that a run made, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.static.provenance import provenances, with_provenance
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.inline_again import plan_inline
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing
from kernelagent_lsp.edits.wiring import plan_wired
from kernelagent_lsp.uris import path_to_uri
from lsprotocol import types

MODEL = """import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x * 2


# The user's own.
class User(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()
"""
CHANGED = MODEL.replace("x * 2", "x * 3")
KERNEL = '''"""Triton kernels of Gate."""

import torch
import triton
import triton.language as tl
from torch import nn


# line 7: return x * 2
@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # a block
    tl.store(out + index, tl.load(x + index, index < n) * 2, index < n)


def kernel_function(x):
    out = torch.empty_like(x)
    double_kernel[(1,)](x, out, x.numel(), BLOCK=1024)
    return out


class GateTriton(nn.Module):
    def forward(self, x):
        return kernel_function(x)
'''
NEWER = KERNEL.replace("x * 2", "x * 3").replace("n) * 2", "n) * 3").replace("double_", "triple_")


def planned(path: Path, text: str, model: str, kernel: str, composed: list[str]) -> EditPlan | Impossible:
    """``model``: the text that is fused, without a kernel."""
    with_source = with_provenance(kernel, "GateTriton", path.name, "Gate", model)
    store = DocumentStore()
    store.open(path_to_uri(str(path)), "python", 0, text)
    return plan_inline(
        store, Placing(path_to_uri(str(path)), str(path), text, "Gate", "GateTriton", with_source), composed
    )


def applied(path: Path, model: str, kernel: str, *, is_wired: bool) -> str:
    plan = planned(path, model, model, kernel, [])
    assert isinstance(plan, EditPlan)
    text = plan.after
    if is_wired:
        wired = plan_wired(document(path, text), str(path), "Gate", "GateTriton", path)
        assert isinstance(wired, EditPlan)
        text = wired.after
    return text


def document(path: Path, text: str) -> Document:
    return Document(path_to_uri(str(path)), "python", 1, text, Encoding.UTF16)


def edited(path: Path, text: str, plan: EditPlan) -> str:
    """``text`` as a client leaves it."""
    made = document(path, text)
    for edit in reversed(plan.edits):
        made.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text)], 2)
    return made.text


@pytest.mark.parametrize("is_wired", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("changed", "newer"), [(MODEL, KERNEL), (CHANGED, KERNEL), (CHANGED, NEWER), ("\n" + MODEL, NEWER)]
)
def test_the_newer_one_stands_where_it_would_stand_alone(
    tmp_path: Path, is_wired: bool, newline: str, changed: str, newer: str
) -> None:
    path = tmp_path / "m.py"
    changed, model = changed.replace("\n", newline), MODEL.replace("\n", newline)
    text = applied(path, model, KERNEL, is_wired=is_wired)
    text = text.replace("x * 2", "x * 3", 1) if "x * 3" in changed else text
    text = newline + text if changed.startswith(newline) else text
    plan = planned(path, text, changed, newer, ["no Python (", NEWER, KERNEL])
    assert isinstance(plan, EditPlan)
    assert plan.version == 0
    assert plan.after == applied(path, changed, newer, is_wired=is_wired)
    assert edited(path, text, plan) == plan.after
    assert len(provenances(plan.after)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tl.load(x + index, index < n)", "tl.load(x + index, index < n, 0.0)"),
        ("# a block", "# two blocks"),
        ("  # a block", ""),
        ("BLOCK=1024", "BLOCK=2048"),
        ("class GateTriton(nn.Module):\n", "class GateTriton(nn.Module):\n    # mine\n"),
    ],
)
def test_what_was_changed_by_hand_is_left_to_its_author(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "m.py"
    text = applied(path, MODEL, KERNEL, is_wired=True)
    assert old in text
    plan = planned(path, text.replace(old, new), MODEL, NEWER, [KERNEL])
    assert isinstance(plan, Impossible)
    assert "changed by hand" in plan.reason
    assert "remove the Triton version of Gate" in plan.reason


def test_what_no_run_made_is_left_to_its_author(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    assert isinstance(planned(path, applied(path, MODEL, KERNEL, is_wired=False), MODEL, NEWER, [NEWER]), Impossible)


def test_a_formatter_and_the_users_notes_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = applied(path, MODEL, KERNEL, is_wired=True)
    laid_out = text.replace(
        "(x, out, n, BLOCK: tl.constexpr)", "(\n    x,\n    out,\n    n,\n    BLOCK: tl.constexpr\n)"
    )
    laid_out = laid_out.replace("def kernel_function", "# My note.\ndef kernel_function") + "net = GateTriton()\n"
    assert laid_out != text
    plan = planned(path, laid_out, MODEL, NEWER, [KERNEL])
    assert isinstance(plan, EditPlan)
    assert "# My note.\n" in plan.after
    assert plan.after.endswith("net = GateTriton()\n")
    assert "double_kernel" not in plan.after
    assert plan.after.count("\nclass GateTriton(") == plan.after.count("\nGate = GateTriton\n") == 1


def test_a_file_of_another_indentation_gets_the_newer_one_in_its_own(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    model = MODEL.replace("    ", "\t")
    plan = planned(path, applied(path, model, KERNEL, is_wired=True), model, NEWER, [KERNEL])
    assert isinstance(plan, EditPlan)
    assert plan.after == applied(path, model, NEWER, is_wired=True)
    assert "\n    " not in plan.after


def test_names_that_made_way_for_others_are_no_change(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    other = "\n\ndef kernel_function():\n    pass\n"
    text = applied(path, MODEL + other, KERNEL, is_wired=False)
    assert "kernel_function_gatetriton" in text
    plan = planned(path, text.replace(other, ""), MODEL, NEWER, [KERNEL])
    assert isinstance(plan, EditPlan)
    assert plan.after == applied(path, MODEL, NEWER, is_wired=False)
