"""Anthropic's Messages API."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

from kernelagent.driver.providers.body import BEGINS
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Request
from kernelagent.driver.providers.json_body import json_of
from kernelagent.driver.providers.message_events import Reading
from kernelagent.driver.providers.refused_options import Option, refusals_of, sent
from kernelagent.errors import UnusableReply


class Messages:
    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint

    def takes_samples(self, model: Model) -> bool:
        return False

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("anthropic")
        client = package.AsyncAnthropic(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        create = functools.partial(
            client.messages.with_streaming_response.create,
            model=request.model.name,
            system=[{"type": "text", "text": request.system}],
            messages=_turns(request),
            stream=True,
        )
        async with client:
            reading = Reading()
            refusals = refusals_of(self._endpoint.base_url, request.model.name)
            async with AsyncExitStack() as stack:
                answer = await sent(stack, create, _options(request), refusals, request.tokens)
                if "json" in answer.headers.get("content-type", ""):  # some gateways don't stream, whatever is asked
                    for chunk in reading.of_whole(await json_of(answer)):
                        yield chunk
                    return
                events, has_any = await answer.parse(), False
                async for event in events:
                    has_any = True
                    for chunk in reading.of_event(event.model_dump(warnings=False)):
                        yield chunk
                if not has_any and has_no_names(bytes(answer.http_response.extensions.get(BEGINS, b""))):
                    raise UnusableReply(
                        f"{self.name} sent a stream whose events have `data:` lines and no `event:` lines, and "
                        "Anthropic's SDK passes over such events.",
                        hint="The server, or a relay on the way, leaves out the line `event: <type>` of each event: "
                        "mend it there, or use it through --provider openai or relay if it speaks Chat Completions.",
                    )


def has_no_names(begins: bytes) -> bool:
    """Whether a stream that begins so has data, and no event has a name."""
    lines = begins.splitlines()
    return any(line.startswith(b"data:") for line in lines) and not any(line.startswith(b"event:") for line in lines)


def _options(request: Request) -> tuple[Option, ...]:
    limit = {"max_tokens": request.max_output_tokens}
    options = [Option((limit,), ("max_tokens",), always_possible=True, counts_output=True)]
    if request.temperature is not None and request.model.takes_temperature:
        warmth = {"extra_body": {"temperature": request.temperature}}  # newer SDKs have no parameter for it
        options.append(Option((warmth, {}), ("temperature",)))
    if request.effort is not None and request.model.takes_effort:
        reasoning: dict[str, Any] = {"output_config": {"effort": request.effort}, "thinking": {"type": "adaptive"}}
        options.append(Option((reasoning, {}), ("effort", "output_config", "thinking")))
    return tuple(options)


def _turns(request: Request) -> list[dict[str, Any]]:
    """The API keeps what comes before a mark: the system prompt and what the first message shares with those of other
    agents and other rounds. What follows is written once, which a mark would make dearer."""
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        shared, own = message.shared, message.text.removeprefix(message.shared)
        if not shared or len(shared) + len(own) != len(message.text):  # what was taken out of it lay across the end
            shared, own = "", message.text
        blocks: list[dict[str, Any]] = [{"type": "text", "text": own}] if own else []
        if shared:
            blocks.insert(0, {"type": "text", "text": shared, "cache_control": {"type": "ephemeral"}})
        turns.append({"role": message.role, "content": blocks})
    return turns
