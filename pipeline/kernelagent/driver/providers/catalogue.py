"""The models that are known: what each takes and costs. Users add their own in ``[tool.kernelagent.models."name"]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from kernelagent.contract.shown import shown
from kernelagent.driver.project_file import kernelagent_table, unknown
from kernelagent.driver.providers.usage import MOST_TOKENS, Usage
from kernelagent.driver.users_own import users_table
from kernelagent.errors import BadConfiguration, BadOption

ProviderName = Literal["openai", "anthropic", "relay", "scripted"]
Api = Literal["responses", "chat", "messages", "script"]


@dataclass(frozen=True)
class Model:
    """One model of one provider."""

    name: str
    """As the API knows it."""
    provider: ProviderName
    api: Api
    max_output_tokens: int = 16_384
    usd_input: float | None = None
    """For a million tokens, as are the others; ``None``: not known, so a budget in money can't be kept."""
    usd_cached: float | None = None
    """Of input that is read from the API's cache; ``None``: as other input."""
    usd_output: float | None = None
    takes_temperature: bool = True
    takes_effort: bool = False
    """It reasons before it answers, and can be told how much."""
    usd_stored: float | None = None
    """Of input that is written to the cache; ``None``: as other input."""
    priced_by_project: bool = False
    """What it costs is told by a file of the project alone, which may have been cloned."""

    @property
    def priced(self) -> bool:
        return self.usd_input is not None and self.usd_output is not None

    def usd(self, usage: Usage) -> float:
        """What these tokens cost; 0 where the price is not known."""
        full, output = self.usd_input or 0.0, self.usd_output or 0.0
        cached = full if self.usd_cached is None else self.usd_cached
        plain = usage.input_tokens - usage.cached_tokens - usage.stored_tokens
        given = plain * full + usage.cached_tokens * cached + usage.stored_tokens * self._stored
        return (given + usage.output_tokens * output) / 1e6

    def most_usd(self, input_tokens: int) -> float:
        """What so much input may cost at most."""
        return input_tokens * max(self.usd_input or 0.0, self._stored) / 1e6

    @property
    def _stored(self) -> float:
        return (self.usd_input or 0.0) if self.usd_stored is None else self.usd_stored


ANTHROPIC_STORED = 1.25
"""Price of what is written to Anthropic's cache for five minutes, beside other input's."""


def _openai(name: str, given: float, cached: float, written: float) -> Model:
    return Model(name, "openai", "responses", 32_768, given, cached, written, False, True)


def _anthropic(name: str, given: float, cached: float, written: float, effort: bool) -> Model:
    return Model(name, "anthropic", "messages", 32_000, given, cached, written, False, effort, ANTHROPIC_STORED * given)


BUILT_IN: tuple[Model, ...] = (
    _openai("gpt-5.2", 1.75, 0.175, 14.0),
    _openai("gpt-5", 1.25, 0.125, 10.0),
    _openai("o4-mini", 1.10, 0.275, 4.40),
    _anthropic("claude-opus-4-6", 5.0, 0.5, 25.0, True),
    _anthropic("claude-sonnet-4-6", 3.0, 0.3, 15.0, True),
    _anthropic("claude-sonnet-4-5-20250929", 3.0, 0.3, 15.0, False),
    _anthropic("claude-opus-4-1-20250805", 15.0, 1.5, 75.0, False),
    _anthropic("claude-sonnet-4-20250514", 3.0, 0.3, 15.0, False),
)
"""List prices of the vendors, in the order of preference within a provider; a table of the same name in the
configuration corrects them."""

DEFAULT_API: dict[ProviderName, Api] = {
    "openai": "responses",
    "anthropic": "messages",
    "relay": "chat",
    "scripted": "script",
}
_APIS: dict[ProviderName, tuple[Api, ...]] = {
    "openai": ("responses", "chat"),
    "anthropic": ("messages",),
    "relay": ("chat", "responses"),
    "scripted": ("script",),
}
_REASON_BY_NAME: dict[ProviderName, re.Pattern[str]] = {
    "openai": re.compile(r"(?:ft:)?(?:o\d|gpt-[5-9])(?!.*-chat)"),
    "anthropic": re.compile(r"claude-[a-z]+-(?:4-[6-9]|[5-9])(?!\d)"),
}
"""Names of models that reason before they answer, can be told how much, and take no temperature."""
_VENDORS: tuple[tuple[re.Pattern[str], ProviderName], ...] = (
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gpt-\d|o\d"), "openai"),
)
MOST_USD = 1e9
"""For a million tokens; no model costs as much. What tokens cost is always a number, which sums of a day need."""
_PRICES = ("usd_input", "usd_cached", "usd_output", "usd_stored")
_KEYS = {
    field.name.replace("_", "-"): field.name
    for field in fields(Model)
    if field.name not in ("name", "priced_by_project")
}


def catalogue(file: Path) -> tuple[Model, ...]:
    """The models for the project around ``file``: the user's own first, then the project's, then the built-in ones that
    neither names. A project may say that a built-in model costs more than its vendor's list, and not that it costs
    less: it may have been cloned, and the budget is the user's. Its prices of other models are marked as its own.

    Raises ``BadConfiguration``.
    """
    (path, table), (users_path, users) = kernelagent_table(file, "models"), users_table("models")
    found = {name: _own(users_path, name, given) for name, given in users.items()}
    for name, given in table.items():
        found.setdefault(name, _at_least_listed(_own(path, name, given)))
    return (*found.values(), *(model for model in BUILT_IN if model.name not in found))


def providers_of(models: tuple[Model, ...], name: str) -> tuple[ProviderName, ...]:
    """Who may have the model ``name``: the provider that the catalogue says, or its vendor by the look of the name;
    then a relay, which may have any."""
    known = [model.provider for model in models if model.name == name]
    vendor = [provider for looks, provider in _VENDORS if looks.match(name)]
    first = (known or vendor)[:1]
    return ("scripted",) if first == ["scripted"] else tuple(dict.fromkeys((*first, "relay")))


def _at_least_listed(model: Model) -> Model:
    listed = next((one for one in BUILT_IN if (one.name, one.provider) == (model.name, model.provider)), None)
    if listed is None:
        return replace(model, priced_by_project=True)
    prices: dict[str, Any] = {
        name: max(getattr(model, name) or 0.0, getattr(listed, name) or 0.0)
        for name in _PRICES
        if (getattr(model, name), getattr(listed, name)) != (None, None)
    }
    return replace(model, **prices)


def _unlisted(name: str, provider: ProviderName) -> Model:
    """Without a price; with what the names of its family tell."""
    reasons = _REASON_BY_NAME.get(provider)
    if reasons is None or not reasons.match(name):
        return Model(name, provider, DEFAULT_API[provider])
    kin = next(model for model in BUILT_IN if model.provider == provider and model.takes_effort)
    return Model(name, provider, kin.api, kin.max_output_tokens, takes_temperature=False, takes_effort=True)


def choose(models: tuple[Model, ...], provider: ProviderName, name: str | None) -> Model:
    """The model ``name`` of ``provider``, or its first. A name that the catalogue lacks is taken as it is: without a
    price, and with what its family takes. Raises ``BadOption``."""
    offered = [model for model in models if model.provider == provider]
    if name is None:
        if not offered:
            raise BadOption(f"--provider {provider} needs --model.", hint="See `kernelagent models`.")
        return offered[0]
    return next((model for model in offered if model.name == name), _unlisted(name, provider))


def _own(path: Path, name: str, table: Any) -> Model:
    def bad(reason: str) -> BadConfiguration:
        return BadConfiguration(f'{path}: the table models."{name}" {reason}.', file=str(path))

    if not name.strip():
        raise bad("has no name of a model")
    if not isinstance(table, dict):
        raise bad("must be a table")
    known = next((model for model in BUILT_IN if model.name == name), None)
    given = table.get("provider", known.provider if known is not None else None)
    provider: ProviderName | None = next((name for name in get_args(ProviderName) if name == given), None)
    if provider is None:
        raise bad(f"needs provider, one of {', '.join(get_args(ProviderName))}")
    model = known if known is not None and known.provider == provider else _unlisted(name, provider)
    for key, value in table.items():
        if key not in _KEYS:
            raise bad(unknown(key, _KEYS))
        if _KEYS[key] in _PRICES:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < MOST_USD
        elif key == "max-output-tokens":
            fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS
        elif key in ("takes-temperature", "takes-effort"):
            fits = isinstance(value, bool)
        elif key == "api":
            fits = value in _APIS[provider]
        else:
            fits = True
        if not fits:
            raise bad(f"has {key} = {shown(value)}, which is not possible")
        model = replace(model, **{_KEYS[key]: value})
    return _with_prices_that_go_along(model, known, table)


def _with_prices_that_go_along(model: Model, known: Model | None, table: Mapping[str, Any]) -> Model:
    """Where what is sent got another price, and what is read from a cache or written to it none of its own: these in
    the same proportion as before; of an Anthropic model that is not known, a quarter more for what is written."""
    given = model.usd_input
    if "usd-input" not in table or given is None:
        return model
    changed: dict[str, Any] = {}
    for key, name in (("usd-cached", "usd_cached"), ("usd-stored", "usd_stored")):
        before = getattr(known, name, None)
        if key not in table and before is not None and known is not None and known.usd_input:
            changed[name] = given * before / known.usd_input
    if model.provider == "anthropic" and "usd-stored" not in table:
        changed.setdefault("usd_stored", given * ANTHROPIC_STORED)
    return replace(model, **changed)
