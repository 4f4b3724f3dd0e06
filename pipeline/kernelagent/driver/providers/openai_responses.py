"""OpenAI's Responses API."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Any

from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Finished, Request, Spent, TextPiece, Thought
from kernelagent.driver.providers.failures import StreamBroke
from kernelagent.driver.providers.usage import Usage


class Responses:
    takes_samples = False

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("openai")
        client = package.AsyncOpenAI(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        options: dict[str, Any] = {"temperature": request.temperature, "max_output_tokens": request.max_output_tokens}
        if request.effort is not None and request.model.takes_effort:
            options["reasoning"] = {"effort": request.effort}
        if not request.model.takes_temperature or request.temperature is None:
            del options["temperature"]
        async with client:
            events = await client.responses.create(
                model=request.model.name,
                instructions=request.system,
                input=[{"role": message.role, "content": message.text} for message in request.messages],
                store=False,
                stream=True,
                **options,
            )
            async with events:
                async for event in events:
                    for chunk in _read(event):
                        yield chunk


def _read(event: Any) -> list[Chunk]:
    if event.type == "response.output_text.delta":
        return [TextPiece(0, event.delta)]
    if event.type in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
        return [Thought(0, event.delta)]
    if event.type == "response.refusal.done":
        return [TextPiece(0, event.refusal), Finished(0, "refusal")]
    if event.type in ("response.completed", "response.incomplete"):
        chunks: list[Chunk] = []
        usage = event.response.usage
        if usage is not None:
            told = usage.model_dump(warnings=False)
            chunks.append(Spent(Usage.openais(told, "input_tokens", "output_tokens")))
        reason = event.response.incomplete_details.reason if event.type == "response.incomplete" else None
        finish: Finished = Finished(0, "refusal" if reason == "content_filter" else "length" if reason else "stop")
        return [*chunks, finish]
    if event.type == "response.failed":
        error = event.response.error
        raise StreamBroke(error.message if error is not None else "the response failed")
    if event.type == "error":
        raise StreamBroke(event.message)
    return []
