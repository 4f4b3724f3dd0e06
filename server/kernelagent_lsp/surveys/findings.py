"""What surveys have to say as diagnostics: chains worth fusing, and what can't be fused, with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.contract.result import ErrorInfo
from kernelagent.contract.survey import eager_bytes, operators_of
from kernelagent.errors import CATALOGUE, sentences
from lsprotocol.types import DiagnosticSeverity as Severity

from kernelagent_lsp.diagnostics.finding import FUSABLE
from kernelagent_lsp.diagnostics.of_directive import place_of_error
from kernelagent_lsp.diagnostics.wording import for_editor
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.surveys.board import Placed
from kernelagent_lsp.surveys.roofline import Roofline
from kernelagent_lsp.surveys.wording import amount, less, lines_of, operator_names
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

WORTH_FUSING = 1.2
"""Bytes that eager moves for one that the kernel does."""
_OF_THE_MACHINE = frozenset(
    {
        *("InterpreterNotFound", "TorchMissing", "TritonMissing", "UnsupportedVersion", "FolderNotWritable"),
        *("DiskFull", "InternalError", "TargetNotFound", "SyntaxErrorInTarget"),
    }
)
"""Errors that tell nothing of the class: the first job says them."""
_SHUT_IN = "It was shut in for this: no network, no files written, little memory. Fusing runs it with your rights."
"""Of an error that may be the sandbox's doing."""


@dataclass(frozen=True)
class Said:
    """A diagnostic at a line (1-based) of the document as it is now."""

    line: int
    severity: Severity
    code: str
    message: str
    part: str = ""
    """Of the directive at ``line``."""


def findings(server: Server, document: Document) -> tuple[Said, ...]:
    """All that is known now; a class that a job has said something of speaks for itself."""
    roofline = Roofline(server.settings_of(document.uri).arch[0])
    said: dict[Said, None] = {}
    for placed in server.surveyed.view(document).placed:
        if server.diagnostics.speaks_of(document, placed.survey.class_name):
            continue
        said.update(dict.fromkeys(_of_class(placed, document, roofline)))
    return tuple(said)


def _of_class(placed: Placed, document: Document, roofline: Roofline) -> Iterator[Said]:
    survey = placed.survey
    refused = [graph for graph in survey.subgraphs if graph.refused]
    if survey.error is not None and not refused and survey.error.code not in _OF_THE_MACHINE:
        yield _of_error(placed, survey.error, document)
    for graph in survey.subgraphs:
        lines = placed.lines_of(graph.lines)
        if graph.refused:
            code = survey.error.code if survey.error is not None else "UnsupportedOperator"
            told = for_editor(sentences(graph.refused, ""))
            message = f"{survey.class_name}: the built-in synthesizer does not fuse {operator_names(graph)}. {told}"
            there = None if survey.error is None else survey.error.line
            at_fault = placed.moved.line(there) if there is not None and there in graph.lines else None
            yield Said(at_fault or (lines[0] if lines else placed.line), Severity.Information, code, message)
            continue
        moved, operators = eager_bytes(graph), len(operators_of(graph))
        if operators > graph.launches > 0 and moved >= WORTH_FUSING * graph.cost.bytes and graph.cost.bytes:
            where = f" ({lines_of(lines)})" if lines else ""
            estimated = roofline.told(graph)
            at_best = f"; at best {estimated}-bound on {roofline.device}" if estimated else ""
            kernels = "one kernel" if graph.launches == 1 else f"{graph.launches} kernels"
            message = (
                f"{survey.class_name}: {operator_names(graph)}{where} can be {kernels}: {amount(moved, 'B')} → "
                f"{amount(graph.cost.bytes, 'B')} of memory traffic, {less(moved, graph.cost.bytes)}{at_best}."
            )
            yield Said(lines[0] if lines else placed.line, Severity.Hint, FUSABLE, message)


def _of_error(placed: Placed, error: ErrorInfo, document: Document) -> Said:
    told = sentences(for_editor(error.message), for_editor(error.hint))
    of_module = error.code in CATALOGUE and CATALOGUE[error.code].of_module
    message = f"{placed.survey.class_name} can't be fused: {told}"
    if error.code in ("WorkerDied", "TimedOut") or "[Errno" in told or "MemoryError" in told:
        message = f"{placed.survey.class_name} was not looked at: {told} {_SHUT_IN}"
    path = uri_to_path(document.uri)
    ours = error.file is None or (path is not None and os.path.realpath(error.file) == os.path.realpath(path))
    line = placed.moved.line(error.line) if error.line is not None and ours else None
    at_directive = place_of_error(document.lines, placed.line, error.code, error.message)
    if at_directive is not None:
        where = f" (Line {line}.)" if line is not None and line not in (at_directive[0], placed.line) else ""
        return Said(at_directive[0], Severity.Hint, error.code, message + where, at_directive[1])
    severity = Severity.Information if of_module else Severity.Hint
    return Said(line or placed.line, severity, error.code, message)
