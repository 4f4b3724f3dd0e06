"""One open document: its text as the client's edits leave it, and its version."""

from __future__ import annotations

from lsprotocol import types

from kernelagent_lsp.documents.lines import Encoding, column_to_index, split_lines


class Document:
    """A text document that a client has opened.

    The text is held as lines, so that a keystroke in a long file costs the lines that it touches; the whole text is
    joined when it is asked for, once per version.
    """

    def __init__(self, uri: str, language_id: str, version: int, text: str, encoding: Encoding) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self._encoding = encoding
        self._lines = split_lines(text)
        self._text: str | None = text
        self._frozen: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = "".join(self._lines)
        return self._text

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, each with its line end."""
        if self._frozen is None:
            self._frozen = tuple(self._lines)
        return self._frozen

    @property
    def encoding(self) -> Encoding:
        return self._encoding

    def line(self, number: int) -> str:
        """Line ``number`` (0-based) with its line end; empty where there is none."""
        return self._lines[number] if 0 <= number < len(self._lines) else ""

    def change(self, changes: list[types.TextDocumentContentChangeEvent], version: int) -> None:
        """Apply ``changes`` one after the other, each to what the one before left."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._replace(change.range, change.text)
            else:
                self._lines = split_lines(change.text)
        self._text = self._frozen = None
        self.version = version

    def _replace(self, where: types.Range, text: str) -> None:
        lines = self._lines
        (first, start), (last, end) = self._locate(where.start), self._locate(where.end)
        if (last, end) < (first, start):  # some clients send the ends of a selection made backwards
            (first, start), (last, end) = (last, end), (first, start)
        before, after = lines[first][:start], lines[last][end:]
        if first and not start and lines[first - 1].endswith("\r"):
            # The new text may begin with the "\n" that makes one line end of two.
            first -= 1
            before = lines[first]
        if not after and last + 1 < len(lines):  # pragma: no cover - a line that is not the last has a line end
            raise AssertionError("a line in the middle of the document has no line end")
        middle = split_lines(before + text + after)
        if last + 1 < len(lines):
            middle.pop()  # ``after`` ends with a line end: the empty line after it is the next line's place
        lines[first : last + 1] = middle

    def _locate(self, position: types.Position) -> tuple[int, int]:
        """Line and index of ``position``, moved into the document where it lies outside."""
        if position.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        return position.line, column_to_index(self._lines[position.line], position.character, self._encoding)
