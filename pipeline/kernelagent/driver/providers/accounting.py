"""Tokens and money of one run: counted as replies come, and refused before a request that the budget can't bear."""

from __future__ import annotations

import threading

from kernelagent.contract.result import Cost
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Request, Usage
from kernelagent.errors import BadOption, BudgetSpent

CHARACTERS_PER_TOKEN = 3.0
"""Code has between three and four: more tokens than there will be are reckoned with, never fewer."""
LEAST_OUTPUT = 1024
"""Tokens: no kernel file is shorter, so a request that can't pay for as many is not sent."""


class Account:
    """Shared by all workers of a run; every method may be called from any thread."""

    def __init__(self, budget_usd: float | None) -> None:
        self._budget = budget_usd
        self._lock = threading.Lock()
        self._usage = Usage()
        self._usd = 0.0
        self._reserved = 0.0

    @property
    def cost(self) -> Cost:
        with self._lock:
            return Cost(self._usage.input_tokens, self._usage.output_tokens, round(self._usd, 6))

    def require_price(self, model: Model) -> None:
        """Raises ``BadOption`` when a budget was given that can't be kept."""
        if self._budget is not None and not model.priced and model.provider != "scripted":
            raise BadOption(
                f"--budget-usd can't be kept: the price of {model.name} is not known.",
                hint=f'Give usd-input and usd-output in [tool.kernelagent.models."{model.name}"].',
            )

    def reserve(self, request: Request) -> tuple[int, float]:
        """Set aside what ``request`` may cost at most; give it back with :meth:`settle`.

        Returns the output tokens that it may ask for, of one sample, and the reservation in USD. Raises
        ``BudgetSpent``.
        """
        model = request.model
        if self._budget is None or not model.priced:
            return request.max_output_tokens, 0.0
        given = model.usd(round(request.samples * request.characters / CHARACTERS_PER_TOKEN), 0, 0)
        one_token = model.usd(0, 0, request.samples)
        with self._lock:
            left = self._budget - self._usd - self._reserved - given
            affordable = int(left / one_token) if one_token > 0 else request.max_output_tokens
            if left < 0 or affordable < min(LEAST_OUTPUT, request.max_output_tokens):
                raise BudgetSpent(
                    f"{self._usd:.4f} USD of {self._budget:g} are spent, and the next request does not fit the rest."
                )
            tokens = min(request.max_output_tokens, affordable)
            reserved = given + one_token * tokens
            self._reserved += reserved
            return tokens, reserved

    def spend(self, model: Model, usage: Usage) -> None:
        """Count tokens that the API has told."""
        with self._lock:
            self._usage += usage
            self._usd += model.usd(usage.input_tokens, usage.cached_tokens, usage.output_tokens)

    def settle(self, reserved: float) -> None:
        """Give a reservation back, when its request is over, however it ended."""
        with self._lock:
            self._reserved -= reserved
