"""A kernel that is taken out of its file again: what the tool wrote goes, what the user wrote stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.static.provenance import with_provenance
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.generated import composed as composed_for
from kernelagent_lsp.edits.inline_again import plan_inline
from kernelagent_lsp.edits.kernel_place import kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.out_of_file import plan_out_of_file
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing
from kernelagent_lsp.edits.wiring import plan_unwired, plan_wired
from kernelagent_lsp.uris import path_to_uri

MODEL = """import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x * 2


# The user's own, of the number below.
N = 3
"""
KERNEL = '''"""Triton kernels of Gate."""

import torch
import triton
import triton.language as tl
from torch import nn


{first}# line 9: return x * 2
# (blocks of 1024 for an H200)
@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + index, tl.load(x + index, index < n) * 2, index < n)


# --- the wrapper ---

# Allocates.
def kernel_function(x):
    out = torch.empty_like(x)
    double_kernel[(1,)](x, out, x.numel(), BLOCK=1024)
    return out


class GateTriton(nn.Module):
    def forward(self, x):
        return kernel_function(x)
'''
FIRST = "# Once for all.\nSCALE = 2\n\n\n"
USER = "class User(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.gate = Gate()\n\n\n"
NOTE = "# TODO(me): try the other activation here,\n# as the paper says.\n"
OWN = "# My own note of the sizes that this was measured at: 4096.\n"


def applied(folder: Path, model: str, kernel: str, *, is_wired: bool) -> str:
    path = folder / "m.py"
    with_source = with_provenance(kernel, "GateTriton", "m.py", "Gate", model)
    placing = Placing(path_to_uri(str(path)), str(path), model, "Gate", "GateTriton", with_source)
    plan = plan_inline(DocumentStore(), placing)
    assert isinstance(plan, EditPlan)
    if is_wired:
        plan = plan_wired(document(path, plan.after), str(path), "Gate", "GateTriton", path)
        assert isinstance(plan, EditPlan)
    return plan.after


def document(path: Path, text: str) -> Document:
    return Document(path_to_uri(str(path)), "python", 1, text, Encoding.UTF16)


def removed(folder: Path, text: str) -> str:
    path = folder / "m.py"
    place = kernel_place(Neighbours(DocumentStore()), str(path), "Gate", text)
    assert place is not None
    plan = plan_out_of_file(document(path, text), str(path), "Gate", place, composed_texts(folder))
    assert isinstance(plan, EditPlan)
    return plan.after


def composed_texts(folder: Path) -> Iterator[str]:
    return composed_for(folder / ".fuse", str(folder / "m.py"), "Gate")


def composed(folder: Path, kernel: str) -> None:
    """What a fuse leaves in its run directory."""
    run = RunDirectory(folder / ".fuse" / "1")
    run.composed_kernel.parent.mkdir(parents=True)
    run.composed_kernel.write_text(kernel)
    run.problem.write_text(json.dumps({"file": str(folder / "m.py"), "class_name": "Gate"}))


@pytest.mark.parametrize("is_wired", [False, True])
@pytest.mark.parametrize("first", ["", FIRST])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("extra", ["", "def kernel_function():\n    pass\n\n\n", USER])
def test_right_after_it_was_put_there_the_text_is_as_it_was(
    tmp_path: Path, is_wired: bool, first: str, newline: str, extra: str
) -> None:
    kernel = KERNEL.format(first=first)
    if first:
        kernel = kernel.replace("return kernel_function(x)", "return kernel_function(x) * SCALE")
    composed(tmp_path, kernel)
    model = MODEL.replace("# The user", extra + "# The user").replace("\n", newline)
    assert removed(tmp_path, applied(tmp_path, model, kernel, is_wired=is_wired)) == model


@pytest.mark.parametrize("has_run", [True, False])
def test_the_users_comments_stay(tmp_path: Path, has_run: bool) -> None:
    kernel = KERNEL.format(first="").replace("# --- the wrapper ---\n\n", "")
    if has_run:
        composed(tmp_path, kernel)
    text = applied(tmp_path, MODEL, kernel, is_wired=True)
    text = text.replace("\n\n\nGate = GateTriton\n", f"\n\n\n{OWN}Gate = GateTriton\n")
    text = text.replace("* 2\n", f"* 2\n\n\n{NOTE}", 1).replace("\n\n\n# Allocates", "\n\n\n# region\n\n\n# Allocates")
    assert removed(tmp_path, text) == MODEL.replace("* 2\n", f"* 2\n\n\n{NOTE}\n\n# region\n\n\n{OWN}", 1)


def test_what_no_run_wrote_stays_also_directly_above_a_statement(tmp_path: Path) -> None:
    kernel = KERNEL.format(first="")
    composed(tmp_path, kernel)
    text = applied(tmp_path, MODEL, kernel, is_wired=False)
    text = text.replace("# line 9", f"{NOTE}# line 9").replace("# source", "# See the ticket.\n# source")
    assert removed(tmp_path, text) == MODEL.replace("* 2\n", f"* 2\n\n\n{NOTE}\n\n# See the ticket.\n", 1)


def test_without_a_run_a_note_above_the_first_statement_is_the_users(tmp_path: Path) -> None:
    kernel = KERNEL.format(first=FIRST).replace("return kernel_function(x)", "return kernel_function(x) * SCALE")
    text = applied(tmp_path, MODEL, kernel, is_wired=False).replace("# Once for all.\n", NOTE)
    assert removed(tmp_path, text) == MODEL.replace("* 2\n", f"* 2\n\n\n{NOTE}\n\n# --- the wrapper ---\n", 1)


def test_a_kernel_that_others_use_is_left_to_its_author(tmp_path: Path) -> None:
    text = applied(tmp_path, MODEL, KERNEL.format(first=""), is_wired=False) + "net = GateTriton()\n"
    path = tmp_path / "m.py"
    place = kernel_place(Neighbours(DocumentStore()), str(path), "Gate", text)
    assert place is not None
    plan = plan_out_of_file(document(path, text), str(path), "Gate", place, composed_texts(tmp_path))
    assert isinstance(plan, Impossible)
    assert "uses GateTriton" in plan.reason


TRAILING = "    # def backward(self, x):\n\n    #     return x\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("has_run", [True, False])
def test_comments_at_the_end_of_the_class_stay_with_it(tmp_path: Path, newline: str, has_run: bool) -> None:
    kernel = KERNEL.format(first="").replace("# --- the wrapper ---\n\n", "")
    if has_run:
        composed(tmp_path, kernel)
    model = MODEL.replace("* 2\n", f"* 2\n{TRAILING}").replace("\n", newline)
    text = applied(tmp_path, model, kernel, is_wired=True)
    assert f"* 2\n{TRAILING}\n\n# line 9".replace("\n", newline) in text
    assert removed(tmp_path, text) == model


def test_a_line_in_the_place_of_a_class_goes_below_the_comments_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    for model in (MODEL.replace("* 2\n", f"* 2\n{TRAILING}"), MODEL.partition("\n\n\n#")[0] + f"\n{TRAILING}"):
        plan = plan_wired(document(path, model), str(path), "Gate", "GateTriton", tmp_path / "m_triton.py")
        assert isinstance(plan, EditPlan)
        assert f"* 2\n{TRAILING}\n\nfrom m_triton import" in plan.after
        back = plan_unwired(document(path, plan.after), str(path), "Gate")
        assert isinstance(back, EditPlan)
        assert back.after == model


@pytest.mark.parametrize(
    "head",
    [
        "import torch\nfrom torch import nn\n\n\n",
        "import torch.nn as nn\n\nfrom .near import y\n\n\n",
        "import math\n\nnn = __import__('torch').nn\n\n\n",
        '"""Text of the file: triton."""\n\n\nnn = __import__("torch").nn\n\n\n',
        "from .near import nn\n\n\n",
        '"""Text."""\nfrom .near import nn\n\n\n',
        '"""Text."""\n\nfrom .near import nn\n\n\n',
        "nn = __import__('torch').nn\n\n\n",
        "# A comment.\n\nnn = __import__('torch').nn\n\n\n",
    ],
)
def test_imports_go_with_the_last_kernel_that_uses_them(tmp_path: Path, head: str) -> None:
    kernel = KERNEL.format(first="").replace("import torch\n", "").replace("from torch import nn\n", "")
    kernel = kernel.replace("torch.empty_like(x)", "x.clone()")
    composed(tmp_path, kernel)
    model = head + MODEL.partition("\n\n\n")[2]
    text = applied(tmp_path, model, kernel, is_wired=True)
    assert "import triton.language as tl" in text
    assert removed(tmp_path, text) == model


@pytest.mark.parametrize(
    ("user", "stays"),
    [
        ("print(triton.__version__)\n", {"import triton"}),
        ("def load(x: 'tl.tensor'):\n    import triton\n", {"import triton.language as tl"}),
        ("__all__ = ['triton']\n", {"import triton"}),
        ("def of(x):\n    return tl.load(x) + triton.cdiv(1, 2)\n", {"import triton", "import triton.language as tl"}),
    ],
)
def test_imports_that_others_use_stay(tmp_path: Path, user: str, stays: set[str]) -> None:
    kernel = KERNEL.format(first="")
    composed(tmp_path, kernel)
    text = applied(tmp_path, MODEL, kernel, is_wired=False) + user
    lines = removed(tmp_path, text).splitlines()
    assert {line for line in lines if line.startswith("import triton")} == stays


def test_an_import_that_says_something_stays(tmp_path: Path) -> None:
    kernel = KERNEL.format(first="")
    composed(tmp_path, kernel)
    text = applied(tmp_path, MODEL, kernel, is_wired=False).replace("import triton\n", "import triton  # noqa: F401\n")
    assert removed(tmp_path, text) == MODEL.replace("import torch\n", "import torch\nimport triton  # noqa: F401\n")
