"""The linter on the wire: what is said while a kernel is typed, and what can be chosen there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from lsprotocol import types
from wire_client import FULL, Message, Wire

URI = "file:///nowhere/kernel.py"
KERNEL = """import triton
import triton.language as tl


@triton.jit
def total(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n)
    tl.store(out_ptr, tl.sum(x))
"""
MENDED = KERNEL.replace("offsets < n)", "offsets < n, other=0.0)")
SUM_LINE = 8


def diagnostics(wire: Wire) -> list[Message]:
    found = wire.message("textDocument/publishDiagnostics")["params"]
    assert found["uri"] == URI
    return list(found["diagnostics"])


def codes(wire: Wire) -> list[str]:
    return [found["code"] for found in diagnostics(wire)]


def change(wire: Wire, version: int, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
    where = {side: {"line": line, "character": column} for side, (line, column) in (("start", start), ("end", end))}
    wire.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": URI, "version": version}, "contentChanges": [{"range": where, "text": text}]},
    )


def quick_fixes(wire: Wire, line: int, **context: Any) -> dict[str, Message]:
    return {action["title"]: action for action in wire.actions(URI, line, **context) if "edit" in action}


def applied(action: Message, text: str, version: int, encoding: Encoding = Encoding.UTF16) -> str:
    """``text`` after the edit, made as an editor makes it."""
    (made,) = action["edit"]["documentChanges"]
    assert made["textDocument"] == {"uri": URI, "version": version}
    document = Document(URI, "python", version, text, encoding)
    edits = sorted(made["edits"], key=lambda edit: list(edit["range"]["start"].values()), reverse=True)
    for edit in edits:
        start, end = (types.Position(**edit["range"][side]) for side in ("start", "end"))
        document.change([types.TextDocumentContentChangePartial(types.Range(start, end), edit["newText"])], version)
    return document.text


def test_a_finding_has_a_place_a_page_and_what_it_has_to_do_with(ready: Wire) -> None:
    ready.open(URI, KERNEL)
    params = ready.message("textDocument/publishDiagnostics")["params"]
    assert params["version"] == 1
    (found,) = params["diagnostics"]
    line = KERNEL.splitlines()[SUM_LINE]
    assert found["range"] == {
        "start": {"line": SUM_LINE, "character": line.index("tl.sum")},
        "end": {"line": SUM_LINE, "character": line.index("tl.sum") + len("tl.sum(x)")},
    }
    assert (found["code"], found["severity"], found["source"]) == ("KA103", 2, "kernelagent")
    assert found["codeDescription"]["href"].endswith("/docs/lint/KA103.md")
    assert Path(found["codeDescription"]["href"].removeprefix("file://")).is_file()
    (related,) = found["relatedInformation"]
    assert related["location"]["range"]["start"]["line"] == SUM_LINE - 1


def test_findings_go_when_they_are_mended_and_come_again(ready: Wire) -> None:
    ready.open(URI, KERNEL)
    assert codes(ready) == ["KA103"]
    ready.replace(URI, MENDED, 2)
    assert codes(ready) == []
    ready.replace(URI, KERNEL, 3)
    assert codes(ready) == ["KA103"]
    ready.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert codes(ready) == []


def test_files_without_triton_are_not_spoken_of(ready: Wire) -> None:
    ready.open(URI, "import torch\nx = torch.zeros(3)\n")
    ready.open("file:///nowhere/notes.txt", KERNEL)  # its language is said to be Python
    ready.message("textDocument/publishDiagnostics")
    ready.replace(URI, "import torch\nx = torch.ones(3)\n", 2)
    ready.request("textDocument/codeLens", {"textDocument": {"uri": URI}})


def test_in_the_middle_of_typing_what_was_said_stays(ready: Wire) -> None:
    """No message comes for a text that is not Python; actions move with the lines."""
    ready.open(URI, KERNEL)
    assert codes(ready) == ["KA103"]
    change(ready, 2, (2, 0), (2, 0), "def helper(:\n")
    action = quick_fixes(ready, SUM_LINE + 1)["Add other=0.0 (KA103)"]
    lines = KERNEL.splitlines(keepends=True)
    typed = "".join([*lines[:2], "def helper(:\n", *lines[2:]])
    assert applied(action, typed, 2) == typed.replace("offsets < n)", "offsets < n, other=0.0)")
    assert quick_fixes(ready, SUM_LINE - 1) == {}
    change(ready, 3, (2, 0), (3, 0), "")
    assert codes(ready) == ["KA103"]


def test_an_edit_in_the_line_itself_takes_its_finding_away(ready: Wire) -> None:
    ready.open(URI, KERNEL)
    assert codes(ready) == ["KA103"]
    change(ready, 2, (SUM_LINE, 4), (SUM_LINE, 4), "(")
    assert quick_fixes(ready, SUM_LINE) == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_quick_fix_lands_right(wire: Wire, newline: str, encoding: Encoding) -> None:
    wire.initialize({**FULL, "general": {"positionEncodings": [encoding.value]}})
    text = KERNEL.replace("    x = tl.load(", '    "größe 🙂"; x = tl.load(').replace("x_ptr", "größe_ptr")
    text = text.replace("\n", newline)
    wire.open(URI, text, version=7)
    assert codes(wire) == ["KA103"]
    action = quick_fixes(wire, SUM_LINE)["Add other=0.0 (KA103)"]
    assert action["isPreferred"] is True
    assert action["kind"] == "quickfix"
    assert [found["code"] for found in action["diagnostics"]] == ["KA103"]
    mended = applied(action, text, 7, encoding)
    assert mended == text.replace("offsets < n)", "offsets < n, other=0.0)")
    wire.replace(URI, mended, 8)
    assert codes(wire) == []


def test_a_finding_can_be_silenced(ready: Wire) -> None:
    ready.open(URI, KERNEL)
    assert codes(ready) == ["KA103"]
    action = quick_fixes(ready, SUM_LINE)["Ignore KA103 on this line"]
    assert "isPreferred" not in action
    silent = applied(action, KERNEL, 1)
    assert silent.splitlines()[SUM_LINE].endswith("tl.sum(x))  # kernelagent: ignore[KA103]")
    ready.replace(URI, silent, 2)
    assert codes(ready) == []


def test_fix_all_mends_what_is_safe_and_is_offered_only_when_asked_for(ready: Wire) -> None:
    text = KERNEL + "    if n > 0 and offsets < n:\n        tl.store(out_ptr, tl.where(0 <= n < 5, 1, 2))\n"
    ready.open(URI, text)
    diagnostics(ready)
    assert not [a for a in ready.actions(URI, SUM_LINE) if a["kind"] == "source.fixAll.kernelagent"]
    (action,) = ready.actions(URI, 0, only=["source.fixAll"])
    assert action["title"] == "Mend 3 findings of the linter"
    mended = applied(action, text, 1)
    assert "other=0.0" in mended
    assert "(n > 0) & (offsets < n)" in mended
    assert "((0 <= n) & (n < 5))" in mended
    assert ready.actions(URI, SUM_LINE, only=["refactor"]) == []
    assert [a["kind"] for a in ready.actions(URI, SUM_LINE, only=["quickfix"])] == ["quickfix", "quickfix"]


def test_settings_switch_it_off_and_leave_rules_out(wire: Wire) -> None:
    wire.initialize(initializationOptions={"lint": {"ignore": ["KA1"]}})
    wire.open(URI, KERNEL.replace("n, BLOCK", "n, unused, BLOCK"))
    assert codes(wire) == ["KA403"]

    def say(settings: Any) -> None:
        wire.notify("workspace/didChangeConfiguration", {"settings": {"kernelagent": settings}})

    say({"lint": {"ignore": []}})
    assert codes(wire) == ["KA403", "KA103"]
    say({"lint": False})
    assert codes(wire) == []
    assert quick_fixes(wire, SUM_LINE) == {}
    say({"lint.enabled": True, "lint.ignore": "KA403"})
    assert codes(wire) == ["KA103"]
    say({"lint.ignore": ["KA9"]})
    shown = wire.message("window/showMessage")["params"]["message"]
    assert "kernelagent.lint.ignore" in shown
    assert "KA9" in shown
    assert codes(wire) == ["KA403", "KA103"]  # the default stands in


@pytest.mark.parametrize("tags", [{}, {"tagSupport": {"valueSet": [1, 2]}}])
def test_tags_are_for_clients_that_show_them(wire: Wire, tags: Message) -> None:
    wire.initialize({**FULL, "textDocument": {**FULL["textDocument"], "publishDiagnostics": tags}})
    wire.open(URI, MENDED.replace("n, BLOCK", "n, unused, BLOCK"))
    (found,) = diagnostics(wire)
    assert found["code"] == "KA403"
    assert found.get("tags") == ([1] if tags else None)
    assert "relatedInformation" not in found
    assert "codeDescription" not in found


def test_a_client_that_knows_no_versions_gets_plain_changes(wire: Wire) -> None:
    workspace = {"applyEdit": True, "workspaceEdit": {}}
    wire.initialize({**FULL, "workspace": workspace})
    wire.open(URI, KERNEL)
    assert codes(wire) == ["KA103"]
    action = quick_fixes(wire, SUM_LINE)["Add other=0.0 (KA103)"]
    assert list(action["edit"]["changes"]) == [URI]


def test_kinds_are_named_at_the_beginning(wire: Wire) -> None:
    kinds = wire.initialize()["result"]["capabilities"]["codeActionProvider"]["codeActionKinds"]
    assert {"quickfix", "source.fixAll.kernelagent"} <= set(kinds)


def test_a_burst_of_typing_is_linted_once_it_pauses(ready: Wire) -> None:
    ready.open(URI, MENDED)
    for version in range(2, 40):
        change(ready, version, (7, 4), (7, 4), "" if version % 2 else " ")
        change(ready, version, (7, 4), (7, 5 - version % 2), "")
    ready.replace(URI, KERNEL, 99)
    params = ready.message("textDocument/publishDiagnostics")["params"]
    assert params["version"] == 99
    assert re.match("KA103", params["diagnostics"][0]["code"])
