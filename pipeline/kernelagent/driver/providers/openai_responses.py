"""OpenAI's Responses API: its own, and that of relays that speak it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Any

from kernelagent.driver.providers.connection import Endpoint, http_client, sdk
from kernelagent.driver.providers.exchange import Chunk, Finish, Finished, Request, Spent, TextPiece, Thought
from kernelagent.driver.providers.failures import StreamBroke
from kernelagent.driver.providers.json_body import as_text, json_of, objects
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
            asking = client.responses.with_streaming_response.create(
                model=request.model.name,
                instructions=request.system,
                input=[{"role": message.role, "content": message.text} for message in request.messages],
                store=False,
                stream=True,
                **options,
            )
            reading = _Reading()
            async with asking as answer:
                if "json" in answer.headers.get("content-type", ""):  # some relays don't stream, whatever is asked
                    for chunk in reading.of_whole(await json_of(answer)):
                        yield chunk
                    return
                events = await answer.parse()
                async for event in events:
                    for chunk in reading.of_event(event.model_dump(warnings=False)):
                        yield chunk


class _Reading:
    """Of one answer. Relays differ in which events they send, so what has not come piece by piece is taken from those
    that tell it whole."""

    def __init__(self) -> None:
        self._came: set[tuple[Any, Any]] = set()
        """Places of the output whose text has come."""

    def of_event(self, event: dict[str, Any]) -> list[Chunk]:
        """Raises ``StreamBroke`` for an error that is told with status 200."""
        kind, place = event.get("type"), (event.get("output_index"), event.get("content_index"))
        if kind in ("response.output_text.delta", "response.output_text.done"):
            is_news = kind.endswith("delta") or place not in self._came
            text = as_text(event.get("delta" if kind.endswith("delta") else "text")) if is_news else ""
            return self._said(place, text)
        if kind in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
            return [Thought(0, as_text(event.get("delta")))]
        if kind == "response.refusal.done":
            return [*self._said(place, as_text(event.get("refusal"))), Finished(0, "refusal")]
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            whole = event.get("response")
            known = whole if isinstance(whole, dict) else {}
            return self.of_whole({"output": [], **known, "status": kind.partition(".")[2]})
        if kind == "error":
            raise StreamBroke.told(event)
        return []

    def of_whole(self, response: Any) -> list[Chunk]:
        """Of the response when it is over, with the text that has not come before. Raises ``StreamBroke``."""
        if not isinstance(response, dict) or response.get("error") or response.get("status") == "failed":
            raise StreamBroke.told(response)
        chunks: list[Chunk] = []
        usage = response.get("usage")
        if isinstance(usage, dict):
            chunks.append(Spent(Usage.openais(usage, "input_tokens", "output_tokens")))
        parts = [part for item in objects(response.get("output")) for part in objects(item.get("content"))]
        declined = [as_text(part.get("refusal")) for part in parts if part.get("type") == "refusal"]
        if not self._came:
            said = [as_text(part.get("text")) for part in parts if part.get("type") == "output_text"]
            chunks += self._said((None, None), "".join(said + declined))
        if not (self._came or chunks or "output" in response):
            return []  # JSON of something else
        details = response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        is_cut = response.get("status") == "incomplete" or reason is not None
        finish: Finish = "refusal" if declined or reason == "content_filter" else "length" if is_cut else "stop"
        return [*chunks, Finished(0, finish)]

    def _said(self, place: tuple[Any, Any], text: str) -> list[Chunk]:
        if not text:
            return []
        self._came.add(place)
        return [TextPiece(0, text)]
