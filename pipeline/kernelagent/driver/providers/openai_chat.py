"""Chat Completions: OpenAI's own, and that of every server that is compatible with it (vLLM, Ollama, LiteLLM)."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Request, Spent, TextPiece, Thought
from kernelagent.driver.providers.failures import StreamBroke
from kernelagent.driver.providers.json_body import as_text, json_of, objects
from kernelagent.driver.providers.refused_options import Option, Refusals, refusals_of, sent
from kernelagent.driver.providers.usage import Usage

_FINISH: dict[str, Finish] = {
    **{"stop": "stop", "length": "length", "content_filter": "refusal"},
    **{"max_tokens": "length", "max_output_tokens": "length"},  # other servers' words for it
}
MOST_SAMPLES = 128
SAMPLES = "n"
"""The option that asks for several."""
_ONE_CHOICE = re.compile(
    r"\b(?:only|than|at most) (?:one|1|a single) (?:completion |generated )?(?:choice|completion|sample|candidate)"
    r"|\b(?:multiple|several) (?:completion |generated )?(?:choices|completions|samples|candidates)",
    re.IGNORECASE,
)
"""How servers refuse it without its name."""


class Chat:
    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint
        self._is_openai = name == "openai"

    def takes_samples(self, model: Model) -> bool:
        """Compatible servers may ignore ``n`` in silence."""
        return self._is_openai and not self._refusals(model).is_left_out(SAMPLES)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("openai")
        client = package.AsyncOpenAI(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        create = functools.partial(
            client.chat.completions.with_streaming_response.create,
            model=request.model.name,
            messages=[
                {"role": "system", "content": request.system},
                *({"role": message.role, "content": message.text} for message in request.messages),
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        async with client:
            unfinished: set[int] = set()
            given: set[int] = set()
            refusals = self._refusals(request.model)
            async with AsyncExitStack() as stack:
                answer = await sent(stack, create, self._options(request), refusals, request.tokens)
                if "json" in answer.headers.get("content-type", ""):  # some relays don't stream, whatever is asked
                    for piece in _read(await json_of(answer), "message"):
                        given |= {piece.sample} if not isinstance(piece, Spent) else set()
                        yield piece
                else:
                    chunks = await answer.parse()
                    async for chunk in chunks:
                        for piece in _read(chunk.model_dump(warnings=False), "delta"):
                            if isinstance(piece, (TextPiece, Thought)):
                                unfinished.add(piece.sample)
                            elif isinstance(piece, Finished):
                                unfinished.discard(piece.sample)
                            given |= {piece.sample} if not isinstance(piece, Spent) else set()
                            yield piece
            for sample in () if self._is_openai else sorted(unfinished):
                yield Finished(sample, "stop")  # some servers end the stream without a reason; a broken one raises
            if 0 < len(given) < request.samples:  # it does not know ``n``, and has not said so
                refusals.leave_out(SAMPLES)

    def _refusals(self, model: Model) -> Refusals:
        return refusals_of(self._endpoint.base_url, model.name)

    def _options(self, request: Request) -> tuple[Option, ...]:
        limits = ("max_completion_tokens", "max_tokens") if self._is_openai else ("max_tokens", "max_completion_tokens")
        ways = *({name: request.max_output_tokens} for name in limits), {}
        options = [Option(ways, limits, always_possible=True, counts_output=True)]
        if request.temperature is not None and request.model.takes_temperature:
            options.append(Option(({"temperature": request.temperature}, {}), ("temperature",)))
        if request.effort is not None and request.model.takes_effort:
            options.append(Option(({"reasoning_effort": request.effort}, {}), ("reasoning_effort", "reasoning")))
        if request.samples > 1:
            options.append(Option(({SAMPLES: request.samples}, {}), (SAMPLES,), wording=_ONE_CHOICE))
        return tuple(options)


def _read(told: Any, field: str) -> list[Chunk]:
    """Of a piece of a stream (``field`` is ``delta``) or of an answer that came at once (``message``). Servers differ
    in what they leave out and in what they add, so nothing is taken for granted.

    Raises ``StreamBroke`` for an error that is told with status 200.
    """
    if not isinstance(told, dict) or told.get("object") == "error" or told.get("error"):
        raise StreamBroke.told(told)
    pieces: list[Chunk] = []
    for place, choice in enumerate(objects(told.get("choices"))):
        index = choice.get("index")
        sample = index if isinstance(index, int) and 0 <= index < MOST_SAMPLES else place
        said = choice.get(field)
        pieces += _said(sample, said) if isinstance(said, dict) else []
        reason = choice.get("finish_reason")
        if reason == "error":
            raise StreamBroke("it says that the answer ended with an error")
        if reason is not None or field == "message":
            pieces.append(Finished(sample, _FINISH.get(str(reason).lower(), "stop")))
    usage = told.get("usage")
    if isinstance(usage, dict):
        pieces.append(Spent(Usage.openais(usage)))
    return pieces


def _said(sample: int, message: dict[str, Any]) -> list[Chunk]:
    """What a model thinks has two names, and no place in OpenAI's own."""
    pieces: list[Chunk] = []
    thought = max((as_text(message.get(name)) for name in ("reasoning_content", "reasoning")), key=len)
    if thought:
        pieces.append(Thought(sample, thought))
    text, refusal = as_text(message.get("content")), as_text(message.get("refusal"))
    if text:
        pieces.append(TextPiece(sample, text))
    if refusal:
        pieces += [TextPiece(sample, refusal), Finished(sample, "refusal")]
    return pieces
