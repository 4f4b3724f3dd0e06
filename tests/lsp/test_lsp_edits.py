"""Kernels as edits: where they go, what they leave alone, and what is refused."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from kernelagent.driver.run_directory import RunDirectory
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.generated import IsOurs, generated_for
from kernelagent_lsp.edits.import_places import import_places
from kernelagent_lsp.edits.inline_again import plan_inline
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Placing, newline_of, same_text
from kernelagent_lsp.edits.sibling import existing_sibling, plan_sibling
from kernelagent_lsp.uris import path_to_uri
from lsprotocol import types

MODULE = '''"""A model."""
import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x * 2


def after():
    return Gate
'''

KERNEL = '''"""Triton kernels of Gate."""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import nn

SCALE = 2


# Doubles.
@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + index, tl.load(x + index, index < n) * 2, index < n)


def kernel_function(x):
    out = torch.empty_like(x)
    double_kernel[(1,)](x, out, x.numel(), BLOCK=1024)
    return out


class GateTriton(nn.Module):
    def forward(self, x):
        return kernel_function(x) * SCALE / 2


def check():
    assert math.isfinite(kernel_function(torch.ones(3)).sum())


if __name__ == "__main__":
    x = out = torch.ones(3)
    check()
    print("PASS")
'''


def placing(path: Path, text: str = MODULE, kernel: str = KERNEL, name: str = "Gate") -> Placing:
    return Placing(path_to_uri(str(path)), str(path), text, name, "GateTriton", kernel)


def opened(path: Path, text: str, version: int = 7) -> DocumentStore:
    store = DocumentStore()
    store.open(path_to_uri(str(path)), "python", version, text)
    return store


def applied(text: str, plan: EditPlan) -> str:
    """``text`` as a client leaves it that makes all edits against the text as it was."""
    document = Document(plan.uri, "python", 0, text, Encoding.UTF16)
    for edit in sorted(plan.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        document.change([types.TextDocumentContentChangePartial(edit.range, edit.new_text)], 1)
    return document.text


def not_ours(text: str) -> bool:
    return False


def ran(folder: Path, kernel: str, name: str = "Gate", run: str = "1") -> IsOurs:
    """What a fuse of ``name`` in ``m.py`` leaves in its run directory."""
    directory = RunDirectory(folder / ".fuse" / run)
    directory.composed_kernel.parent.mkdir(parents=True)
    directory.composed_kernel.write_text(kernel)
    directory.problem.write_text(json.dumps({"file": str(folder / "m.py"), "class_name": name}))
    return generated_for(folder / ".fuse", str(folder / "m.py"), "Gate", ())


@pytest.mark.parametrize(
    ("module", "name", "sibling"),
    [
        ("m", "Gate", "m_triton.py"),
        ("modèle 1", "Gate", "modele_1_triton.py"),
        ("my-model.v2", "Gate", "my_model_v2_triton.py"),
        ("01_softmax", "Gate", "_01_softmax_triton.py"),
        ("模型", "GateUnit", "gate_unit_triton.py"),
        ("模型 1", "Outer.Gate2D", "outer_gate2_d_triton.py"),
        ("模型", "层", "kernel_triton.py"),
    ],
)
def test_a_new_sibling_is_created_that_can_be_imported(tmp_path: Path, module: str, name: str, sibling: str) -> None:
    plan = plan_sibling(DocumentStore(), placing(tmp_path / f"{module}.py", name=name), not_ours)
    assert (plan.path, plan.creates, plan.version) == (str(tmp_path / sibling), True, None)
    assert sibling.isascii()
    assert sibling.removesuffix(".py").isidentifier()
    assert applied("", plan) == plan.after == KERNEL


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_sibling_that_a_run_made_is_replaced_whole(tmp_path: Path, newline: str) -> None:
    older = KERNEL.replace("SCALE = 2", "SCALE = 4")
    (tmp_path / "m_triton.py").write_bytes(older.replace("\n", newline).encode())
    ours = ran(tmp_path, older)
    plan = plan_sibling(DocumentStore(), placing(tmp_path / "m.py"), ours)
    assert (Path(plan.path).name, plan.creates) == ("m_triton.py", False)
    assert applied(older.replace("\n", newline), plan) == KERNEL


def test_a_sibling_that_was_applied_is_replaced_without_its_run(tmp_path: Path) -> None:
    store = opened(tmp_path / "m_triton.py", KERNEL, version=12)
    ours = generated_for(None, str(tmp_path / "m.py"), "Gate", [KERNEL])
    plan = plan_sibling(store, placing(tmp_path / "m.py", kernel=KERNEL + "# newer\n"), ours)
    assert (Path(plan.path).name, plan.version, plan.creates) == ("m_triton.py", 12, False)
    assert applied(KERNEL, plan) == KERNEL + "# newer\n"


@pytest.mark.parametrize("is_open", [False, True])
def test_a_sibling_that_was_edited_by_hand_is_left_alone(tmp_path: Path, is_open: bool) -> None:
    edited = KERNEL + "# by hand\nλ = '🙂'"
    (tmp_path / "m_triton.py").write_text(KERNEL if is_open else edited)
    store = opened(tmp_path / "m_triton.py", edited) if is_open else DocumentStore()
    plan = plan_sibling(store, placing(tmp_path / "m.py"), ran(tmp_path, KERNEL))
    assert (Path(plan.path).name, plan.creates) == ("m_Gate_triton.py", True)


def test_the_kernel_of_another_class_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "m_triton.py").write_text(KERNEL)
    plan = plan_sibling(DocumentStore(), placing(tmp_path / "m.py"), ran(tmp_path, KERNEL, name="Other"))
    assert Path(plan.path).name == "m_Gate_triton.py"


@pytest.mark.parametrize("content", [b"# somebody's own file\n", b"class OtherTriton: ...\n", b"\xff\xfe\x00"])
def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m_triton.py").write_bytes(content)
    plan = plan_sibling(DocumentStore(), placing(tmp_path / "m.py"), not_ours)
    assert plan.path == str(tmp_path / "m_Gate_triton.py")
    (tmp_path / "m_Gate_triton.py").write_bytes(content)
    assert plan_sibling(DocumentStore(), placing(tmp_path / "m.py"), not_ours).path == str(
        tmp_path / "m_Gate_triton_2.py"
    )


def test_the_kernel_of_a_class_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    assert existing_sibling(Neighbours(DocumentStore()), str(path), "Gate") is None
    (tmp_path / "m_triton.py").write_text("class OtherTriton: ...\n")
    (tmp_path / "m_Gate_triton.py").write_text(KERNEL)
    found = existing_sibling(Neighbours(DocumentStore()), str(path), "Gate")
    assert found is not None
    assert found.path.name == "m_Gate_triton.py"


def test_line_ends_are_kept(tmp_path: Path) -> None:
    plan = plan_sibling(DocumentStore(), placing(tmp_path / "m.py", text=MODULE.replace("\n", "\r\n")), not_ours)
    assert plan.after == KERNEL.replace("\n", "\r\n")


def test_inline_goes_below_the_class_with_imports_merged(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    plan = plan_inline(opened(path, MODULE), placing(path))
    assert isinstance(plan, EditPlan)
    assert plan.version == 7
    assert applied(MODULE, plan) == plan.after
    assert (
        plan.after
        == '''"""A model."""
import torch
import triton
import triton.language as tl
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x * 2


SCALE = 2


# Doubles.
@triton.jit
def double_kernel(x, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + index, tl.load(x + index, index < n) * 2, index < n)


def kernel_function(x):
    out = torch.empty_like(x)
    double_kernel[(1,)](x, out, x.numel(), BLOCK=1024)
    return out


class GateTriton(nn.Module):
    def forward(self, x):
        return kernel_function(x) * SCALE / 2


def after():
    return Gate
'''
    )


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_inline_keeps_line_ends(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "m.py"
    text = MODULE.replace("\n", newline)
    plan = plan_inline(opened(path, text), placing(path, text))
    unix = plan_inline(opened(path, MODULE), placing(path))
    assert isinstance(plan, EditPlan)
    assert isinstance(unix, EditPlan)
    assert applied(text, plan) == unix.after.replace("\n", newline)


@pytest.mark.parametrize("unit", ["\t", "  "])
def test_inline_is_indented_as_the_document_is(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "m.py"
    text = MODULE.replace("    ", unit)
    plan = plan_inline(opened(path, text), placing(path, text))
    usual = plan_inline(opened(path, MODULE), placing(path))
    assert isinstance(plan, EditPlan)
    assert isinstance(usual, EditPlan)
    assert applied(text, plan) == usual.after.replace("    ", unit)


def test_inline_in_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = "\ufeff" + MODULE
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    ast.parse(applied(text, plan).removeprefix("\ufeff"))


def test_inline_in_a_file_without_a_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = MODULE[: MODULE.index("\n\n\ndef after")]
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    ast.parse(applied(text, plan))


def test_inline_gives_a_name_that_is_taken_another(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = MODULE + "\n\ndef kernel_function():\n    return 'mine'\n"
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    assert "def kernel_function_gatetriton(x):" in plan.after
    assert "return kernel_function_gatetriton(x) * SCALE / 2" in plan.after
    assert plan.after.count("def kernel_function():") == 1


def test_inline_adds_an_import_that_comes_too_late_in_the_document(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = MODULE + "\n\nimport triton\nimport triton.language as tl\n"
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    above = plan.after[: plan.after.index("class Gate(")]
    assert "import triton\nimport triton.language as tl\n" in above


@pytest.mark.parametrize(
    "line",
    [
        'import torch; S = """a\nb"""',
        'import torch; S = """a\nb"""; T = """c\nd"""',
        'S = """a\nb"""; import torch; import math; T = (1,\n2)',
        "import torch; \\\nT = 3",
        '"""Text."""; import torch; T = [\n]',
    ],
)
def test_inline_writes_no_import_into_another_statement(tmp_path: Path, line: str) -> None:
    path = tmp_path / "m.py"
    text = line + "\n" + MODULE.partition("import torch\n")[2].replace("from torch import nn\n", "")
    text = text.replace("(nn.", "(torch.nn.")
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    assert plan.after.startswith(line + "\n")
    imported = {name.name for node in ast.parse(plan.after).body if isinstance(node, ast.Import) for name in node.names}
    assert imported >= {"torch", "triton", "triton.language"}


@pytest.mark.parametrize(
    ("imports", "added"),
    [
        ("import torch\nimport torch.nn as nn\n", {"triton", "tl"}),
        ("import torch.nn\nfrom torch import nn\nfrom triton import language as tl\n", {"triton"}),
        ("import torch\nif torch.x:\n    from torch import nn\nelse:\n    import torch.nn as nn\n", {"triton", "tl"}),
        ("import torch\nif torch.x:\n    from torch import nn\n", {"triton", "tl", "nn"}),
        ("import torch, torch.nn as nn\ntry:\n    import triton\nexcept ImportError:\n    raise\n", {"tl"}),
        ("import torch, torch.nn as nn\ntry:\n    import triton\nexcept ImportError:\n    pass\n", {"triton", "tl"}),
        ("import torch\nfrom torch import nn\nx = [nn for nn in ()], lambda tl: (triton := tl)\n", {"triton", "tl"}),
        ("import torch\nwith torch.x as y:\n    from torch import nn\n", {"triton", "tl"}),
    ],
)
def test_inline_knows_imports_that_mean_the_same(tmp_path: Path, imports: str, added: set[str]) -> None:
    path = tmp_path / "m.py"
    text = MODULE.replace("import torch\nfrom torch import nn\n", imports)
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    lines = {"triton": "import triton", "tl": "import triton.language as tl", "nn": "from torch import nn"}
    fresh = set(plan.after.split("\n")) - set(text.split("\n"))
    assert {line for line in fresh if "import" in line} == {lines[name] for name in added}
    ast.parse(plan.after)


@pytest.mark.parametrize("head", ['"""Text."""\n\n', "# A comment.\n\n", "\n"])
def test_inline_puts_imports_above_the_projects_own(tmp_path: Path, head: str) -> None:
    text = f"{head}from .near import Base\n\n\nclass Gate(Base):\n    pass\n"
    plan = plan_inline(DocumentStore(), placing(tmp_path / "model.py", text))
    assert isinstance(plan, EditPlan)
    assert plan.after.startswith(f"{head}import ")
    assert "\nfrom .near import Base\n\n\nclass Gate" in plan.after


def test_inline_above_a_decorated_class_without_imports(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = "@register\nclass Gate(Base):\n    pass\n"
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, EditPlan)
    assert "@register\nclass Gate" in plan.after
    ast.parse(plan.after)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (MODULE + "\n\nclass GateTriton: ...\n", "defines GateTriton already"),
        (MODULE.replace("class Gate(", "class Door("), "not in the document any more"),
        (MODULE.replace("import torch\n", "import torch\nimport numpy as tl\n"), "for something else"),
        (MODULE + "\n\ntriton = 3\n", "for something else"),
        (MODULE.replace("from torch import nn", "from other import nn"), "for something else"),
        (MODULE.replace("from torch import nn", "from .torch import nn"), "for something else"),
        (MODULE.replace("from torch", "import torch.fx as torch\nfrom torch"), "for something else"),
        (MODULE + "\n\ntry:\n    import triton\nexcept ImportError:\n    triton = None\n", "for something else"),
        (MODULE + "\n\nmatch after:\n    case [triton]:\n        pass\n", "for something else"),
        (MODULE + "\n\nx = [(triton := y) for y in ()]\n", "for something else"),
        (MODULE + "\n\nif after:\n    class GateTriton: ...\n", "defines GateTriton already"),
    ],
)
def test_inline_refuses_what_would_change_meaning(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "m.py"
    plan = plan_inline(opened(path, text), placing(path, text))
    assert isinstance(plan, Impossible)
    assert reason in plan.reason


def test_a_class_in_a_class_is_anchored_at_the_outer_one(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = (
        "import torch\nfrom torch import nn\n\n\nclass Outer:\n    class Gate(nn.Module):\n        pass\n\n    x = 1\n"
    )
    plan = plan_inline(opened(path, text), placing(path, text, name="Outer.Gate"))
    assert isinstance(plan, EditPlan)
    assert plan.after.index("x = 1") < plan.after.index("class GateTriton")


@pytest.mark.parametrize(
    ("text", "newline"), [("a\r\nb\nc\r\n", "\r\n"), ("a\nb\r\nc\n", "\n"), ("a\rb\r", "\r"), ("", "\n"), ("a", "\n")]
)
def test_the_usual_line_end(text: str, newline: str) -> None:
    assert newline_of(text) == newline


def test_what_editors_settle_by_themselves_does_not_count() -> None:
    assert same_text("a\nb\n", "a\r\nb")
    assert not same_text("a\nb\n", "a\nc\n")


ADDED = ["import triton", "import triton.language as tl", "import math", "from torch import nn"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import os\n\nimport numpy as np\nimport torch\n\nfrom . import layers\n",
            "import math\nimport os\n\nimport numpy as np\nimport torch\nimport triton\nimport triton.language as tl\n"
            "from torch import nn\n\nfrom . import layers\n",
        ),
        (  # all by their module
            "from torch import Tensor\nimport typing_extensions\nfrom zlib_ng import x\n",
            "import math\n\nfrom torch import Tensor\nfrom torch import nn\nimport triton\n"
            "import triton.language as tl\nimport typing_extensions\nfrom zlib_ng import x\n",
        ),
        (  # in no order: at the end
            "import torch\nimport numpy\nfrom b import c\nfrom a import b\n",
            "import math\n\nimport torch\nimport numpy\nfrom b import c\nfrom a import b\nimport triton\n"
            "import triton.language as tl\nfrom torch import nn\n",
        ),
        (  # the standard library alone
            "from __future__ import annotations\n\nimport os\n",
            "from __future__ import annotations\n\nimport math\nimport os\n\nimport triton\n"
            "import triton.language as tl\nfrom torch import nn\n",
        ),
        (  # none yet
            '"""A text."""\n',
            '"""A text."""\nimport math\nimport triton\nimport triton.language as tl\nfrom torch import nn\n',
        ),
        (  # what puts a kernel in a class's place is no block to add to
            "import torch\n\n\nclass A: ...\n\n\nfrom m_triton import ATriton as A  # noqa: E402, F401, F811\n",
            "import math\n\nimport torch\nimport triton\nimport triton.language as tl\nfrom torch import nn\n\n\n"
            "class A: ...\n\n\nfrom m_triton import ATriton as A  # noqa: E402, F401, F811\n",
        ),
    ],
)
def test_imports_keep_the_order_that_a_file_has(before: str, after: str) -> None:
    lines = before.splitlines(keepends=True)
    body = ast.parse(before).body
    otherwise = body[0].end_lineno or 0
    for place in sorted(import_places(body, ADDED, otherwise), key=lambda place: -place.after):
        lines.insert(place.after, place.text)
    assert "".join(lines) == after
