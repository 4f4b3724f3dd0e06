"""The documents that are open in the client, by URI."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding


class DocumentStore:
    """Open documents. A URI that was never opened is simply not here: nothing is read from disk behind one's back."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        """As agreed at ``initialize``; documents opened later count in it."""
        self._open: dict[str, Document] = {}

    def open(self, uri: str, language_id: str, version: int, text: str) -> Document:
        document = Document(uri, language_id, version, text, self.encoding)
        self._open[canonical(uri)] = document
        return document

    def get(self, uri: str) -> Document | None:
        return self._open.get(canonical(uri))

    def close(self, uri: str) -> Document | None:
        return self._open.pop(canonical(uri), None)

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._open.values()))


def canonical(uri: str) -> str:
    """One spelling for URIs that name one file: clients differ in what they percent-encode."""
    from kernelagent_lsp.uris import path_to_uri, uri_to_path

    path = uri_to_path(uri)
    return uri if path is None else path_to_uri(path)
