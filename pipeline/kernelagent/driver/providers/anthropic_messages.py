"""Anthropic's Messages API."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Any

from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Request, Spent, TextPiece, Thought
from kernelagent.driver.providers.usage import Usage

_FINISH: dict[str, Finish] = {"max_tokens": "length", "refusal": "refusal", "model_context_window_exceeded": "length"}


class Messages:
    takes_samples = False

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("anthropic")
        client = package.AsyncAnthropic(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        options: dict[str, Any] = {}
        if request.temperature is not None and request.model.takes_temperature:
            options["extra_body"] = {"temperature": request.temperature}  # newer SDKs have no parameter for it
        if request.effort is not None and request.model.takes_effort:
            options["output_config"] = {"effort": request.effort}
            options["thinking"] = {"type": "adaptive"}
        async with client:
            events = await client.messages.create(
                model=request.model.name,
                max_tokens=request.max_output_tokens,
                system=[{"type": "text", "text": request.system}],
                messages=_turns(request),
                stream=True,
                **options,
            )
            given = Usage()
            async with events:
                async for event in events:
                    if event.type == "message_start":
                        given = _input(event.message.usage)
                        yield Spent(given)
                    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                        yield TextPiece(0, event.delta.text)
                    elif event.type == "content_block_delta" and event.delta.type == "thinking_delta":
                        yield Thought(0, event.delta.thinking)
                    elif event.type == "message_delta":
                        if event.usage is not None:
                            yield Spent(given + Usage.told(0, 0, event.usage.output_tokens))
                        if event.delta.stop_reason is not None:
                            yield Finished(0, _FINISH.get(event.delta.stop_reason, "stop"))


def _turns(request: Request) -> list[dict[str, Any]]:
    """The first message is the same for all workers and rounds, the last one is part of the next round's request: the
    API keeps what comes before each mark."""
    marked = {0, len(request.messages) - 1}
    turns: list[dict[str, Any]] = []
    for place, message in enumerate(request.messages):
        block: dict[str, Any] = {"type": "text", "text": message.text}
        if place in marked:
            block["cache_control"] = {"type": "ephemeral"}
        turns.append({"role": message.role, "content": [block]})
    return turns


def _input(usage: Any) -> Usage:
    """The API counts tokens that were read from or written to the cache beside the others."""
    plain = Usage.told(usage.input_tokens, 0, 0)
    read = Usage.told(usage.cache_read_input_tokens, usage.cache_read_input_tokens, 0)
    stored = Usage.told(usage.cache_creation_input_tokens, 0, 0, usage.cache_creation_input_tokens)
    return plain + read + stored
