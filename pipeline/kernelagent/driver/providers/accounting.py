"""Tokens, money and time: counted as replies come, and refused before a request that the budget can't bear."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kernelagent.contract.result import Cost
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Provider, Request
from kernelagent.driver.providers.ledger import DayLimit, Ledger, Spending
from kernelagent.driver.providers.usage import Usage
from kernelagent.driver.users_own import users_configuration
from kernelagent.errors import BadOption, BudgetSpent, Cancelled

LEAST_OUTPUT = 4096
"""Tokens: a model that thinks first comes to no kernel file with less, so a request that can't pay for as many is not
sent, but one that asks for less anyway."""
LEAST_SECONDS = 1.0
"""No answer comes sooner."""
LOOKS_AGAIN_S = 0.1
"""How often one that waits looks whether others, perhaps other processes, have given back what they held."""
TELLS_AFTER_S = 1.0
"""Who waits for longer says what for."""


_Of = Literal["money", "tokens", "time"]


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
    key: object = field(default_factory=object)
    """It is like no other."""


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
        self.on_under_way: Callable[[], None] | None = None
        """Told when :attr:`cost_so_far` has changed by what a request under way has used."""
        self.on_wait: Callable[[str], None] | None = None
        """Told what a request waits for, or has to do with less output for."""
        self._so_far: dict[object, Cost] = {}
        self._reserved_tokens = 0
        self._under_way = 0
        """Requests that these two are set aside for."""

    @property
    def _both(self) -> tuple[Account, ...]:
        """Itself and the one that it counts within: they share a lock."""
        return (self,) if self._within is None else (self, self._within)

    @property
    def is_asking(self) -> bool:
        """A request is under way."""
        with self._lock:
            return self._under_way > 0

    @property
    def cost(self) -> Cost:
        with self._lock:
            used = self._usage
            return Cost(used.input_tokens, used.output_tokens, round(self._usd, 6), used.estimated)

    @property
    def cost_so_far(self) -> Cost:
        """With what the requests that are under way have used up to now, reckoned: what is to be paid for if this
        process is killed."""
        with self._lock:
            under_way = sum(self._so_far.values(), Cost())
        return self.cost + under_way

    def require_price(self, model: Model, provider: Provider) -> None:
        """Raises ``BadOption`` when a budget was given that can't be kept.

        The word of a project is taken for the price at a relay that is on this machine or that the project names; it
        is the user who pays elsewhere.
        """
        if self._within is not None:
            self._within.require_price(model, provider)
        limited = self._usd_limit is not None or self._day.usd is not None
        if not limited or model.provider == "scripted":
            return
        is_projects = model.provider == "relay" and (provider.address_from_file or not provider.destination)
        if model.priced and (is_projects or not model.priced_by_project):
            return
        why = "is told by the project alone, which may have been cloned" if model.priced else "is not known"
        raise BadOption(
            f"a budget in money can't be kept: the price of {model.name} {why}.",
            hint=f'Give usd-input and usd-output in [models."{model.name}"] of {users_configuration()}.',
        )

    def reserve(self, request: Request, cancel: CancelToken | None = None) -> Reservation:
        """Set aside what ``request`` may cost at most; give it back with :meth:`settle`.

        With a ``cancel`` it waits while requests that are under way hold what this one could have: most of that comes
        back. Raises ``BudgetSpent``, and ``Cancelled``.
        """
        began, told = time.monotonic(), False
        while True:
            found = self._reserved(request, patient=cancel is not None)
            if isinstance(found, Reservation):
                if self.on_wait is not None and found.output_tokens < request.max_output_tokens:
                    most, wanted = found.output_tokens, request.max_output_tokens
                    self.on_wait(f"the budget leaves this request {most} tokens of output, where {wanted} were wanted")
                return found
            assert cancel is not None
            if self.on_wait is not None and not told and time.monotonic() - began > TELLS_AFTER_S:
                told = True
                self.on_wait(f"waiting for the end of requests that are under way: {found}")
            if cancel.wait(LOOKS_AGAIN_S):
                raise Cancelled("cancelled")

    def _reserved(self, request: Request, *, patient: bool) -> Reservation | str:
        """Words: it is worth waiting for others, because a limit stands like that."""
        model, samples, wanted = request.model, request.samples, request.max_output_tokens
        given = math.ceil(samples * request.tokens)
        alone = self._ledger.alone() if self._ledger is not None else contextlib.nullcontext()
        with self._lock, alone:
            if self._ledger is not None:
                self._ledger.take_up()
            limits = [limit for account in self._both for limit in account._limits(model, samples, given)]
            at_best = min((limit.affords(limit.left + limit.held, wanted) for limit in limits), default=wanted)
            tokens = min((limit.affords(limit.left, wanted) for limit in limits), default=wanted)
            longest, seconds = self._seconds(request)
            if patient and at_best >= min(LEAST_OUTPUT, wanted) and (tokens < at_best or seconds < longest):
                return min(limits, key=lambda limit: limit.affords(limit.left, wanted)).words
            for limit in limits:
                if limit.affords(limit.left, wanted) < min(LEAST_OUTPUT, wanted):
                    raise BudgetSpent(f"{limit.words}, and the next request does not fit the rest.", hint=limit.hint)
            usd = model.most_usd(given) + model.usd(Usage(0, 0, samples)) * tokens
            most = given + samples * tokens
            begun = Usage(given, 0, 0, estimated=True)
            held = self._hold(Spending(usd, most, seconds), Spending(model.usd(begun), given, 0.0))
            for account in self._both:
                account._reserved_usd += usd
                account._reserved_tokens += most
                account._under_way += 1
            return Reservation(tokens, usd, most, seconds, held)

    def _hold(self, most: Spending, so_far: Spending) -> str | None:
        if self._ledger is None:
            return None
        try:
            return self._ledger.hold(most, most.seconds, so_far)
        except OSError as exc:
            if not self._day.is_set:
                return None
            why = exc.strerror or exc
            raise BudgetSpent(
                f"the limit of a day can't be kept: {self._ledger.folder}, where what is spent is noted, "
                f"cannot be written: {why}.",
                hint="Make it a folder that you can write to, or take the limits of a day out of the configuration.",
            ) from exc

    def note(self, reservation: Reservation, model: Model, so_far: Usage, seconds: float) -> None:
        """Write down what the request of ``reservation`` has used up to now: whoever goes on after a kill counts it."""
        usd, tokens = model.usd(so_far), so_far.input_tokens + so_far.output_tokens
        with self._lock:
            self._so_far[reservation.key] = Cost(so_far.input_tokens, so_far.output_tokens, usd, True)
        if self._ledger is not None and reservation.held is not None:
            self._ledger.note(reservation.held, Spending(usd, tokens, seconds))
        if self.on_under_way is not None:
            self.on_under_way()

    def passed(self, reservation: Reservation, model: Model, used: Usage) -> Limit | None:
        """The limit that a request has passed that has ``used`` so much already, more than was set aside for it."""
        usd, tokens = model.usd(used), used.input_tokens + used.output_tokens
        with self._lock:
            for account in self._both:
                for limit in account._limits(model, 1, 0):
                    own, now = (reservation.usd, usd) if limit.of == "money" else (reservation.tokens, tokens)
                    if limit.of != "time" and limit.left + own < now:
                        return limit
        return None

    def spend(self, model: Model, usage: Usage, *, seconds: float = 0.0, now: bool = True) -> None:
        """Count tokens; not ``now``: those that another run has paid for."""
        usd = model.usd(usage)
        tokens = usage.input_tokens + usage.output_tokens
        with self._lock:
            for account in self._both if now else (self,):
                account._usage += usage
                account._usd += usd
        if now and self._ledger is not None and (tokens or seconds):
            self._ledger.add(Spending(usd, tokens, seconds))
        if self.on_change is not None and tokens:
            self.on_change(self.cost)

    def goes_on_from(self, earlier: Cost) -> None:
        """Count what an earlier part of the run has cost: in its budget, not again in the day's or in what it counts
        within."""
        with self._lock:
            self._usage += Usage(earlier.input_tokens, 0, earlier.output_tokens, earlier.estimated)
            self._usd += earlier.usd
        if self.on_change is not None and earlier != Cost():
            self.on_change(self.cost)

    def settle(
        self, reservation: Reservation, model: Model | None = None, used: Usage | None = None, seconds: float = 0.0
    ) -> None:
        """Give a reservation back, when its request is over, however it ended, and count what it has used, in one: who
        is killed in between would count it twice, or never."""
        usage = used or Usage()
        usd = model.usd(usage) if model is not None else 0.0
        tokens = usage.input_tokens + usage.output_tokens
        with self._lock:
            noted = self._so_far.pop(reservation.key, None)
            for account in self._both:
                account._usage += usage
                account._usd += usd
                account._reserved_usd -= reservation.usd
                account._reserved_tokens -= reservation.tokens
                account._under_way -= 1
                if account._under_way == 0:
                    account._reserved_usd = 0.0  # and not what rounding leaves, which nobody would give back
        if self._ledger is not None:
            spent = Spending(usd, tokens, seconds) if tokens or seconds else None
            self._ledger.end(reservation.held, spent)
        if self.on_change is not None and tokens:
            self.on_change(self.cost)
        elif noted is not None and self.on_under_way is not None:
            self.on_under_way()

    def _limits(self, model: Model, samples: int, given: int) -> list[Limit]:
        found: list[Limit] = []
        usd = model.usd(Usage(0, 0, samples)), model.most_usd(given)
        used = self._usage.input_tokens + self._usage.output_tokens

        def add(
            limit: float, spent: float, held: float, words: str, place: str, costs: tuple[float, float], of: _Of
        ) -> None:
            told = f"{held}" if isinstance(held, int) else f"{held:.4f}"
            aside = f" and {told} set aside for requests that are under way" if held > 0 else ""
            hint = f"Raise {place}." if of == "time" else f"Raise {place}, or choose a cheaper model with --model."
            found.append(Limit(limit - spent - held, max(0.0, held), words + aside, *costs, of, hint))

        if self._usd_limit is not None and model.priced:
            words = f"{self._usd:.4f} USD of {self._usd_limit:g} are spent"
            add(self._usd_limit, self._usd, self._reserved_usd, words, "--budget-usd", usd, "money")
        if self._token_limit is not None:
            words = f"{used} tokens of {self._token_limit} are used"
            add(self._token_limit, used, self._reserved_tokens, words, "--budget-tokens", (samples, given), "tokens")
        if not self._day.is_set or self._ledger is None:
            return found
        today, held = self._ledger.today(), self._ledger.held()
        place = {name: self._day.places.get(name, "the day's limit") for name in ("usd", "tokens", "seconds")}
        if self._day.usd is not None and model.priced:
            words = f"{today.usd:.4f} USD of today's {self._day.usd:g} are spent"
            add(self._day.usd, today.usd, held.usd, words, place["usd"], usd, "money")
        if self._day.tokens is not None:
            words = f"{today.tokens} tokens of today's {self._day.tokens} are used"
            add(self._day.tokens, today.tokens, held.tokens, words, place["tokens"], (samples, given), "tokens")
        if self._day.seconds is not None:
            words = f"{today.seconds:.0f} s of today's {self._day.seconds:g} with models are used"
            costs = 0.0, LEAST_SECONDS
            add(self._day.seconds, today.seconds, held.seconds, words, place["seconds"], costs, "time")
        return found

    def _seconds(self, request: Request) -> tuple[float, float]:
        """How long a request may take: no longer than the day has left, alone and beside what others may take."""
        if self._day.seconds is None or self._ledger is None:
            return request.timeout_s, request.timeout_s
        left = self._day.seconds - self._ledger.today().seconds
        return min(request.timeout_s, left), min(request.timeout_s, left - self._ledger.held().seconds)


@dataclass(frozen=True)
class Limit:
    """What there is of one limit for a request."""

    left: float
    held: float
    """By requests that are under way; most of it comes back."""
    words: str
    """How it stands."""
    of_token: float
    """What one token of output takes of it."""
    of_input: float
    of: _Of
    hint: str
    """Where it can be raised."""

    def affords(self, left: float, wanted: int) -> int:
        """Tokens of output, of those ``wanted``; negative where the input alone is too much."""
        rest = left - self.of_input
        if rest < 0:
            return -1
        return wanted if rest >= wanted * self.of_token else math.floor(rest / self.of_token)
