"""One round of requests to a provider, sent at the same time: each is heard to its own end, whatever becomes of the
others."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from kernelagent.driver.providers.exchange import (
    Chunk,
    Finish,
    Finished,
    Provider,
    Request,
    Sample,
    Spent,
    TextPiece,
    Thought,
)
from kernelagent.driver.providers.failures import Failure, failure_of
from kernelagent.driver.providers.reckoning import CHARACTERS_PER_TOKEN, reckoned, tokens_in
from kernelagent.driver.providers.sending import Sending, observed
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import DiskFull, UnusableReply

NOTES_EVERY_S = 1.0
"""What a request has used so far is written down as often, in case this process is killed."""
LOOKS_EVERY = 4096
"""Bytes of an answer that is longer than was set aside, after which it is asked again whether the budget bears it."""
LONGEST_REPLY = 1 << 20
"""Characters of one sample and of what was thought before it: no kernel file is a tenth of it."""


@dataclass
class Growing:
    """A sample while it arrives."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    thought: int = 0
    """Characters, of what the model thought."""
    thought_tokens: float = 0.0
    """Reckoned."""
    size: int = 0
    """Bytes, of all that has come."""
    finish: Finish | None = None

    @property
    def tokens(self) -> float:
        """Reckoned, of all that has come."""
        return tokens_in("".join(self.pieces)) + self.thought_tokens

    def take(self, chunk: TextPiece | Thought) -> None:
        if isinstance(chunk, TextPiece):
            self.pieces.append(chunk.text)
            self.length += len(chunk.text)
        else:
            self.thought += len(chunk.text)
            self.thought_tokens += tokens_in(chunk.text)
        self.size += len(chunk.text.encode("utf-8", "surrogatepass"))


@dataclass
class Stream:
    """One request, and what has come of it so far."""

    wanted: tuple[int, ...]
    """Numbers of the samples that it is to give."""
    beyond: int
    """No sample that is wanted of anybody has this number or a larger one."""
    sending: Sending = field(default_factory=Sending)
    samples: dict[int, Growing] = field(default_factory=dict)
    """By their numbers."""
    told: Usage | None = None
    failure: Failure | None = None
    first: int | None = None
    """The sample whose end came first."""
    _numbers: dict[int, int] = field(default_factory=dict)
    """Of samples, by how the API numbers them."""

    def number(self, told: int) -> int:
        """Of the sample that the API calls so. A server may number one from anything, or give more than it was asked
        for."""
        if told not in self._numbers:
            free = [number for number in self.wanted if number not in self._numbers.values()]
            own = self.wanted[told] if told < len(self.wanted) else None
            further = self.beyond * (1 + told) + self.wanted[0]
            self._numbers[told] = own if own in free and own is not None else next(iter(free), further)
        return self._numbers[told]

    @property
    def whole(self) -> dict[int, Sample]:
        """Samples whose end was told, also where the stream broke after it. Of a refusal each piece may be the last."""
        ends = ("stop", "length") if self.failure is not None else ("stop", "length", "refusal")
        return {
            number: Sample("".join(state.pieces), state.finish, state.thought)
            for number, state in self.samples.items()
            if state.finish is not None and state.finish in ends
        }

    def usage(self, request: Request, *, is_sent: bool | None = None) -> Usage:
        """What is to be paid for it, however it ended. ``is_sent``: whether it is taken for sent and accepted; by
        itself it is where it was sent and the API did not refuse it."""
        if is_sent is None:
            is_sent = not self.sending.never_was and (self.failure is None or self.failure.was_taken)
        if not (self.samples or self.told is not None or is_sent):
            return Usage()
        states = self.samples.values()
        is_whole = bool(states) and all(state.finish is not None for state in states)
        return reckoned(self.told or Usage(), request.tokens, (s.tokens for s in states), is_whole=is_whole)

    def usage_of(self, number: int, request: Request) -> Usage:
        """What is to be paid for one of its samples that is whole; the prompt counts with the one that
        ended first."""
        if len(self.samples) == 1 and len(self.wanted) == 1:
            return self.usage(request)
        given = request.tokens if number == self.first else 0
        return reckoned(Usage(), given, (self.samples[number].tokens,), is_whole=False)


def used(streams: Iterable[Stream], request: Request, *, is_sent: bool | None = None) -> Usage:
    return sum((stream.usage(request, is_sent=is_sent) for stream in streams), Usage())


def used_at_least(streams: Iterable[Stream], request: Request) -> Usage:
    """What is to be paid for so far, reckoned so that it is hardly less in truth."""
    every = tuple(streams)
    told = sum(stream.told.output_tokens for stream in every if stream.told is not None)
    come = sum(state.size for stream in every for state in stream.samples.values()) / (2 * CHARACTERS_PER_TOKEN)
    return Usage(math.ceil(request.tokens) * len(every), 0, max(told, math.floor(come)), estimated=True)


@dataclass
class Listener:
    """Who hears of what comes. What one of these raises ends all streams of a round, and is raised."""

    note: Callable[[], None]
    """Called now and then."""
    bear: Callable[[], None]
    """Called where much has come."""
    on_whole: Callable[[Stream, int], None]
    """Gets each sample, by its number, once it is whole."""
    on_text: Callable[[int, str], None] | None = None
    raised: Exception | None = None
    _noted: float = field(default_factory=time.monotonic)
    _size: int = 0
    _looked_at: int = 0

    def take(self, stream: Stream, chunk: Chunk) -> None:
        try:
            self._take(stream, chunk)
        except Exception as exc:
            self.raised = exc
            raise

    def whole(self, stream: Stream) -> None:
        for number in stream.whole:
            self.on_whole(stream, number)

    def _take(self, stream: Stream, chunk: Chunk) -> None:
        if isinstance(chunk, Spent):
            stream.told = chunk.usage
            return
        number = stream.number(chunk.sample)
        into = stream.samples.setdefault(number, Growing())
        before = into.size
        if not isinstance(chunk, Finished):
            into.take(chunk)
        elif into.finish != "refusal":
            into.finish = chunk.reason
            stream.first = number if stream.first is None else stream.first
            if len(stream.wanted) > 1 and chunk.reason != "refusal":
                self.on_whole(stream, number)
        self._size += into.size - before
        if self._size - self._looked_at >= LOOKS_EVERY:
            self._looked_at = self._size
            self.bear()
        if isinstance(chunk, TextPiece) and self.on_text is not None:
            self.on_text(number, chunk.text)
        if time.monotonic() - self._noted > NOTES_EVERY_S:
            self._noted = time.monotonic()
            with contextlib.suppress(DiskFull):  # what is under way is paid for, and is heard to its end
                self.note()


async def hear(provider: Provider, request: Request, streams: tuple[Stream, ...], listener: Listener) -> None:
    """Send the ``request`` once for each of the ``streams``, and put what comes into these, with the failures of those
    that fail. Raises what the ``listener`` does."""

    async def read(stream: Stream) -> None:
        try:
            with observed(stream.sending):
                stream.sending.may_begin()
                asked = replace(request, samples=len(stream.wanted))
                async with contextlib.aclosing(provider.stream(asked)) as chunks:
                    await _read(provider.name, stream, chunks, listener)
        except Exception as exc:  # whatever an SDK raises is told by the catalogue
            if exc is listener.raised:
                raise
            stream.failure = failure_of(exc, provider.name, never_sent=stream.sending.never_was)
        listener.whole(stream)

    try:
        await asyncio.wait_for(_together([read(stream) for stream in streams]), request.timeout_s)
    except (TimeoutError, asyncio.TimeoutError) as exc:
        if exc is listener.raised:
            raise
        for stream in streams:
            if stream.failure is None and not (stream.samples and len(stream.whole) == len(stream.samples)):
                stream.failure = failure_of(TimeoutError(), provider.name)


async def _read(name: str, stream: Stream, chunks: AsyncGenerator[Chunk, None], listener: Listener) -> None:
    async for chunk in chunks:
        listener.take(stream, chunk)
        for state in stream.samples.values():
            if state.length + state.thought > LONGEST_REPLY:
                state.finish = None
                endless = UnusableReply(f"{name} does not stop: more than {LONGEST_REPLY} characters.")
                endless.details = "".join(state.pieces)
                raise endless
    if not stream.samples and stream.told is None:
        raise UnusableReply(
            f"{name} sent nothing that belongs to an answer.",
            hint="Is the address that of such an API? A proxy's page for signing in looks so too.",
        )
    if not stream.samples or any(state.finish is None for state in stream.samples.values()):
        raise ConnectionResetError("the stream ended before the answer did")


async def _together(reads: list[Coroutine[Any, Any, None]]) -> None:
    """All of them; the first that raises, or being cancelled, ends the others and waits until they are closed."""
    tasks = [asyncio.ensure_future(read) for read in reads]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
