"""A class that its file defines twice: everything is about the one that the name means, which is the last."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from editor import Editor, make_editor
from kernelagent.driver.modules import modules_in
from kernelagent.driver.routing.facts import source_facts
from kernelagent.driver.target import Source, Target, choose_class
from kernelagent.static.parsing import parse
from kernelagent.static.provenance import fingerprint
from kernelagent.static.wiring import is_wired
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.insertion import statement_of
from kernelagent_lsp.edits.plan import EditPlan
from kernelagent_lsp.edits.wiring import plan_wired
from kernelagent_lsp.guessing.directive import guess_for
from kernelagent_lsp.modules import ModuleIndex
from kernelagent_lsp.surveys.board import View
from kernelagent_lsp.surveys.symbols import symbols
from lsprotocol import types
from pytest_lsp import ClientServerConfig, client_capabilities

TWICE = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(4, 32),)
class Twice(nn.Module):
    def forward(self, x):
        return torch.tanh(x) + 1


# kernelagent: inputs=(torch.randn(4, 32),)
class Twice(nn.Module):
    def forward(self, x):
        return torch.tanh(x) + 2
"""
FIRST, SECOND = 6, 12
"""Lines (1-based) of the two."""

CLASS = "class A(nn.Module):\n    def forward(self, x):\n        return x\n"
INDENTED = "".join(f"    {line}\n" for line in CLASS.splitlines())


def document(text: str, path: str = "/m.py") -> Document:
    return Document(Path(path).as_uri(), "python", 1, text, Encoding.UTF16)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (CLASS + CLASS, [4]),
        (CLASS + "x = 1\n" * 40 + CLASS, [44]),
        (f"if torch:\n{INDENTED}{CLASS}", [5]),
        (f"{CLASS}if torch:\n{INDENTED}", [1, 5]),
        (f"if torch:\n{INDENTED}else:\n{INDENTED}", [2, 6]),
        (f"if torch:\n{INDENTED}{INDENTED}", [5]),
        (f"try:\n{INDENTED}except ImportError:\n{INDENTED}", [2, 6]),
        (f"class O:\n{INDENTED}class O:\n{INDENTED}", [6]),
        (f"class O:\n{INDENTED}class O:\n    pass\n", []),
        (f"class O:\n{INDENTED}{CLASS}", [2, 5]),
        (f"{CLASS}class A:\n    pass\n", []),
        (f"{CLASS}class A(A):\n    pass\n", [4]),
        (f"{CLASS}def f():\n{INDENTED}", [1]),
        (f"if TYPE_CHECKING:\n{INDENTED}else:\n{INDENTED}", [6]),
        (f"if typing.TYPE_CHECKING and torch:\n{INDENTED}{CLASS}", [5]),
        (f"if not TYPE_CHECKING:\n{INDENTED}else:\n{INDENTED}", [2]),
        (f"if torch:\n{INDENTED}elif TYPE_CHECKING:\n{INDENTED}else:\n{INDENTED}", [2, 10]),
        (f"if TYPE_CHECKING or torch:\n{INDENTED}else:\n{INDENTED}", [2, 6]),
        (f"if False:\n{INDENTED}", []),
        (f"{CLASS}if TYPE_CHECKING:\n{INDENTED}", [1]),
        (f"{CLASS}if TYPE_CHECKING:\n    pass\nelse:\n{INDENTED}", [7]),
        (f"if TYPE_CHECKING:\n    class O:\n        class A(nn.Module): ...\n{CLASS}", [4]),
    ],
)
def test_the_classes_that_can_be_reached(text: str, lines: list[int]) -> None:
    text = "from torch import nn\n" + text
    assert [found.line - 1 for found in modules_in(text)] == lines
    assert [found.line - 1 for found in ModuleIndex().of(document(text)).classes] == lines


def test_the_target_is_the_last_one() -> None:
    assert choose_class(Target(Path("m.py"), "Twice"), Source(TWICE, b"")).line == SECOND
    assert choose_class(Target(Path("m.py"), None), Source(TWICE, b"")).line == SECOND
    assert source_facts(TWICE + "        for _ in x: pass\n", "Twice").control_flow == (f"for, line {SECOND + 3}",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TWICE, SECOND),
        (TWICE + "class Outer(nn.Module):\n    class Twice(nn.Module): ...\n", SECOND),
        (TWICE + "if torch:\n    class Twice(nn.Module): ...\nelse:\n    class Twice(nn.Module): ...\n", 15),
        (TWICE + "def f():\n    class Twice(nn.Module): ...\n", SECOND),
    ],
)
def test_the_kernel_goes_behind_the_last_one(text: str, line: int, tmp_path: Path) -> None:
    found = statement_of(parse(text), "Twice")
    assert found is not None
    assert found.lineno == line
    path = str(tmp_path / "m.py")
    plan = plan_wired(document(text, path), path, "Twice", "TwiceTriton", tmp_path / "m_triton.py")
    assert isinstance(plan, EditPlan)
    (edit,) = plan.edits
    assert edit.range.start.line >= (found.end_lineno or 0) - 1


def test_what_stands_in_for_the_first_one_is_not_in_force_and_moves(tmp_path: Path) -> None:
    wired = "\n\nfrom m_triton import TwiceTriton as Twice  # noqa: E402, F401, F811\n"
    text = TWICE.replace("+ 1\n", "+ 1\n" + wired)
    assert not is_wired(text, "Twice")
    path = str(tmp_path / "m.py")
    plan = plan_wired(document(text, path), path, "Twice", "TwiceTriton", tmp_path / "m_triton.py")
    assert isinstance(plan, EditPlan)
    assert plan.after == TWICE + wired
    assert is_wired(plan.after, "Twice")


@pytest.mark.parametrize(
    ("old", "new", "is_another"),
    [
        ("+ 1", "+ 7", False),
        ("+ 2", "+ 7", True),
        ("# kernelagent: inputs=(torch.randn(4, 32),)\nclass", "@torch.compile\nclass", True),
    ],
)
def test_what_nobody_reaches_makes_no_other_source(old: str, new: str, is_another: bool) -> None:
    assert (fingerprint(TWICE.replace(old, new, 1), "Twice") != fingerprint(TWICE, "Twice")) == is_another


@pytest.mark.parametrize(
    "between",
    ["Base = Twice\n\n\n", "class Base(Twice):\n    pass\n\n\n", "if torch:\n    Base = Twice\n\n\n"],
)
def test_what_is_used_before_it_is_replaced_counts(between: str) -> None:
    first, second = TWICE[: TWICE.index("# kernelagent", 80)], TWICE[TWICE.index("# kernelagent", 80) :]
    text = first + between + second.replace("Twice(nn.Module)", "Twice(Base)")
    assert fingerprint(text.replace("+ 1", "+ 7"), "Twice") != fingerprint(text, "Twice")


def test_a_class_that_extends_its_forerunner_needs_it() -> None:
    above, _, below = TWICE.rpartition("Twice(nn.Module)")
    text = f"{above}Twice(Twice){below}"
    assert fingerprint(text.replace("+ 1", "+ 7"), "Twice") != fingerprint(text, "Twice")
    by_name = TWICE.replace("torch.tanh(x) + 2", "super(Twice, self).forward(x)")
    assert fingerprint(by_name.replace("+ 1", "+ 7"), "Twice") == fingerprint(by_name, "Twice")


def test_a_guess_follows_the_last_one() -> None:
    text = f"{CLASS}\n" + "class A(nn.Module):\n    def forward(self, x, y):\n        return B()(x)\n"
    text += "class B(nn.Module):\n    def forward(self, x):\n        return x\n"
    text += "class B(nn.Module):\n    def forward(self, x):\n        a, b, c = x.shape\n        return x\n"
    guessed = guess_for("import torch\nfrom torch import nn\n" + text, 7)
    assert guessed is not None
    assert guessed.inputs.startswith("(torch.randn(")
    assert guessed.inputs.split(")")[0].count(",") == 2, "three sizes"


def test_the_first_one_is_offered_nothing_and_says_so() -> None:
    modules = ModuleIndex().of(document(TWICE))
    assert modules.at(FIRST) is None
    named = modules.named("Twice")
    assert named is not None
    assert named.line == SECOND
    assert [(each.named_at, each.detail) for each in symbols(modules, View())] == [
        (FIRST, "defined again below"),
        (SECOND, ""),
    ]


CONFIG = ClientServerConfig(
    server_command=[sys.executable, "-m", "kernelagent_lsp", "--stdio"], client_factory=make_editor
)


@pytest_lsp.fixture(config=CONFIG)  # type: ignore[untyped-decorator]
async def editor(lsp_client: Editor) -> AsyncIterator[None]:
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities("visual-studio-code"), root_uri=None)
    )
    lsp_client.agreed = str(result.capabilities.position_encoding)
    yield
    await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_the_verdict_and_the_kernel_stand_at_the_last_one(editor: Editor, tmp_path: Path) -> None:
    editor.answer = None
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "two.py"
    path.write_text(TWICE)
    uri = path.as_uri()
    editor.open(uri, TWICE)
    assert [action for action in await editor.actions(uri, FIRST - 1) if "Fuse" in action.title] == []
    (fuse,) = [action for action in await editor.actions(uri, SECOND - 1) if action.title == "Fuse to Triton"]
    await editor.run(fuse)
    await editor.until(lambda: editor.questions, "the question")
    (apply,) = [a for a in await editor.actions(uri, SECOND - 1) if a.title == "Apply the Triton kernel"]
    await editor.run(apply)
    wired = "\n\nfrom two_triton import TwiceTriton as Twice  # noqa: E402, F401, F811\n"
    assert editor.buffers[uri].text == TWICE + wired
    verdict = await editor.until(lambda: editor.diagnostics.get(uri), "the verdict")
    assert [(found.code, found.range.start.line) for found in verdict] == [("Verified", SECOND - 1)]
