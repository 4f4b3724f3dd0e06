"""What surveys have told of the open documents, at its places in their texts as they are now."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from kernelagent.contract.subgraph import OperatorNode
from kernelagent.contract.survey import ClassSurvey
from kernelagent.lint.finding import Span

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.linting.moved import Moved

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Placed:
    """A class's survey that still holds, and where its lines are now."""

    survey: ClassSurvey
    moved: Moved

    @property
    def line(self) -> int:
        """Of the ``class`` keyword (1-based)."""
        return self.moved.line(self.survey.line) or self.survey.line

    def lines_of(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Those of ``numbers`` that stand as they did, where they are now."""
        return tuple(there for number in numbers if (there := self.moved.line(number)) is not None)


@dataclass(frozen=True)
class Row:
    """What one class runs on one line."""

    placed: Placed
    nodes: tuple[OperatorNode, ...]


@dataclass(frozen=True)
class View:
    """All that is known of one version of a document."""

    placed: tuple[Placed, ...] = ()
    by_line: Mapping[int, tuple[Row, ...]] = field(default_factory=dict)
    """By line (1-based), the surveys of the classes that run something there."""

    def of(self, class_name: str) -> Placed | None:
        return self._by_class.get(class_name)

    @functools.cached_property
    def _by_class(self) -> dict[str, Placed]:
        return {one.survey.class_name: one for one in reversed(self.placed)}


@dataclass
class _Told:
    """Of one document: by class, its survey and the lines of the text that it is about."""

    surveys: dict[str, tuple[ClassSurvey, tuple[str, ...]]] = field(default_factory=dict)
    view: tuple[int, View] | None = None
    """The last one that was asked for, and the document's version then."""


class SurveyBoard:
    """Lives on the event loop's thread. Answers at once, from what is known."""

    def __init__(self) -> None:
        self._told: WeakKeyDictionary[Document, _Told] = WeakKeyDictionary()

    def put(self, document: Document, survey: ClassSurvey, lines: tuple[str, ...]) -> None:
        told = self._told.setdefault(document, _Told())
        told.surveys[survey.class_name] = (survey, lines)
        told.view = None

    def keep_only(self, document: Document, classes: frozenset[str]) -> None:
        """A survey came to its end, and ``classes`` are all that it had to say something of."""
        told = self._told.get(document)
        if told is not None:
            told.surveys = {name: one for name, one in told.surveys.items() if name in classes}
            told.view = None

    def forget(self, document: Document) -> bool:
        """Whether there was anything."""
        told = self._told.pop(document, None)
        return told is not None and bool(told.surveys)

    def view(self, document: Document) -> View:
        told = self._told.get(document)
        if told is None or not told.surveys:
            return View()
        if told.view is None or told.view[0] != document.version:
            told.view = (document.version, _view(told, document.lines))
        return told.view[1]


def _view(told: _Told, now: tuple[str, ...]) -> View:
    moves: dict[int, Moved] = {}
    placed = []
    for survey, lines in told.surveys.values():
        moved = moves.get(id(lines))
        if moved is None:
            moved = moves[id(lines)] = Moved(lines, now)
        if _holds(survey, moved, now):
            placed.append(Placed(survey, moved))
    placed.sort(key=lambda one: one.line)
    by_line: dict[int, tuple[Row, ...]] = {}
    for one in placed:
        nodes: dict[int, list[OperatorNode]] = {}
        for node in one.survey.nodes:
            line = None if node.line is None else one.moved.line(node.line)
            if line is not None:
                nodes.setdefault(line, []).append(node)
        for line, found in nodes.items():
            by_line[line] = (*by_line.get(line, ()), Row(one, tuple(found)))
    return View(tuple(placed), by_line)


def _holds(survey: ClassSurvey, moved: Moved, now: tuple[str, ...]) -> bool:
    """Nothing that it hangs on was changed, and nothing new gives its names another meaning."""
    if any(moved.span(Span(part.first, 0, part.last, 0)) is None for part in survey.hangs_on):
        return False
    first, end = moved.changed
    names = frozenset(survey.names)
    return not any(
        line[:1].strip() and not line.startswith("#") and ("*" in line or names.intersection(_WORD.findall(line)))
        for line in now[first:end]
    )
