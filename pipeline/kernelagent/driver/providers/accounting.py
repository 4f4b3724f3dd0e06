"""Tokens, money and time: counted as replies come, and refused before a request that the budget can't bear."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from kernelagent.contract.result import Cost
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Request
from kernelagent.driver.providers.ledger import DayLimit, Ledger, Spending
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BadOption, BudgetSpent

CHARACTERS_PER_TOKEN = 3.0
"""Code has between three and four: more tokens than there will be are reckoned with, never fewer."""
LEAST_OUTPUT = 1024
"""Tokens: no kernel file is shorter, so a request that can't pay for as many is not sent."""


def reckoned(told: Usage, sent: int, received: int, *, is_whole: bool) -> Usage:
    """What one stream has used: what the API ``told``, and, where it told nothing, or had not come to its end, as much
    as so many characters ``sent`` and ``received`` take."""
    given = told.input_tokens or math.ceil(sent / CHARACTERS_PER_TOKEN)
    written = told.output_tokens
    if not (is_whole and written):
        written = max(written, math.ceil(received / CHARACTERS_PER_TOKEN))
    is_told = (given, written) == (told.input_tokens, told.output_tokens)
    return Usage(given, told.cached_tokens, written, told.estimated or not is_told, told.stored_tokens)


LEAST_SECONDS = 1.0
"""No answer comes sooner."""


@dataclass(frozen=True)
class Reservation:
    """What a request may cost at most, set aside until it is over."""

    output_tokens: int
    """Of one sample."""
    usd: float
    tokens: int
    seconds: float
    """The longest that it may take."""
    held: str | None = None
    """Its name in the day's ledger, where other runs see it."""


class Account:
    """Shared by all workers of a run; every method may be called from any thread."""

    def __init__(
        self,
        budget_usd: float | None,
        budget_tokens: int | None = None,
        *,
        day: DayLimit | None = None,
        ledger: Ledger | None = None,
        within: Account | None = None,
    ) -> None:
        """What counts here counts ``within`` too, and its budget holds as well."""
        self._usd_limit = budget_usd
        self._token_limit = budget_tokens
        self._day = day or DayLimit()
        self._ledger = ledger
        self._within = within
        self._lock: threading.Lock = within._lock if within is not None else threading.Lock()
        self._usage = Usage()
        self._usd = 0.0
        self._reserved_usd = 0.0
        self.on_change: Callable[[Cost], None] | None = None
        """Told of each answer, in the thread that got it."""
        self._reserved_tokens = 0

    @property
    def _both(self) -> tuple[Account, ...]:
        """Itself and the one that it counts within: they share a lock."""
        return (self,) if self._within is None else (self, self._within)

    @property
    def cost(self) -> Cost:
        with self._lock:
            used = self._usage
            return Cost(used.input_tokens, used.output_tokens, round(self._usd, 6), used.estimated)

    def require_price(self, model: Model) -> None:
        """Raises ``BadOption`` when a budget was given that can't be kept."""
        if self._within is not None:
            self._within.require_price(model)
        limited = self._usd_limit is not None or self._day.usd is not None
        if limited and not model.priced and model.provider != "scripted":
            raise BadOption(
                f"a budget in money can't be kept: the price of {model.name} is not known.",
                hint=f'Give usd-input and usd-output in [tool.kernelagent.models."{model.name}"].',
            )

    def reserve(self, request: Request) -> Reservation:
        """Set aside what ``request`` may cost at most; give it back with :meth:`settle`. Raises ``BudgetSpent``."""
        model, samples = request.model, request.samples
        given = math.ceil(samples * request.characters / CHARACTERS_PER_TOKEN)
        alone = self._ledger.alone() if self._ledger is not None else contextlib.nullcontext()
        with self._lock, alone:
            tokens = request.max_output_tokens
            limits = [limit for account in self._both for limit in account._limits(model, samples, given)]
            for left, of, one_token, fixed in limits:
                affordable = tokens if one_token <= 0 else math.floor((left - fixed) / one_token)
                if left < fixed or affordable < min(LEAST_OUTPUT, request.max_output_tokens):
                    raise BudgetSpent(f"{of}, and the next request does not fit the rest.")
                tokens = min(tokens, affordable)
            usd = model.most_usd(given) + model.usd(Usage(0, 0, samples)) * tokens
            most = given + samples * tokens
            seconds = self._seconds(request)
            held = self._ledger.hold(Spending(usd, most, seconds), seconds) if self._ledger is not None else None
            for account in self._both:
                account._reserved_usd += usd
                account._reserved_tokens += most
            return Reservation(tokens, usd, most, seconds, held)

    def spend(self, model: Model, usage: Usage, *, seconds: float = 0.0, now: bool = True) -> None:
        """Count tokens; not ``now``: those that an earlier part of the run has paid for."""
        usd = model.usd(usage)
        tokens = usage.input_tokens + usage.output_tokens
        with self._lock:
            for account in self._both if now else (self,):
                account._usage += usage
                account._usd += usd
        if self.on_change is not None and tokens:
            self.on_change(self.cost)
        if now and self._ledger is not None and (tokens or seconds):
            self._ledger.add(Spending(usd, tokens, seconds))

    def settle(self, reservation: Reservation) -> None:
        """Give a reservation back, when its request is over, however it ended."""
        with self._lock:
            for account in self._both:
                account._reserved_usd -= reservation.usd
                account._reserved_tokens -= reservation.tokens
        if self._ledger is not None and reservation.held is not None:
            self._ledger.give_back(reservation.held)

    def _limits(self, model: Model, samples: int, given: int) -> list[tuple[float, str, float, float]]:
        """What is left of each limit, how it stands in words, and what one output token and the input take of it."""
        found: list[tuple[float, str, float, float]] = []
        token_usd, given_usd = model.usd(Usage(0, 0, samples)), model.most_usd(given)
        used = self._usage.input_tokens + self._usage.output_tokens
        if self._usd_limit is not None and model.priced:
            left = self._usd_limit - self._usd - self._reserved_usd
            found.append((left, f"{self._usd:.4f} USD of {self._usd_limit:g} are spent", token_usd, given_usd))
        if self._token_limit is not None:
            left = self._token_limit - used - self._reserved_tokens
            found.append((left, f"{used} tokens of {self._token_limit} are used", samples, given))
        if not self._day.is_set or self._ledger is None:
            return found
        today, held = self._ledger.today(), self._ledger.held()
        if self._day.usd is not None and model.priced:
            left = self._day.usd - today.usd - held.usd
            found.append((left, f"{today.usd:.4f} USD of today's {self._day.usd:g} are spent", token_usd, given_usd))
        if self._day.tokens is not None:
            left = self._day.tokens - today.tokens - held.tokens
            found.append((left, f"{today.tokens} tokens of today's {self._day.tokens} are used", samples, given))
        if self._day.seconds is not None:
            words = f"{today.seconds:.0f} s of today's {self._day.seconds:g} with models are used"
            found.append((self._day.seconds - today.seconds - held.seconds, words, 0.0, LEAST_SECONDS))
        return found

    def _seconds(self, request: Request) -> float:
        """How long a request may take: no longer than the day has left beside what others may take."""
        if self._day.seconds is None or self._ledger is None:
            return request.timeout_s
        return min(request.timeout_s, self._day.seconds - self._ledger.today().seconds - self._ledger.held().seconds)
