"""Whole sessions over the capabilities of VS Code, Neovim and Emacs, with the real pipeline."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from editor import Editor, make_editor
from kernelagent.static.wiring import is_wired, unwired
from kernelagent_lsp.uris import uri_to_path
from lsprotocol import types
from models import CLASS_LINE, SOFTMAX
from pytest_lsp import ClientServerConfig, client_capabilities

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]

BOTH_AGREE = """
import torch
from edited import Gate, GateTriton
gate, fused = Gate(64), GateTriton(64)
fused.load_state_dict(gate.state_dict())
x = torch.randn(5, 64)
torch.testing.assert_close(fused(x), gate(x))
"""
"""Uses the file as its owner would after an inline edit."""

TWO = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(8, 64),)
class One(nn.Module):
    def forward(self, x):
        return torch.relu(x) * 2


# kernelagent: inputs=(torch.randn(8, 64),)
class Two(nn.Module):
    def forward(self, x):
        return torch.relu(x) * 3
"""


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=[
        "visual-studio-code",
        # a real Neovim and a real Emacs are driven in tests/e2e, always
        *(pytest.param(name, marks=pytest.mark.whole) for name in ("neovim", "emacs")),
    ],
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "kernelagent_lsp", "--stdio"], client_factory=make_editor
    ),
)
async def editor(request: pytest.FixtureRequest, lsp_client: Editor) -> AsyncIterator[None]:
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities(request.param), root_uri=None)
    )
    lsp_client.agreed = str(result.capabilities.position_encoding)
    yield
    await lsp_client.shutdown_session()


def opened(editor: Editor, folder: Path, text: str = SOFTMAX) -> str:
    (folder / "pyproject.toml").touch()
    path = folder / "mon modèle.py"
    path.write_bytes(text.encode())
    uri = path.as_uri()
    editor.open(uri, text)
    return uri


async def fused(editor: Editor, uri: str) -> list[Any]:
    """Choose the action and wait for the end of its progress; what was reported."""
    (action, *_) = await editor.actions(uri, CLASS_LINE + 3)
    assert action.title == "Fuse to Triton"
    assert action.kind == "refactor.rewrite.kernelagent.fuse"
    assert set(await editor.run(action)) == {"jobId"}
    reports = await editor.until(lambda: next(iter(editor.progress_reports.values()), None), "progress")
    await editor.until(lambda: reports and isinstance(reports[-1], types.WorkDoneProgressEnd), "end of progress")
    return list(reports)


async def test_fuse_ask_apply(editor: Editor, tmp_path: Path) -> None:
    uri = opened(editor, tmp_path)
    reports = await fused(editor, uri)
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert reports[0].cancellable
    assert [type(r) for r in reports].count(types.WorkDoneProgressEnd) == 1
    grown = [r.percentage for r in reports[:-1]]
    assert grown == sorted(grown)
    (diagnostic,) = await editor.until(lambda: editor.diagnostics.get(uri), "diagnostics")
    assert diagnostic.severity == types.DiagnosticSeverity.Information, diagnostic.message
    assert diagnostic.range.start.line == CLASS_LINE
    assert diagnostic.source == "kernelagent"
    sibling = (tmp_path / "mon_modele_triton.py").as_uri()
    await editor.until(lambda: sibling in editor.buffers and editor.buffers[sibling].text, "the kernel file")
    assert [action.title for action in editor.questions[0].actions or []] == ["Review", "Apply", "Report", "Discard"]
    assert re.search(r"^class GateTriton\b", editor.buffers[sibling].text, re.MULTILINE)
    wired = "from mon_modele_triton import GateTriton as Gate  # noqa: E402, F401, F811\n"
    await editor.until(lambda: wired in editor.buffers[uri].text, "the kernel in the class's place")
    assert unwired(editor.buffers[uri].text) == SOFTMAX
    assert len(editor.edits) == 1
    changes = editor.edits[0].edit.document_changes or []
    assert all(hasattr(c.text_document, "version") for c in changes if isinstance(c, types.TextDocumentEdit))
    titles = [action.title for action in await editor.actions(uri, CLASS_LINE)]
    assert "Show the fusing report" in titles
    assert "Fuse to Triton" in titles
    assert "Use the original Gate" in titles


async def test_auto_inline_is_one_versioned_edit(editor: Editor, tmp_path: Path) -> None:
    editor.set_configuration("auto", section="kernelagent.apply")
    editor.set_configuration("inline", section="kernelagent.output")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    text = SOFTMAX.replace("\n", "\r\n")
    uri = opened(editor, tmp_path, text)
    await fused(editor, uri)
    await editor.until(lambda: "GateTriton" in editor.buffers[uri].text, "the edit")
    assert editor.questions == []
    (edit,) = editor.edits
    (change,) = edit.edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    assert not re.search(r"(?<!\r)\n", editor.buffers[uri].text)
    (tmp_path / "edited.py").write_bytes(editor.buffers[uri].text.encode())
    done = subprocess.run(
        [sys.executable, "-c", BOTH_AGREE],
        cwd=tmp_path,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def test_a_document_that_changed_is_not_overwritten(editor: Editor, tmp_path: Path) -> None:
    editor.set_configuration("inline", section="kernelagent.output")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    uri = opened(editor, tmp_path)
    changed = SOFTMAX.replace("softmax(x", "softmax(2 * x")
    assert changed != SOFTMAX
    editor.on_question = lambda: editor.retype(uri, changed)
    await fused(editor, uri)
    refusal = (await editor.until(lambda: editor.questions[1:], "the refusal"))[0]
    assert "has changed since" in refusal.message
    assert [action.title for action in refusal.actions or []] == ["Fuse again"]
    assert editor.edits == []
    assert editor.buffers[uri].text == changed
    assert "Apply the Triton kernel" not in [a.title for a in await editor.actions(uri, CLASS_LINE)]
    editor.on_question = lambda: None
    editor.answer = "Fuse again"
    (job,) = (await editor.execute("kernelagent.jobs", {}))["jobs"]
    answer = await editor.execute("kernelagent.apply", {"jobId": job["jobId"]})
    assert answer == {"applied": False, "reason": refusal.message.partition("not applied. ")[2]}
    await editor.until(lambda: len(editor.questions) == 4, "the question about the newer kernel")
    assert editor.questions[2].message == refusal.message
    (apply,) = [a for a in await editor.actions(uri, CLASS_LINE) if a.title == "Apply the Triton kernel"]
    assert await editor.run(apply) == {"applied": True, "reason": ""}
    assert editor.messages == []


@pytest.mark.parametrize("output", ["inline", "sibling"])
async def test_two_kernels_of_one_file_are_applied_one_after_the_other(
    editor: Editor, tmp_path: Path, output: str
) -> None:
    editor.set_configuration(output, section="kernelagent.output")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    editor.answer = None
    uri = opened(editor, tmp_path, TWO)
    jobs = [(await editor.execute("kernelagent.fuse", {"uri": uri, "class": name}))["jobId"] for name in ("One", "Two")]
    await editor.until(lambda: len(editor.questions) == 2, "both verdicts")
    for job in reversed(jobs):
        assert await editor.execute("kernelagent.apply", {"jobId": job}) == {"applied": True, "reason": ""}
        line = editor.buffers[uri].text[: editor.buffers[uri].text.index("class One(")].count("\n")
        offered = "Apply the Triton kernel" in [a.title for a in await editor.actions(uri, line)]
        assert offered == (job is jobs[1])
    rows = (await editor.execute("kernelagent.jobs", {}))["jobs"]
    assert [(row["class"], row["applied"]) for row in rows] == [("One", True), ("Two", True)]
    if output == "inline":
        text = editor.buffers[uri].text
        places = [text.index(f"class {name}(") for name in ("One", "OneTriton", "Two", "TwoTriton")]
        assert places == sorted(places)
        assert text.count("import triton\n") == 1
    else:
        assert unwired(editor.buffers[uri].text) == TWO
        assert [is_wired(editor.buffers[uri].text, name) for name in ("One", "Two")] == [True, True]
    assert [found.code for found in editor.diagnostics[uri]] == ["Verified"] * 2
    assert not [found.message for found in editor.diagnostics[uri] if "changed since" in found.message]


async def test_apply_by_action_after_the_question_was_dismissed(editor: Editor, tmp_path: Path) -> None:
    editor.answer = None
    uri = opened(editor, tmp_path)
    await fused(editor, uri)
    await editor.until(lambda: editor.questions, "the question")
    by_title = {action.title: action for action in await editor.actions(uri, CLASS_LINE)}
    answer = await editor.run(by_title["Apply the Triton kernel"])
    assert answer == {"applied": True, "reason": ""}
    assert len(editor.edits) == 1
    again = await editor.run(by_title["Apply the Triton kernel"])
    assert again["applied"] is False
    report = await editor.run(by_title["Show the fusing report"])
    assert "## Verdict" in Path(str(uri_to_path(report["uri"]))).read_text()


async def test_a_verified_kernel_outlives_later_jobs_that_bring_none(editor: Editor, tmp_path: Path) -> None:
    editor.answer = None
    uri = opened(editor, tmp_path)
    await fused(editor, uri)
    verdict = await editor.until(lambda: editor.diagnostics.get(uri), "diagnostics")
    asked = {"uri": uri, "class": "Gate"}
    job = (await editor.execute("kernelagent.fuse", asked))["jobId"]
    assert await editor.execute("kernelagent.cancel", {"jobId": job}) == {"cancelled": True}
    await editor.execute("kernelagent.verify", asked)  # there is no kernel file yet: it fails

    async def states() -> list[str]:
        return [row["state"] for row in (await editor.execute("kernelagent.jobs", {}))["jobs"]]

    while (await states())[1:] != ["cancelled", "failed"]:
        await asyncio.sleep(0.05)
    await editor.until(lambda: len(editor.diagnostics[uri]) == 2, "both findings")
    await editor.execute("kernelagent.benchmark", asked)  # nor is there anything to time
    await editor.until(lambda: len(editor.diagnostics[uri]) == 3, "the benchmark's finding")
    assert verdict[0] in editor.diagnostics[uri]
    by_title = {action.title: action for action in await editor.actions(uri, CLASS_LINE)}
    assert "Show the fusing report" in by_title
    assert await editor.run(by_title["Apply the Triton kernel"]) == {"applied": True, "reason": ""}


async def test_an_edit_that_was_undone_can_be_made_again(editor: Editor, tmp_path: Path) -> None:
    editor.set_configuration("inline", section="kernelagent.output")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    uri = opened(editor, tmp_path)
    await fused(editor, uri)
    await editor.until(lambda: "GateTriton" in editor.buffers[uri].text, "the edit")
    once = editor.buffers[uri].text
    assert "Apply the Triton kernel" not in [a.title for a in await editor.actions(uri, CLASS_LINE + 2)]
    editor.retype(uri, SOFTMAX)
    by_title = {action.title: action for action in await editor.actions(uri, CLASS_LINE)}
    assert await editor.run(by_title["Apply the Triton kernel"]) == {"applied": True, "reason": ""}
    assert editor.buffers[uri].text == once


async def test_a_kernel_file_that_is_typed_in_is_left_alone(editor: Editor, tmp_path: Path) -> None:
    uri = opened(editor, tmp_path)
    await fused(editor, uri)
    sibling = (tmp_path / "mon_modele_triton.py").as_uri()
    await editor.until(lambda: sibling in editor.buffers and editor.buffers[sibling].text, "the kernel file")
    editor.type(sibling, 0, "# mine\n")
    mine = editor.buffers[sibling].text
    editor.progress_reports.clear()
    await fused(editor, uri)
    other = (tmp_path / "mon_modele_Gate_triton.py").as_uri()
    await editor.until(lambda: other in editor.buffers and editor.buffers[other].text, "a file of its own")
    assert editor.buffers[sibling].text == mine


async def test_cancel_by_the_progress_itself(editor: Editor, tmp_path: Path) -> None:
    uri = opened(editor, tmp_path)
    (action, *_) = await editor.actions(uri, CLASS_LINE)
    await editor.run(action)
    reports = await editor.until(lambda: next(iter(editor.progress_reports.values()), None), "progress")
    (token,) = editor.progress_reports
    editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
    await editor.until(lambda: isinstance(reports[-1], types.WorkDoneProgressEnd), "end of progress", 5)
    assert "cancelled" in reports[-1].message
    assert editor.edits == editor.questions == []
    assert not editor.diagnostics.get(uri)


async def test_the_error_for_missing_example_inputs_offers_to_add_them(editor: Editor, tmp_path: Path) -> None:
    text = SOFTMAX.replace("# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)\n", "")
    editor.answer = "Add example inputs"
    uri = opened(editor, tmp_path, text)
    await fused(editor, uri)
    await editor.until(lambda: editor.buffers[uri].text == SOFTMAX, "the directive")
    assert editor.diagnostics[uri][0].code == "NoExampleInputs"


async def test_a_quick_fix_adds_example_inputs_and_what_is_typed_wrong_is_told(editor: Editor, tmp_path: Path) -> None:
    text = SOFTMAX.replace("# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)\n", "")
    editor.answer = None
    uri = opened(editor, tmp_path, text)
    assert not [one for one in await editor.actions(uri, CLASS_LINE) if "quickfix" in str(one.kind)]
    await fused(editor, uri)
    (fix,) = [
        one for one in await editor.actions(uri, CLASS_LINE) if one.kind == "quickfix.kernelagent.addExampleInputs"
    ]
    assert [diagnostic.code for diagnostic in fix.diagnostics or ()] == ["NoExampleInputs"]
    assert await editor.run(fix) == {"applied": True, "reason": ""}
    assert editor.buffers[uri].text == SOFTMAX
    right, wrong = "inputs=(torch.randn(8, 64),)", "input=(torch.randn(8, 64),)"
    editor.retype(uri, SOFTMAX.replace(right, wrong))
    line = SOFTMAX[: SOFTMAX.index(right)].count("\n")

    def told() -> str | None:
        found = [one for one in editor.diagnostics.get(uri, ()) if one.range.start.line == line]
        return found[0].code and text_at(editor, uri, found[0].range) if len(found) == 1 else None

    await editor.until(lambda: told() == "input", "a diagnostic at the name", 10)
    editor.retype(uri, SOFTMAX)
    await editor.until(lambda: not told(), "no diagnostic", 10)


def text_at(editor: Editor, uri: str, range_: types.Range) -> str:
    line = editor.buffers[uri].line(range_.start.line)
    return line[range_.start.character : range_.end.character]


async def test_example_inputs_are_added_by_the_action(editor: Editor, tmp_path: Path) -> None:
    text = SOFTMAX.replace("# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)\n", "")
    uri = opened(editor, tmp_path, text)
    by_title = {action.title: action for action in await editor.actions(uri, CLASS_LINE)}
    assert await editor.run(by_title["Add example inputs"]) == {"applied": True, "reason": ""}
    assert editor.buffers[uri].text == SOFTMAX
