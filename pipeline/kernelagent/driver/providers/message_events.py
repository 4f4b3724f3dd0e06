"""One answer of the Messages API, as Anthropic and gateways tell it: in pieces, or whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Spent, TextPiece, Thought
from kernelagent.driver.providers.failures import StreamBroke
from kernelagent.driver.providers.json_body import as_text, objects
from kernelagent.driver.providers.usage import Usage

_FINISH: dict[str, Finish] = {"max_tokens": "length", "refusal": "refusal", "model_context_window_exceeded": "length"}
_INPUT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_OUTPUT = "output_tokens"


class Reading:
    """Gateways differ in where they tell tokens: what is told later holds, where it is more than nothing."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}
        self._is_finished = False

    def of_event(self, event: dict[str, Any]) -> Iterator[Chunk]:
        """Raises ``StreamBroke`` for an error that is told with status 200."""
        kind = event.get("type")
        if kind == "message_start":
            message = event.get("message")
            yield from self._told(message.get("usage") if isinstance(message, dict) else None, _INPUT)
        elif kind == "content_block_start":
            yield from _said(event.get("content_block"))
        elif kind == "content_block_delta":
            yield from _said(event.get("delta"))
        elif kind == "message_delta":
            yield from self._told(event.get("usage"), (*_INPUT, _OUTPUT))
            delta = event.get("delta")
            reason = delta.get("stop_reason") if isinstance(delta, dict) else None
            if reason is not None:
                yield self._finished(reason)
        elif kind == "message_stop" and not self._is_finished:
            yield self._finished(None)
        elif kind == "error":
            raise StreamBroke.told(event)

    def of_whole(self, message: Any) -> Iterator[Chunk]:
        """Of a message that came at once, though a stream was asked for. Raises ``StreamBroke``."""
        if not isinstance(message, dict) or message.get("type") == "error" or message.get("error"):
            raise StreamBroke.told(message)
        yield from self._told(message.get("usage"), (*_INPUT, _OUTPUT))
        if "content" in message:
            for block in objects(message["content"]):
                yield from _said(block)
            yield self._finished(message.get("stop_reason"))

    def _told(self, usage: Any, names: tuple[str, ...]) -> Iterator[Chunk]:
        """The API counts tokens that were read from or written to the cache beside the others."""
        if not isinstance(usage, dict):
            return
        told = {name: Usage.told(usage.get(name), 0, 0).input_tokens for name in names}
        self._tokens.update({name: count for name, count in told.items() if count})
        plain, read, stored, written = (self._tokens.get(name, 0) for name in (*_INPUT, _OUTPUT))
        yield Spent(Usage.told(plain + read + stored, read, written, stored))

    def _finished(self, reason: Any) -> Finished:
        self._is_finished = True
        return Finished(0, _FINISH.get(str(reason), "stop"))


def _said(part: Any) -> Iterator[Chunk]:
    """A block, which may begin with text, or what is added to one."""
    if not isinstance(part, dict):
        return
    kind = part.get("type")
    if kind in ("text", "text_delta") and as_text(part.get("text")):
        yield TextPiece(0, as_text(part.get("text")))
    elif kind in ("thinking", "thinking_delta") and as_text(part.get("thinking")):
        yield Thought(0, as_text(part.get("thinking")))
