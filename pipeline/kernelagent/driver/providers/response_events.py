"""One answer of the Responses API, as OpenAI and relays tell it: in pieces, by parts, by items, whole at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Spent, TextPiece, Thought
from kernelagent.driver.providers.failures import StreamBroke
from kernelagent.driver.providers.json_body import as_text, objects
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import UnusableReply

_TEXT = ("output_text", "text")
_ENDS = {f"response.{status}": status for status in ("completed", "incomplete", "failed", "cancelled")}
_UNFINISHED = ("incomplete", "cancelled", "in_progress", "queued")

Place = tuple[int, int]
"""An item of the output, and a part of its content, as the server counts them."""


class Reading:
    """Relays differ in which events they send and in how they number what these are about: a text is recognized by
    itself, and what an event tells whole is news as far as it has not come in pieces."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        """All text, as it came."""
        self._open: dict[Place, list[str]] = {}
        """Pieces of the parts that have not been told whole."""
        self._parts: list[str] = []
        """Those that have."""
        self._has_gap = False
        """What was told whole has more than its pieces, and not behind them."""
        self._declined = False

    def of_event(self, event: dict[str, Any]) -> Iterator[Chunk]:
        """Raises ``StreamBroke`` for an error that is told with status 200, and what ``of_whole`` raises."""
        kind, place = event.get("type"), (_index(event, "output_index"), _index(event, "content_index"))
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            self._declined |= "refusal" in kind
            yield from self._said(place, as_text(event.get("delta")))
        elif kind in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
            yield Thought(0, as_text(event.get("delta")))
        elif kind == "response.output_text.done":
            yield from self._told(place, as_text(event.get("text")))
        elif kind == "response.refusal.done":
            yield from self._told_part(place, {**event, "type": "refusal"})
            yield Finished(0, "refusal")
        elif kind == "response.content_part.done":
            yield from self._told_part(place, event.get("part"))
        elif kind == "response.output_item.done":
            yield from self._told_parts(_parts_of(place[0], event.get("item")))
        elif kind in _ENDS or kind == "response.done":
            whole = event.get("response")
            known = whole if isinstance(whole, dict) else {}
            says = known.get("status")
            status = says if says in ("incomplete", "cancelled", "failed") else _ENDS.get(kind, "completed")
            yield from self.of_whole({"output": [], **known, "status": status})
        elif kind == "error":
            raise StreamBroke.told(event)

    def of_whole(self, response: Any) -> Iterator[Chunk]:
        """Of the response when it is over, with the text that has not come before.

        Raises ``StreamBroke``, and ``UnusableReply`` for one that is not complete and has no text.
        """
        usage = response.get("usage") if isinstance(response, dict) else None
        if isinstance(usage, dict):
            yield Spent(Usage.openais(usage))
        if not isinstance(response, dict) or response.get("error") or response.get("status") == "failed":
            raise StreamBroke.told(response)
        items = objects(response.get("output"))
        yield from self._told_parts([part for at, item in enumerate(items) for part in _parts_of(at, item)])
        if not items:
            yield from self._told((0, 0), as_text(response.get("output_text")))
        if not (self._pieces or isinstance(usage, dict) or "output" in response):
            return  # JSON of something else
        details = response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        status = response.get("status")
        if status in ("cancelled", "in_progress", "queued") and not self._pieces:
            raise UnusableReply(f"the answer has no text, and its status is {status}.")
        is_cut = status in _UNFINISHED or reason is not None or self._has_gap
        declined = self._declined or reason == "content_filter"
        finish: Finish = "refusal" if declined else "length" if is_cut else "stop"
        yield Finished(0, finish)

    def _said(self, place: Place, text: str) -> Iterator[Chunk]:
        if text:
            self._pieces.append(text)
            self._open.setdefault(place, []).append(text)
            yield TextPiece(0, text)

    def _told_parts(self, parts: list[tuple[Place, dict[str, Any]]]) -> Iterator[Chunk]:
        """Those first of which something has come: then what is still open has a part of its own nowhere."""
        for place, part in sorted(parts, key=lambda placed: not self._has_begun(_words(placed[1]))):
            yield from self._told_part(place, part)

    def _told_part(self, place: Place, part: Any) -> Iterator[Chunk]:
        if isinstance(part, dict):
            self._declined |= part.get("type") == "refusal"
            yield from self._told(place, _words(part))

    def _told(self, place: Place, text: str) -> Iterator[Chunk]:
        """A part whose whole text this is."""
        begun = {at: "".join(pieces) for at, pieces in self._open.items()}
        before = max((came for came in begun.values() if text.startswith(came)), key=len, default="")
        if before:
            self._open = {at: pieces for at, pieces in self._open.items() if begun[at] != before}
        elif self._has_come(text):
            return
        elif place in begun:
            self._has_gap |= len(text) > len(begun[place])
            return
        self._parts.append(text)
        if rest := text[len(before) :]:
            self._pieces.append(rest)
            yield TextPiece(0, rest)

    def _has_begun(self, text: str) -> bool:
        return self._has_come(text) or any(text.startswith("".join(pieces)) for pieces in self._open.values())

    def _has_come(self, text: str) -> bool:
        """But for how its lines end and white space around it, which some relays change in one place only."""
        came = ["".join(self._pieces), *self._parts, *("".join(pieces) for pieces in self._open.values())]
        return any(_lines(text).strip() in _lines(one) for one in came)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _index(event: dict[str, Any], name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) else 0


def _parts_of(at: int, item: Any) -> list[tuple[Place, dict[str, Any]]]:
    """Of what the model says; some relays give it as one text."""
    if not isinstance(item, dict) or item.get("type", "message") != "message":
        return []
    content = item.get("content")
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    return [((at, index), part) for index, part in enumerate(parts)]


def _words(part: dict[str, Any]) -> str:
    kind = part.get("type")
    return as_text(part.get("refusal" if kind == "refusal" else "text")) if kind in (*_TEXT, "refusal") else ""
