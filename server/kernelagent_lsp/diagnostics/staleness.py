"""Which kernels were made from another text than the class has now: told at the class and above the kernel.

A kernel's file says what it was made from (``static/provenance.py``), so this is known after a restart too, and in a
fresh clone. Looked at when a document is opened or saved, when an edit of ours was made, and when typing has paused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.errors import StaleKernel
from kernelagent.static.parsing import parse
from kernelagent.static.provenance import Provenance, fingerprint, provenances
from kernelagent.static.wiring import wirings
from lsprotocol.types import DiagnosticSeverity

from kernelagent_lsp import messages
from kernelagent_lsp.diagnostics.finding import Finding, Related
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import canonical
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.kernel_place import source_of
from kernelagent_lsp.edits.sibling import beside, defines_class
from kernelagent_lsp.uris import path_to_uri, uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

PAUSE_S = 0.5
"""After the last keystroke, before kernels are looked at anew."""


@dataclass(frozen=True)
class Kernel:
    """A kernel, and the class that it says it was made from."""

    uri: str
    text: str
    made_from: Provenance
    source_uri: str
    source_text: str


class StalenessDesk:
    """Lives on the event loop's thread; reading and hashing happen on another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._generations: dict[str, int] = {}
        self._stale: dict[str, frozenset[str]] = {}

    def is_stale(self, uri: str, class_name: str) -> bool:
        """As far as is known."""
        return class_name in self._stale.get(canonical(uri), ())

    def document_changed(self, uri: str) -> None:
        key = canonical(uri)
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        self._timers[key] = self._server.loop.call_later(PAUSE_S, self.look, uri)

    def look(self, uri: str) -> None:
        """Find out, and tell. Returns at once; an older look at the same document gives way."""
        key = canonical(uri)
        self._timers.pop(key, None)
        document, path = self._server.documents.get(uri), uri_to_path(uri)
        if document is None or path is None or not path.endswith(".py"):
            return
        generation = self._generations[key] = self._generations.get(key, 0) + 1
        self._server.follow_ups.start(self._look(document, path, key, generation))

    def document_closed(self, uri: str) -> None:
        """Nothing more is told of it; of kernels that are still open, by themselves."""
        key = canonical(uri)
        self._generations[key] = self._generations.get(key, 0) + 1
        self._stale.pop(key, None)
        self._server.diagnostics.put(f"{key}#stale", ())
        for document in self._server.documents:
            if any(made_from.file == Path(uri_to_path(uri) or "").name for made_from in provenances(document.text)):
                self.document_changed(document.uri)

    async def _look(self, document: Document, path: str, key: str, generation: int) -> None:
        texts = {canonical(each.uri): each.text for each in self._server.documents}
        found = await asyncio.to_thread(kernels_of, document.uri, Path(path), document.text, texts)
        sources = {canonical(kernel.source_uri): kernel.source_uri for kernel in found}
        for other in sources.keys() - {key}:
            if other in texts:  # it tells of this kernel itself
                self.document_changed(sources[other])
        found = [kernel for kernel in found if canonical(kernel.source_uri) not in texts.keys() - {key}]
        told = await asyncio.to_thread(_findings, found)
        if self._generations.get(key) != generation:
            return
        before = self._stale.get(key, frozenset())
        here = [finding for finding in told if canonical(finding.uri) == key and finding.class_name is not None]
        self._stale[key] = frozenset(str(finding.class_name) for finding in here)
        self._server.diagnostics.put(f"{key}#stale", told)
        if self._stale[key] != before:
            messages.refresh_lenses(self._server)


def kernels_of(uri: str, path: Path, text: str, open_texts: dict[str, str]) -> list[Kernel]:
    """Kernels that were made from classes of the file, and kernels in it."""

    def read(file: Path) -> tuple[str, str | None]:
        its_uri = path_to_uri(str(file))
        return its_uri, open_texts.get(canonical(its_uri)) or read_source(file)

    found = []
    for file in [path, *beside(path)]:
        kernel_uri, kernel_text = (uri, text) if file == path else read(file)
        for made_from in provenances(kernel_text or ""):
            if made_from.file == path.name:
                found.append(Kernel(kernel_uri, kernel_text or "", made_from, uri, text))
    for file, made_from, kernel_text in _of_another_name(path, text, read):
        found.append(Kernel(path_to_uri(str(file)) if file != path else uri, kernel_text, made_from, uri, text))
    for made_from in provenances(text):
        if made_from.file == path.name or "/" in made_from.file or "\\" in made_from.file:
            continue
        source_uri, source_text = read(path.with_name(made_from.file))
        if source_text is not None:
            found.append(Kernel(uri, text, made_from, source_uri, source_text))
    return found


def _of_another_name(
    path: Path, text: str, read: Callable[[Path], tuple[str, str | None]]
) -> Iterator[tuple[Path, Provenance, str]]:
    """Kernels that say that they were made from a file that is not there any more, where ``path`` has them in use or
    below their class."""
    in_use = {found.class_name: path.with_name(f"{found.module}.py") for found in wirings(text) if found.module}
    for file in [path, *dict.fromkeys(in_use.values())]:
        kernel_text = text if file == path else read(file)[1] or ""
        for made_from in provenances(kernel_text):
            name = made_from.class_name
            is_its = file == in_use.get(name, path) and defines_class(text, name.partition(".")[0])
            if is_its and made_from.file != path.name and read(source_of(made_from, path))[1] is None:
                yield file, made_from, kernel_text


def _findings(kernels: list[Kernel]) -> list[Finding]:
    told = []
    for kernel in kernels:
        made_from = kernel.made_from
        now = fingerprint(kernel.source_text, made_from.class_name)
        if now == made_from.digits:
            continue
        if now is None and _cannot_be_read(kernel.source_text):
            continue  # in the middle of typing
        name, file = made_from.class_name, Path(uri_to_path(kernel.source_uri) or made_from.file).name
        why = f"{name} has changed since" if now is not None else f"{file} has no {name} any more"
        at_kernel = Finding(
            uri=kernel.uri,
            text=kernel.text,
            severity=DiagnosticSeverity.Warning,
            code=StaleKernel.__name__,
            message=f"{made_from.entry} was made from another text of {file}::{name}: {why}. {StaleKernel.hint}",
            line=made_from.line,
            related=(Related(kernel.source_uri, 1, f"The file of {name}."),),
        )
        told.append(at_kernel)
        if now is not None:
            told.append(
                Finding(
                    uri=kernel.source_uri,
                    text=kernel.source_text,
                    severity=DiagnosticSeverity.Warning,
                    code=StaleKernel.__name__,
                    message=f"The Triton version of {name} is stale: {why} it was made. {StaleKernel.hint}",
                    class_name=name,
                    related=(Related(kernel.uri, made_from.line, f"{made_from.entry} was made from the older text."),),
                )
            )
    return told


def _cannot_be_read(text: str) -> bool:
    try:
        parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return True
    return False
