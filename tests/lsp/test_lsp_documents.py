"""Documents against a reference that is too simple to be wrong: the whole text as encoded bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding, column_to_index, index_to_column, split_lines
from lsprotocol import types

ALPHABET = "ab\r\n\x0b\x0c\x1c\x85\u2028é漢🙂\ud800"
TEXT = st.text(alphabet=ALPHABET, max_size=40)
CODECS = {Encoding.UTF8: ("utf-8", 1), Encoding.UTF16: ("utf-16-le", 2), Encoding.UTF32: ("utf-32-le", 4)}


def offset(text: str, line: int, column: int, encoding: Encoding) -> int:
    """Index of a position: walk the line ends, then characters while their units fit before the column."""
    codec, width = CODECS[encoding]
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text))]
    if line >= len(starts):
        return len(text)
    start = starts[line]
    end_match = re.compile("\r\n|\r|\n").search(text, start)
    end = end_match.start() if end_match else len(text)
    index = start
    while index < end:
        units = len(text[start : index + 1].encode(codec, "surrogatepass")) // width
        if units > column:
            break
        index += 1
    return index


@settings(max_examples=400, deadline=None)
@given(
    text=TEXT,
    edits=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 9), st.integers(0, 8), st.integers(0, 9), TEXT), max_size=4
    ),
    encoding=st.sampled_from(list(Encoding)),
)
@example(text="a\rb", edits=[(1, 0, 1, 1, "\n")], encoding=Encoding.UTF16)
@example(text="a\r", edits=[(1, 0, 1, 0, "\nb")], encoding=Encoding.UTF8)
@example(text="a\x0cb\nc", edits=[(1, 0, 1, 1, "d")], encoding=Encoding.UTF16)
@example(text="🙂a", edits=[(0, 1, 0, 2, "")], encoding=Encoding.UTF16)
def test_incremental_edits_equal_splicing(
    text: str, edits: list[tuple[int, int, int, int, str]], encoding: Encoding
) -> None:
    document = Document("file:///a.py", "python", 1, text, encoding)
    for line, column, last_line, last_column, new in edits:
        start, end = sorted((offset(text, line, column, encoding), offset(text, last_line, last_column, encoding)))
        text = text[:start] + new + text[end:]
        change = types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(line, column), types.Position(last_line, last_column)), text=new
        )
        document.change([change], document.version + 1)
        assert document.text == text
        assert list(document.lines) == split_lines(text)


@given(text=TEXT)
def test_lines_join_to_the_text_and_end_where_the_protocol_says(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert len(lines) == len(re.findall("\r\n|\r|\n", text)) + 1
    assert all(re.fullmatch(r"[^\r\n]*(\r\n|\r|\n)", line) for line in lines[:-1])
    assert not re.search(r"[\r\n]", lines[-1])


@given(line=st.text(alphabet="aé漢🙂", max_size=12), encoding=st.sampled_from(list(Encoding)))
def test_columns_and_indices_are_inverse(line: str, encoding: Encoding) -> None:
    for index in range(len(line) + 1):
        assert column_to_index(line, index_to_column(line, index, encoding), encoding) == index


@pytest.mark.parametrize(
    ("column", "index"), [(0, 0), (1, 0), (2, 1), (3, 2), (99, 2)], ids=["start", "inside", "after", "end", "past"]
)
def test_a_column_inside_of_a_character_is_its_start(column: int, index: int) -> None:
    assert column_to_index("🙂a\r\n", column, Encoding.UTF16) == index
