"""After a fuse, and long after: review, apply, the original and back, staleness, a restart, removal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from editor import Editor, make_editor
from kernelagent.static.provenance import fingerprint, provenances, with_provenance, without_provenance
from kernelagent.static.wiring import unwired, wiring_of
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.edits.wiring import plan_unwired, plan_wired
from kernelagent_lsp.uris import uri_to_path
from lsprotocol import types
from models import SOFTMAX
from pytest_lsp import ClientServerConfig, client_capabilities

CONFIG = ClientServerConfig(
    server_command=[sys.executable, "-m", "kernelagent_lsp", "--stdio"], client_factory=make_editor
)


@pytest_lsp.fixture(config=CONFIG)  # type: ignore[untyped-decorator]
async def editor(lsp_client: Editor) -> AsyncIterator[None]:
    await begun(lsp_client)
    yield
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(config=CONFIG)  # type: ignore[untyped-decorator]
async def later(lsp_client: Editor) -> AsyncIterator[None]:
    """Another server process, as after a restart of the editor."""
    await begun(lsp_client)
    yield
    await lsp_client.shutdown_session()


async def begun(client: Editor) -> None:
    result = await client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities("visual-studio-code"), root_uri=None)
    )
    client.agreed = str(result.capabilities.position_encoding)


def opened(editor: Editor, folder: Path, text: str = SOFTMAX) -> str:
    (folder / "pyproject.toml").touch()
    path = folder / "model.py"
    path.write_text(text)
    editor.open(path.as_uri(), text)
    return path.as_uri()


async def menu(editor: Editor, uri: str) -> dict[str, types.CodeAction]:
    line = editor.buffers[uri].text.split("\n").index("class Gate(nn.Module):")
    return {action.title: action for action in await editor.actions(uri, line)}


async def titles(editor: Editor, uri: str) -> list[str]:
    return list(await menu(editor, uri))


async def chosen(editor: Editor, uri: str, title: str) -> Any:
    found = await menu(editor, uri)
    return await editor.run(found[title])


def codes(editor: Editor, uri: str) -> list[Any]:
    return [found.code for found in editor.diagnostics.get(uri, [])]


@pytest.mark.asyncio
async def test_from_review_to_removal(editor: Editor, later: Editor, tmp_path: Path) -> None:  # noqa: PLR0915  one story
    editor.answer = None
    uri = opened(editor, tmp_path)
    await chosen(editor, uri, "Fuse to Triton")
    await editor.until(lambda: editor.questions, "the question")

    answer = await chosen(editor, uri, "Review the Triton kernel")
    review = Path(str(uri_to_path(answer["uri"]))).read_text()
    assert "+class GateTriton(nn.Module):" in review
    assert "+from model_triton import GateTriton as Gate  # noqa: E402, F401, F811" in review
    assert editor.edits == []
    assert editor.buffers[uri].text == SOFTMAX
    assert not (tmp_path / "model_triton.py").exists()

    await chosen(editor, uri, "Apply the Triton kernel")
    kernel = (tmp_path / "model_triton.py").as_uri()
    (made_from,) = provenances(editor.buffers[kernel].text)
    assert (made_from.file, made_from.class_name, made_from.entry) == ("model.py", "Gate", "GateTriton")
    await editor.until(lambda: codes(editor, uri) == ["Verified"], "the verdict for the text as it is now")
    found = editor.diagnostics[uri][0]
    assert found.severity == types.DiagnosticSeverity.Information

    listed = await titles(editor, uri)
    assert {"Use the original Gate", "Verify the Triton kernel again", "Benchmark the Triton kernel"} <= set(listed)
    assert "Remove the Triton version of Gate" in listed
    assert "Use the Triton version of Gate" not in listed
    await chosen(editor, uri, "Use the original Gate")
    assert editor.buffers[uri].text == SOFTMAX
    await chosen(editor, uri, "Use the Triton version of Gate")
    assert wiring_of(editor.buffers[uri].text, "Gate") is not None

    # its source changes: stale, with the way out; and back
    standing = editor.buffers[uri].text
    editor.retype(uri, standing.replace("x * self.scale", "x + self.scale"))
    await editor.until(lambda: "StaleKernel" in codes(editor, uri) and codes(editor, kernel), "staleness at both ends")
    assert codes(editor, kernel) == ["StaleKernel"]
    assert {"Fuse again", "Verify again"} <= set(await titles(editor, uri))
    editor.retype(uri, standing.replace("        return", "        # a comment is no change\n\n        return"))
    for _ in range(200):  # the diagnostic goes with the first keystroke, the menu when the text was looked at
        if "Fuse again" not in await titles(editor, uri):
            break
        await asyncio.sleep(0.05)
    assert "Fuse again" not in await titles(editor, uri)
    assert "StaleKernel" not in codes(editor, uri)
    editor.retype(uri, standing)

    # another process knows as much
    for each in (uri, kernel):
        path = Path(str(uri_to_path(each)))
        path.write_text(editor.buffers[each].text)
        later.open(each, path.read_text())
    await later.until(lambda: codes(later, uri) == ["Verified"], "the verdict after a restart")
    listed = await titles(later, uri)
    assert "Show the fusing report" in listed
    assert "Apply the Triton kernel" not in listed
    (row,) = (await later.execute("kernelagent.jobs", {}))["jobs"]
    assert (row["state"], row["class"]) == ("verified", "Gate")
    later.retype(uri, standing.replace("x * self.scale", "x + self.scale"))
    await later.until(lambda: "StaleKernel" in codes(later, uri), "staleness after a restart")

    await chosen(editor, uri, "Remove the Triton version of Gate")
    assert editor.buffers[uri].text == SOFTMAX
    assert not (tmp_path / "model_triton.py").exists()
    assert "Use the Triton version of Gate" not in await titles(editor, uri)


@pytest.mark.asyncio
async def test_the_verdict_on_a_kernel_that_was_edited_stands_alone(editor: Editor, tmp_path: Path) -> None:
    editor.answer = None
    uri = opened(editor, tmp_path)
    await chosen(editor, uri, "Fuse to Triton")
    await editor.until(lambda: editor.questions, "the question")
    await chosen(editor, uri, "Apply the Triton kernel")
    kernel = (tmp_path / "model_triton.py").as_uri()
    text = editor.buffers[kernel].text
    await editor.until(lambda: codes(editor, uri) == ["Verified"], "the verdict of the fuse")
    editor.retype(kernel, text.replace("tl.exp(", "2.0 + tl.exp("))
    await chosen(editor, uri, "Verify the Triton kernel again")
    await editor.until(lambda: codes(editor, uri) not in ([], ["Verified"]), "the verdict on what was edited")
    assert codes(editor, uri) == ["values"]
    editor.retype(kernel, text + "\n# by hand\n")
    await chosen(editor, uri, "Verify the Triton kernel again")
    await editor.until(lambda: "values" not in codes(editor, uri), "the next verdict")
    assert codes(editor, uri) == ["Verified"]


@pytest.mark.asyncio
async def test_a_file_gets_another_name(editor: Editor, tmp_path: Path) -> None:
    """Its last line has no end, which an edit puts there: no change of the class."""
    editor.answer = None
    uri = opened(editor, tmp_path, SOFTMAX.rstrip("\n"))
    await chosen(editor, uri, "Fuse to Triton")
    await editor.until(lambda: editor.questions, "the question")
    await chosen(editor, uri, "Apply the Triton kernel")
    kernel = (tmp_path / "model_triton.py").as_uri()
    await editor.until(lambda: codes(editor, uri) == ["Verified"], "the verdict for the text as it is now")
    wired = editor.buffers[uri].text
    (tmp_path / "model_triton.py").write_text(editor.buffers[kernel].text)
    (tmp_path / "model.py").rename(tmp_path / "net.py")
    (tmp_path / "net.py").write_text(wired)
    for closed in (uri, kernel):
        editor.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(closed)))
        del editor.buffers[closed]
    uri = (tmp_path / "net.py").as_uri()
    editor.open(uri, wired)

    listed = await titles(editor, uri)
    assert {"Verify the Triton kernel", "Remove the Triton version of Gate", "Use the original Gate"} <= set(listed)
    editor.questions.clear()
    await chosen(editor, uri, "Verify the Triton kernel")
    await editor.until(lambda: codes(editor, uri) == ["Verified"], "the verdict on the kernel that is in use")
    editor.retype(uri, wired.replace("x * self.scale", "x + self.scale"))
    await editor.until(lambda: "StaleKernel" in codes(editor, uri), "staleness")
    assert "net.py::Gate" in editor.diagnostics[kernel][0].message
    editor.retype(uri, wired)
    await chosen(editor, uri, "Use the original Gate")
    await chosen(editor, uri, "Use the Triton version of Gate")
    assert editor.buffers[uri].text == wired
    await chosen(editor, uri, "Remove the Triton version of Gate")
    assert editor.buffers[uri].text == SOFTMAX
    assert not (tmp_path / "model_triton.py").exists()


@pytest.mark.asyncio
async def test_what_is_discarded_is_offered_no_more(editor: Editor, tmp_path: Path) -> None:
    editor.answer = "Discard"
    uri = opened(editor, tmp_path)
    await chosen(editor, uri, "Fuse to Triton")
    await editor.until(lambda: editor.questions, "the question")
    await editor.until(lambda: codes(editor, uri) == [], "no verdict")
    assert "Apply the Triton kernel" not in await titles(editor, uri)
    assert editor.edits == []
    assert editor.buffers[uri].text == SOFTMAX


@pytest.mark.asyncio
async def test_a_kernel_below_its_class_is_exchanged_and_removed(editor: Editor, tmp_path: Path) -> None:
    for name, value in (("apply", "auto"), ("output", "inline")):
        editor.set_configuration(value, section=f"kernelagent.{name}")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    uri = opened(editor, tmp_path)
    await chosen(editor, uri, "Fuse to Triton")
    await editor.until(lambda: "GateTriton" in editor.buffers[uri].text, "the edit")
    await chosen(editor, uri, "Use the Triton version of Gate")
    text = editor.buffers[uri].text
    assert "\n\n\nGate = GateTriton\n" in text
    editor.retype(uri, text.replace("x * self.scale", "x + self.scale", 1))
    await editor.until(lambda: "StaleKernel" in codes(editor, uri), "staleness")
    await chosen(editor, uri, "Fuse again")
    await editor.until(lambda: provenances(editor.buffers[uri].text) != provenances(text), "the newer one in its place")
    assert editor.buffers[uri].text.count("class GateTriton(") == 1
    assert editor.buffers[uri].text.count("\n\n\nGate = GateTriton\n") == 1
    await editor.until(lambda: codes(editor, uri) == ["Verified"], "its verdict, and no staleness")
    editor.answer = None
    await chosen(editor, uri, "Verify the Triton kernel again")
    asked = await editor.until(lambda: editor.questions, "the verdict")
    assert "Verified" in asked[0].message
    await chosen(editor, uri, "Remove the Triton version of Gate")
    assert "GateTriton" not in editor.buffers[uri].text
    assert "@triton.jit" not in editor.buffers[uri].text
    assert editor.buffers[uri].text == SOFTMAX.replace("x * self.scale", "x + self.scale", 1)


CLASS = '''import torch
from torch import nn

EPS = 1e-5


def norm(x):
    """Scales."""
    return x / (x.norm() + EPS)  # eps


class Gate(nn.Module):
    """A gate."""

    def forward(self, x):
        return norm(x)


class Other(nn.Module):
    pass
'''


@pytest.mark.parametrize(
    ("old", "new", "is_another"),
    [
        ("1e-5", "1e-6", True),
        ("x.norm()", "x.norm() * 2", True),
        ("return norm(x)", "return norm(x) + 1", True),
        ("class Gate(nn.Module):", "@decorated\nclass Gate(nn.Module):", True),
        ("  # eps", "", False),
        ('    """Scales."""\n', "", False),
        ('    """A gate."""\n', '    """A gate, and more."""\n', False),
        ("import torch\n", "import torch\nimport triton\n", False),
        ("    pass\n", "    width = 3\n", False),
        ("\n", "\r\n", False),
        ("class Other", "from m_triton import GateTriton as Gate\n\n\nclass Other", False),
    ],
)
def test_what_makes_another_source_of_a_class(old: str, new: str, is_another: bool) -> None:
    assert (fingerprint(CLASS.replace(old, new), "Gate") != fingerprint(CLASS, "Gate")) == is_another


def test_a_text_without_the_class_has_no_digest() -> None:
    assert fingerprint(CLASS, "Missing") is None
    assert fingerprint(CLASS + "(", "Gate") is None
    assert fingerprint("x = '''", "Gate") is None


def test_a_kernel_says_what_it_was_made_from() -> None:
    kernel = "import torch\n\n\n@decorated\nclass GateTriton(torch.nn.Module):\n    pass\n"
    said = with_provenance(kernel, "GateTriton", "mon modèle.py", "Gate", CLASS)
    (found,) = provenances(said.replace("\n", "\r\n"))
    assert (found.file, found.class_name, found.entry, found.line) == ("mon modèle.py", "Gate", "GateTriton", 4)
    assert found.digits == fingerprint(CLASS, "Gate")
    assert without_provenance(said) == kernel
    newer = with_provenance(said, "GateTriton", "mon modèle.py", "Gate", CLASS.replace("1e-5", "1e-6"))
    assert len(provenances(newer)) == 1
    assert provenances(newer)[0].digits != found.digits


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n\nlast = 1\n"])
def test_wired_and_back_leaves_the_text_as_it_was(tmp_path: Path, newline: str, end: str) -> None:
    text = ("\ufeff" + CLASS.partition("\n\n\nclass Other")[0] + end).replace("\n", newline)
    document = Document((tmp_path / "m.py").as_uri(), "python", 3, text, Encoding.UTF16)
    plan = plan_wired(document, str(tmp_path / "m.py"), "Gate", "GateTriton", tmp_path / "m_triton.py")
    assert isinstance(plan, EditPlan)
    assert wiring_of(plan.after, "Gate") is not None
    assert newline == "\n" or "\n" not in plan.after.replace(newline, "")
    assert unwired(plan.after).rstrip(newline) == text.rstrip(newline)
    document.change([types.TextDocumentContentChangeWholeDocument(text=plan.after)], 4)
    twice = plan_wired(document, str(tmp_path / "m.py"), "Gate", "GateTriton", tmp_path / "m_Gate_triton.py")
    assert isinstance(twice, EditPlan)
    assert "m_triton" not in twice.after
    line = plan.after.count(newline, 0, plan.after.index("from m_"))
    assert [edit.range.start.line for edit in twice.edits] == [line]
    document.change([types.TextDocumentContentChangeWholeDocument(text=twice.after)], 5)
    back = plan_unwired(document, str(tmp_path / "m.py"), "Gate")
    assert isinstance(back, EditPlan)
    assert back.after.rstrip(newline) == text.rstrip(newline)


def test_in_a_package_the_import_has_a_dot(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    document = Document((tmp_path / "m.py").as_uri(), "python", 3, CLASS, Encoding.UTF16)
    plan = plan_wired(document, str(tmp_path / "m.py"), "Gate", "GateTriton", tmp_path / "m_triton.py")
    assert isinstance(plan, EditPlan)
    assert "from .m_triton import GateTriton as Gate" in plan.after


def test_a_class_inside_a_class_is_left_to_its_owner(tmp_path: Path) -> None:
    document = Document((tmp_path / "m.py").as_uri(), "python", 3, CLASS, Encoding.UTF16)
    plan = plan_wired(document, str(tmp_path / "m.py"), "Outer.Gate", "GateTriton", tmp_path / "m_triton.py")
    assert isinstance(plan, Impossible)
