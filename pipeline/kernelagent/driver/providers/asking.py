"""``ask``: one request to one provider, sent again where that can help, within its time and size, and cancelled at
once: the connection closes when the token is set."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.driver.providers.accounting import Account, Reservation
from kernelagent.driver.providers.exchange import (
    Finish,
    Finished,
    Provider,
    Reply,
    Request,
    Sample,
    Spent,
    TextPiece,
    Thought,
)
from kernelagent.driver.providers.failures import Failure, failure_of
from kernelagent.driver.providers.logged import redacted_log
from kernelagent.driver.providers.own_loop import run_in_own_loop
from kernelagent.driver.providers.reckoning import CHARACTERS_PER_TOKEN, reckoned, tokens_in
from kernelagent.driver.providers.secrets import Redactor
from kernelagent.driver.providers.sending import Sending, observed
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BudgetSpent, Cancelled, KernelAgentError, UnusableReply

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
"""An API that asks for more is told to the user instead of waited for."""
NOTES_EVERY_S = 1.0
"""What a request has used so far is written down as often, in case this process is killed."""
LOOKS_EVERY = 4096
"""Bytes of an answer that is longer than was set aside, after which it is asked again whether the budget bears it."""
LONGEST_REPLY = 1 << 20
"""Characters of one sample and of what was thought before it: no kernel file is a tenth of it."""


@dataclass
class _Growing:
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


@dataclass
class _Heard:
    """What one attempt has brought so far: samples by their number, and what the API told of tokens by stream."""

    streams: int
    samples: dict[int, _Growing] = field(default_factory=dict)
    told: dict[int, Usage] = field(default_factory=dict)

    def at_least(self, request: Request) -> Usage:
        """What is to be paid for so far, reckoned so that it is hardly less in truth."""
        told = sum((usage.output_tokens for usage in self.told.values()), 0)
        come = sum(state.size for state in self.samples.values()) / (2 * CHARACTERS_PER_TOKEN)
        return Usage(math.ceil(request.tokens) * self.streams, 0, max(told, math.floor(come)), estimated=True)

    def usage(self, request: Request, *, was_taken: bool) -> Usage:
        """What is to be paid for, however the attempt ended."""
        total = Usage()
        for number in range(self.streams):
            mine = [state for sample, state in self.samples.items() if self.streams == 1 or sample == number]
            told = self.told.get(number)
            if mine or told is not None or was_taken:
                is_whole = bool(mine) and all(state.finish is not None for state in mine)
                total += reckoned(told or Usage(), request.tokens, (s.tokens for s in mine), is_whole=is_whole)
        return total


def ask(
    provider: Provider,
    request: Request,
    *,
    cancel: CancelToken,
    redact: Redactor,
    on_text: Callable[[int, str], None] | None = None,
    account: Account | None = None,
    attempts: int = ATTEMPTS,
    keep: Callable[[Reply], None] | None = None,
) -> Reply:
    """Send ``request`` and wait for its whole answer; ``on_text`` gets each piece with its sample's number. ``keep``
    gets the answer before anybody is told what it cost: who is killed then finds it, and does not ask again.

    It is sent at most ``attempts`` times. Each of them is set aside in ``account`` before it is sent, gets no more
    tokens and seconds than that affords, and is paid for however it ends, once any of it has been sent.

    An answer that goes beyond that, and beyond the budget, is closed.

    Raises ``Cancelled``, ``BudgetSpent``, and ``KeyRejected``, ``RateLimited``, ``ProviderTimedOut``,
    ``RequestRefused``, ``ProviderFailed``, ``ConnectionLost`` or ``UnusableReply``, with no secret in its text.
    """
    started = time.monotonic()
    paying = account or Account(None)
    for attempt in range(1, attempts + 1):
        cancel.raise_if_cancelled()
        reservation = paying.reserve(request, cancel)
        heard = _Heard(1 if provider.takes_samples else request.samples)
        began, was_taken, sending = time.monotonic(), True, Sending()

        def note(reservation: Reservation = reservation, heard: _Heard = heard, began: float = began) -> None:
            used = heard.usage(request, was_taken=True)
            paying.note(reservation, request.model, used, time.monotonic() - began)

        def bear(reservation: Reservation = reservation, heard: _Heard = heard) -> None:
            used = heard.at_least(request)
            if used.output_tokens <= reservation.output_tokens * request.samples:
                return
            limit = paying.passed(reservation, request.model, used)
            if limit is not None:
                raise BudgetSpent(
                    f"{provider.name} has sent some {heard.usage(request, was_taken=True).output_tokens} tokens, and "
                    f"was asked for {reservation.output_tokens * request.samples} at most. Before that, {limit.words}; "
                    "the rest does not bear more, and the request was closed.",
                    hint=limit.hint,
                )

        try:
            note()
            affordable = replace(request, max_output_tokens=reservation.output_tokens, timeout_s=reservation.seconds)
            with redacted_log(redact), observed(sending):
                samples = run_in_own_loop(_attempt(provider, affordable, heard, sending, on_text, note, bear), cancel)
        except Cancelled:
            raise
        except Exception as exc:  # noqa: BLE001  whatever an SDK raises is told by the catalogue
            failure = failure_of(exc, provider.name, never_sent=sending.never_was)
            was_taken = failure.was_taken
            pause = _pause(failure, attempt) if attempt < attempts else None
            if pause is None:
                raise _without_secrets(failure.error, redact) from None
        else:
            reply = Reply(samples, heard.usage(request, was_taken=True), time.monotonic() - started, attempt)
            note()  # all of it: who is killed once the answer is kept has paid for the whole
            if keep is not None:
                keep(reply)
            return reply
        finally:
            usage = heard.usage(request, was_taken=was_taken and not sending.never_was)
            paying.settle(reservation, request.model, usage, 0.0 if sending.never_was else time.monotonic() - began)
        if cancel.wait(pause):
            raise Cancelled("cancelled")
    raise AssertionError("the last attempt returns or raises")


async def _attempt(
    provider: Provider,
    request: Request,
    heard: _Heard,
    sending: Sending,
    on_text: Callable[[int, str], None] | None,
    note: Callable[[], None],
    bear: Callable[[], None],
) -> tuple[Sample, ...]:
    growing = heard.samples
    noted, looked_at = time.monotonic(), 0
    sending.may_begin()

    async def read(number: int) -> None:
        nonlocal noted, looked_at
        async with contextlib.aclosing(provider.stream(request)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Spent):
                    heard.told[number] = chunk.usage
                    continue
                sample = number + chunk.sample
                into = growing.setdefault(sample, _Growing())
                if isinstance(chunk, TextPiece):
                    into.pieces.append(chunk.text)
                    into.length += len(chunk.text)
                elif isinstance(chunk, Thought):
                    into.thought += len(chunk.text)
                    into.thought_tokens += tokens_in(chunk.text)
                if into.length + into.thought > LONGEST_REPLY:
                    raise UnusableReply(f"{provider.name} does not stop: more than {LONGEST_REPLY} characters.")
                if isinstance(chunk, (TextPiece, Thought)):
                    into.size += len(chunk.text.encode("utf-8", "surrogatepass"))
                come = sum(state.size for state in growing.values())
                if come - looked_at >= LOOKS_EVERY:
                    looked_at = come
                    bear()
                if isinstance(chunk, TextPiece) and on_text is not None:
                    on_text(sample, chunk.text)
                if isinstance(chunk, Finished) and into.finish != "refusal":
                    into.finish = chunk.reason
                if time.monotonic() - noted > NOTES_EVERY_S:
                    noted = time.monotonic()
                    note()

    await asyncio.wait_for(_together([read(number) for number in range(heard.streams)]), request.timeout_s)
    if not growing and not heard.told:
        raise UnusableReply(
            f"{provider.name} sent nothing that belongs to an answer.",
            hint="Is the address that of such an API? A proxy's page for signing in looks so too.",
        )
    unfinished = [sample for sample, state in growing.items() if state.finish is None]
    if unfinished or not growing:
        raise ConnectionResetError("the stream ended before the answer did")
    return tuple(
        Sample("".join(state.pieces), state.finish or "stop", state.thought) for _, state in sorted(growing.items())
    )


async def _together(reads: list[Coroutine[Any, Any, None]]) -> None:
    """All of them; the first that fails, or being cancelled, ends the others and waits until they are closed."""
    tasks = [asyncio.ensure_future(read) for read in reads]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _pause(failure: Failure, attempt: int) -> float | None:
    """Seconds until the next attempt; ``None``: there is none."""
    if not failure.may_pass:
        return None
    if failure.wait_s is not None:
        return failure.wait_s if failure.wait_s <= LONGEST_WAIT_S else None
    return FIRST_WAIT_S * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)


def _without_secrets(error: KernelAgentError, redact: Redactor) -> KernelAgentError:
    clean = type(error)(printable(redact(error.message)), hint=error.remedy, file=error.file, line=error.line)
    clean.details = printable(redact(error.details))
    return clean
