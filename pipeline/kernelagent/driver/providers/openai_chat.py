"""Chat Completions: OpenAI's own, and that of every server that is compatible with it (vLLM, Ollama, LiteLLM)."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Any

from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Request, Spent, TextPiece
from kernelagent.driver.providers.usage import Usage

_FINISH: dict[str, Finish] = {"stop": "stop", "length": "length", "content_filter": "refusal"}


class Chat:
    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint
        self._is_openai = name == "openai"
        self.takes_samples = self._is_openai
        """Compatible servers may ignore ``n`` in silence."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("openai")
        client = package.AsyncOpenAI(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            default_query=self._endpoint.query or None,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        async with client:
            chunks = await client.chat.completions.create(
                model=request.model.name,
                messages=[
                    {"role": "system", "content": request.system},
                    *({"role": message.role, "content": message.text} for message in request.messages),
                ],
                stream=True,
                stream_options={"include_usage": True},
                **self._options(request),
            )
            unfinished: set[int] = set()
            async with chunks:
                async for chunk in chunks:
                    for piece in _read(chunk):
                        if isinstance(piece, TextPiece):
                            unfinished.add(piece.sample)
                        elif isinstance(piece, Finished):
                            unfinished.discard(piece.sample)
                        yield piece
            for sample in () if self._is_openai else sorted(unfinished):
                yield Finished(sample, "stop")  # some servers end the stream without a reason; a broken one raises

    def _options(self, request: Request) -> dict[str, Any]:
        options: dict[str, Any] = {
            "max_completion_tokens" if self._is_openai else "max_tokens": request.max_output_tokens
        }
        if request.temperature is not None and request.model.takes_temperature:
            options["temperature"] = request.temperature
        if request.effort is not None and request.model.takes_effort:
            options["reasoning_effort"] = request.effort
        if self.takes_samples and request.samples > 1:
            options["n"] = request.samples
        return options


def _read(chunk: Any) -> list[Chunk]:
    pieces: list[Chunk] = []
    for choice in chunk.choices or ():
        if choice.delta is not None and choice.delta.content:
            pieces.append(TextPiece(choice.index, choice.delta.content))
        if choice.delta is not None and getattr(choice.delta, "refusal", None):
            pieces += [TextPiece(choice.index, choice.delta.refusal), Finished(choice.index, "refusal")]
        if choice.finish_reason is not None:
            pieces.append(Finished(choice.index, _FINISH.get(choice.finish_reason, "stop")))
    if chunk.usage is not None:
        details = chunk.usage.prompt_tokens_details
        cached = details.cached_tokens if details is not None else 0
        pieces.append(Spent(Usage.told(chunk.usage.prompt_tokens, cached, chunk.usage.completion_tokens)))
    return pieces
