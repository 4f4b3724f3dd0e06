"""``ask``: one request to one provider, sent again where that can help, within its time and size, and cancelled at
once: the connection closes when the token is set."""

from __future__ import annotations

import contextlib
import functools
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.driver.providers.accounting import Account, Reservation
from kernelagent.driver.providers.exchange import Provider, Reply, Request, Sample
from kernelagent.driver.providers.failures import Failure, failure_of
from kernelagent.driver.providers.hearing import Listener, Stream, hear, used, used_at_least
from kernelagent.driver.providers.logged import redacted_log
from kernelagent.driver.providers.own_loop import run_in_own_loop
from kernelagent.driver.providers.secrets import Redactor
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BudgetSpent, Cancelled, DiskFull, KernelAgentError

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
"""An API that asks for more is told to the user instead of waited for."""


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
    keep_sample: Callable[[Reply], None] | None = None,
    have: Collection[int] = (),
) -> Reply:
    """Send ``request`` and wait for its whole answer; ``on_text`` gets each piece with its sample's number, which count
    from 0. ``keep`` gets the answer before anybody is told what it cost, and ``keep_sample`` each sample as soon as it
    is whole: who is killed then finds it, and does not ask again. Samples whose numbers one does ``have`` are not asked
    for.

    It is sent at most ``attempts`` times, and again only for the samples that are missing; of several each may be a
    request of its own. A server that gives fewer than it was asked for in one is asked for the others once. Each time
    it is set aside in ``account`` before it is sent, gets no more tokens and seconds than that affords, and is paid for
    however it ends, once any of it has been sent.

    An answer that goes beyond that, and beyond the budget, is closed.

    Where some samples are whole, or one does ``have`` them, a failure of the others leaves a reply with fewer.

    Raises ``Cancelled``, ``BudgetSpent``, and ``KeyRejected``, ``RateLimited``, ``ProviderTimedOut``,
    ``RequestRefused``, ``ProviderFailed``, ``ConnectionLost`` or ``UnusableReply``, with no secret in its text.
    """
    paying = account or Account(None)
    found, failed, was_short = _Found(request, have, keep, keep_sample), 0, False
    while True:
        cancel.raise_if_cancelled()
        wanted = replace(request, samples=len(found.missing))
        try:
            reservation = paying.reserve(wanted, cancel)
        except BudgetSpent as exc:
            if not found.whole:
                raise
            return found.reply(exc.message)
        is_one = provider.takes_samples(request.model)
        groups = [found.missing] if is_one else [(number,) for number in found.missing]
        paid = _Paid(provider, wanted, paying, reservation, tuple(Stream(group, request.samples) for group in groups))
        found.rounds += 1
        try:
            failures = paid.round(cancel, redact, on_text, found.keep_one)
            found.take(paid)
            pauses = [_pause(failure, failed + 1) if failed + 1 < attempts else None for failure in failures]
            if found.missing and None in pauses and not found.any:
                raise _without_secrets(_told(failures[pauses.index(None)]), redact) from None
            if not found.missing or None in pauses or (was_short and not failures):
                why_fewer = f"{provider.name} gave no more." if found.missing else ""
                if found.missing and failures:
                    why_fewer = _without_secrets(_told(failures[pauses.index(None)]), redact).message
                try:
                    paid.note()  # all of it: who is killed once the answer is kept has paid for the whole
                finally:  # it is kept also where what it cost could not be written down
                    reply = found.reply(why_fewer)
                return reply
        finally:
            paid.settle()
        failed, was_short = failed + bool(failures), was_short or not failures
        if cancel.wait(max((pause or 0.0 for pause in pauses), default=0.0)):
            raise Cancelled("cancelled")


class _Found:
    """The samples that are whole, of all rounds."""

    def __init__(
        self,
        request: Request,
        have: Collection[int],
        keep: Callable[[Reply], None] | None,
        keep_sample: Callable[[Reply], None] | None,
    ) -> None:
        self.whole: dict[int, Sample] = {}
        self.rounds = 0
        self._usage = Usage()
        self._began = time.monotonic()
        self._request = request
        self._have = have
        self._keep = keep
        self._keep_sample = keep_sample

    @property
    def missing(self) -> tuple[int, ...]:
        here = {*self._have, *self.whole}
        return tuple(number for number in range(self._request.samples) if number not in here)

    @property
    def any(self) -> bool:
        return bool(self.whole or self._have)

    def take(self, paid: _Paid) -> None:
        for stream in paid.streams:
            self.whole.update(stream.whole)
            self._usage += stream.usage(paid.request) if stream.whole else Usage()

    def keep_one(self, paid: _Paid, stream: Stream, number: int) -> None:
        """Of a round that goes on."""
        if self._keep_sample is not None and self._request.samples > 1:
            with contextlib.suppress(DiskFull):  # it is told at the end, when all that has come is kept
                paid.note()  # as for the whole answer
            self._keep_sample(self._made({number: stream.whole[number]}, stream.usage_of(number, paid.request), ""))

    def reply(self, why_fewer: str = "") -> Reply:
        made = self._made(self.whole, self._usage, why_fewer)
        if self._keep is not None:
            self._keep(made)
        return made

    def _made(self, samples: Mapping[int, Sample], usage: Usage, why_fewer: str) -> Reply:
        numbers = tuple(sorted(samples))
        seconds = time.monotonic() - self._began
        return Reply(tuple(samples[number] for number in numbers), usage, seconds, self.rounds, numbers, why_fewer)


class _Paid:
    """One round, and the money that is set aside for it."""

    def __init__(
        self,
        provider: Provider,
        request: Request,
        account: Account,
        reservation: Reservation,
        streams: tuple[Stream, ...],
    ) -> None:
        """``request`` asks for as many samples as all ``streams`` are to give."""
        self.request = request
        self._provider = provider
        self._account = account
        self._reservation = reservation
        self.streams = streams
        self._began = time.monotonic()

    def round(
        self,
        cancel: CancelToken,
        redact: Redactor,
        on_text: Callable[[int, str], None] | None,
        on_whole: Callable[[_Paid, Stream, int], None],
    ) -> list[Failure]:
        """How streams failed. Raises ``Cancelled``."""
        try:
            self.note()
        except Exception as exc:  # noqa: BLE001  as below
            return [failure_of(exc, self._provider.name, never_sent=True)]
        reservation = self._reservation
        affordable = replace(self.request, max_output_tokens=reservation.output_tokens, timeout_s=reservation.seconds)
        listener = Listener(self.note, self._bear, functools.partial(on_whole, self), on_text)
        try:
            with redacted_log(redact):
                run_in_own_loop(hear(self._provider, affordable, self.streams, listener), cancel)
        except Cancelled:
            raise
        except Exception as exc:  # noqa: BLE001  what the system refuses, too, is told by the catalogue
            return [failure_of(exc, self._provider.name, never_sent=self._never_sent)]
        return [stream.failure for stream in self.streams if stream.failure is not None]

    def note(self) -> None:
        now = used(self.streams, self.request, is_sent=True)
        self._account.note(self._reservation, self.request.model, now, time.monotonic() - self._began)

    def settle(self) -> None:
        seconds = 0.0 if self._never_sent else time.monotonic() - self._began
        self._account.settle(self._reservation, self.request.model, used(self.streams, self.request), seconds)

    @property
    def _never_sent(self) -> bool:
        return all(stream.sending.never_was for stream in self.streams)

    def _bear(self) -> None:
        """Raises ``BudgetSpent`` where more has come than was asked for, and than the rest of the budget bears."""
        most = self._reservation.output_tokens * self.request.samples
        least = used_at_least(self.streams, self.request)
        if least.output_tokens <= most:
            return
        limit = self._account.passed(self._reservation, self.request.model, least)
        if limit is not None:
            come = used(self.streams, self.request, is_sent=True).output_tokens
            raise BudgetSpent(
                f"{self._provider.name} has sent some {come} tokens, and was asked for {most} at most. Before that, "
                f"{limit.words}; the rest does not bear more, and the request was closed.",
                hint=limit.hint,
            )


def _pause(failure: Failure, attempt: int) -> float | None:
    """Seconds until the next attempt; ``None``: there is none."""
    if not failure.may_pass:
        return None
    if failure.wait_s is not None:
        return failure.wait_s if failure.wait_s <= LONGEST_WAIT_S else None
    return FIRST_WAIT_S * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)


def _told(failure: Failure) -> KernelAgentError:
    """The error, with the wait that is asked for where that is too long to be waited for."""
    error, wait_s = failure.error, failure.wait_s
    if not failure.may_pass or wait_s is None or wait_s <= LONGEST_WAIT_S:
        return error
    hint = "Run again after that time, or choose another model or provider."
    return type(error)(f"{error.message} The server asks to wait {_long(wait_s)}.", hint=hint)


def _long(seconds: float) -> str:
    """A time that is longer than is waited for here, in the unit that suits it."""
    if seconds > 365 * 86400:
        return "more than a year"
    for unit, name in ((86400, "days"), (3600, "hours")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _without_secrets(error: KernelAgentError, redact: Redactor) -> KernelAgentError:
    clean = type(error)(printable(redact(error.message)), hint=error.remedy, file=error.file, line=error.line)
    clean.details = printable(redact(error.details))
    return clean
