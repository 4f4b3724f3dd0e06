"""Code lenses of a long file: what is read off a whole text, a file or a folder is read once, not for each class."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from kernelagent.static.once import once_per_text
from kernelagent_lsp.methods import code_lens
from kernelagent_lsp.server import Server
from lsprotocol import types

CLASS = """

# kernelagent: inputs=(torch.randn(8, 64),)
class Gate{0}(nn.Module):
    def forward(self, x):
        return x * {0}
"""
KERNEL = """class Gate{0}Triton(nn.Module):
    pass
"""
OF_WHOLES = ("parse", "read_source", "kernel_files", "wirings", "_classes_at_the_top", "split_lines")
"""Our functions that cost what a text, a file or a folder is long."""


def lenses(server: Server, uri: str) -> tuple[list[types.CodeLens], Counter[str], int]:
    """They, how often each of :data:`OF_WHOLES` ran for them, and how many calls of any function there were."""
    ran: Counter[str] = Counter()
    calls = 0

    def on_call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")
        is_ours = frame.f_globals.get("__name__", "").startswith("kernelagent")  # `re` has a `parse`, too, and a cache
        if event == "call" and is_ours and frame.f_code.co_name in OF_WHOLES:
            ran[frame.f_code.co_name] += 1

    asked = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    sys.setprofile(on_call)
    try:
        found = code_lens.handle(server, asked)
    finally:
        sys.setprofile(None)
    return found, ran, calls


def opened(folder: Path, classes: int) -> tuple[Server, str]:
    """A file of ``classes``: one has its kernel in use, of a file that holds others too, and one below itself."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.kernelagent.editor]\ncodeLens = true\n")
    head = "import torch\nfrom torch import nn\n"
    text = head + "".join(CLASS.format(number) for number in range(classes)) + "\n\n" + KERNEL.format(1)
    text += "\n\nfrom m_triton import Gate0Triton as Gate0  # noqa: E402, F401, F811\n"
    (folder / "m_triton.py").write_text(head + KERNEL.format(0) + KERNEL.format(2))
    (folder / "old_triton.py").write_text(f"# source: m.py::Gate3 0123456789ab\n{KERNEL.format(3)}")
    server = Server(asyncio.new_event_loop(), lambda _: None)
    uri = (folder / "m.py").as_uri()
    server.documents.open(uri, "python", 1, text)
    return server, uri


def test_what_is_read_off_a_whole_is_read_once(tmp_path: Path) -> None:
    few, ran_few, calls_few = lenses(*opened(tmp_path / "few", 10))
    many, ran_many, calls_many = lenses(*opened(tmp_path / "many", 40))
    assert len(many) - len(few) == 30
    titles = [lens.command.title for lens in many if lens.command is not None]
    assert [title for title in titles if title != "Fuse to Triton"] == [
        "Use the original Gate0",
        *(f"Use the Triton version of Gate{number}" for number in (1, 2, 3)),
    ]
    parsed = ran_many.pop("parse") - ran_few.pop("parse")
    assert ran_many == ran_few
    assert max(ran_many.values()) <= 3, "the module's file, and two of kernels"
    assert parsed <= 30 * CLASS.count("\n") / 20 + 1, "statements are parsed some lines at a time, each of them once"
    assert calls_many <= 4.1 * calls_few


def test_a_second_lens_reads_no_text_of_the_same_version_again(tmp_path: Path) -> None:
    server, uri = opened(tmp_path / "m", 20)
    document = server.documents.get(uri)
    assert document is not None
    first, _, _ = lenses(server, uri)
    again, ran, _ = lenses(server, uri)
    assert again == first
    assert "parse" not in ran
    assert document.lines is document.lines


def test_an_edit_is_seen(tmp_path: Path) -> None:
    server, uri = opened(tmp_path / "m", 4)
    before, _, _ = lenses(server, uri)
    document = server.documents.get(uri)
    assert document is not None
    place = types.Position(0, 0)
    document.change([types.TextDocumentContentChangePartial(types.Range(place, place), "\n")], 2)
    after, _, _ = lenses(server, uri)
    assert [lens.range.start.line - 1 for lens in after] == [lens.range.start.line for lens in before]
    document.change([types.TextDocumentContentChangeWholeDocument(document.text.partition("\n\nfrom m_triton")[0])], 3)
    titles = [lens.command.title for lens in lenses(server, uri)[0] if lens.command is not None]
    assert "Use the Triton version of Gate0" in titles


def test_a_text_is_known_as_long_as_it_is_among_the_last() -> None:
    read: list[str] = []

    @once_per_text
    def length(text: str) -> int:
        read.append(text)
        return len(text)

    texts = ["a" * number for number in range(2, 11)]
    assert [length(text) for text in texts for _ in range(2)] == [number for number in range(2, 11) for _ in range(2)]
    assert read == texts
    assert length(texts[-1]) == 10
    assert read == texts
    length(texts[0])
    assert read == [*texts, texts[0]], "the ninth took its place"


def test_what_can_not_be_read_is_not_kept() -> None:
    @once_per_text
    def refused(text: str) -> int:
        raise ValueError(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            refused("x")
