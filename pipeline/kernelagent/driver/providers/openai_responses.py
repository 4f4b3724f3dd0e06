"""OpenAI's Responses API: its own, and that of relays that speak it."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Request
from kernelagent.driver.providers.json_body import json_of
from kernelagent.driver.providers.refused_options import Option, refusals_of, sent
from kernelagent.driver.providers.response_events import Reading


class Responses:
    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.destination = endpoint.destination
        self.address_from_file = endpoint.address_from_file
        self._endpoint = endpoint

    def takes_samples(self, model: Model) -> bool:
        return False

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        package = sdk("openai")
        client = package.AsyncOpenAI(
            api_key=self._endpoint.key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http_client(package, self._endpoint, request.timeout_s, os.environ),
        )
        create = functools.partial(
            client.responses.with_streaming_response.create,
            model=request.model.name,
            instructions=request.system,
            input=[{"role": message.role, "content": message.text} for message in request.messages],
            store=False,
            stream=True,
        )
        async with client:
            reading = Reading()
            refusals = refusals_of(self._endpoint.base_url, request.model.name)
            async with AsyncExitStack() as stack:
                answer = await sent(stack, create, _options(request), refusals, request.tokens)
                if "json" in answer.headers.get("content-type", ""):  # some relays don't stream, whatever is asked
                    for chunk in reading.of_whole(await json_of(answer)):
                        yield chunk
                    return
                events = await answer.parse()
                async for event in events:
                    for chunk in reading.of_event(event.model_dump(warnings=False)):
                        yield chunk


def _options(request: Request) -> tuple[Option, ...]:
    limit = {"max_output_tokens": request.max_output_tokens}
    options = [Option((limit, {}), ("max_output_tokens",), always_possible=True, counts_output=True)]
    if request.temperature is not None and request.model.takes_temperature:
        options.append(Option(({"temperature": request.temperature}, {}), ("temperature",)))
    if request.effort is not None and request.model.takes_effort:
        options.append(Option(({"reasoning": {"effort": request.effort}}, {}), ("reasoning", "reasoning_effort")))
    return tuple(options)
