"""The language model of a run: which one, by which door, with which account; opened before anything is sent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from kernelagent.contract.options import Options
from kernelagent.driver.known_keys import with_files
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.catalogue import Model, ProviderName, catalogue, choose, providers_of
from kernelagent.driver.providers.connection import relay_timeout
from kernelagent.driver.providers.consent import Question, require_consent
from kernelagent.driver.providers.exchange import Effort, Provider
from kernelagent.driver.providers.ledger import Ledger, day_limit
from kernelagent.driver.providers.nobody import Nobody
from kernelagent.driver.providers.secrets import Keyring, Redactor, keyring
from kernelagent.driver.providers.table import REMOTE, choose_model, open_provider
from kernelagent.driver.secret_files import secret_files
from kernelagent.errors import BadConfiguration, BadOption, ConsentNeeded, ProviderNotConfigured, sentences

TIMEOUT_S = 600.0
Role = Literal["router", "extract", "dispatch", "compose", "direct"]
Memory = Literal["none", "first", "only"]
"""Whether replies that the run directory holds are used: never, before anybody is asked, or instead of asking."""


@dataclass(frozen=True)
class Author:
    provider: Provider
    model: Model
    account: Account
    redact: Redactor
    timeout_s: float
    """For one answer."""
    asked_for: bool
    """It was named with --provider: the built-in synthesizer is not tried first."""
    memory: Memory = "none"
    effort: Effort = "high"
    roles: Mapping[Role, tuple[Provider, Model]] = field(default_factory=dict)

    def for_role(self, role: Role) -> Author:
        """The author of one part of the work: of the same account, perhaps with another model."""
        named = self.roles.get(role) or (self.roles.get("dispatch") if role == "direct" else None)
        provider, model = named or (self.provider, self.model)
        return replace(self, provider=provider, model=model)


def open_author(file: Path, options: Options, within: Account | None = None) -> Author | None:
    """The author that ``options`` name; with ``auto`` the first that can be used and to which code may be sent.

    What it costs counts ``within`` another account too. ``None``: there is none, and none was asked for.

    Raises ``ProviderNotConfigured``, ``ConsentNeeded``, ``BadOption`` and ``BadConfiguration`` for one that was.
    """
    if options.provider == "builtin":
        return None
    named = _named(options)
    if named is not None:
        return _open(file, options, named, within, asked_for=True)
    for provider in _worth_trying(file, options):
        with contextlib.suppress(ProviderNotConfigured, ConsentNeeded, BadOption):
            return _open(file, options, provider, within, asked_for=False)
    return None


def recorded_author(file: Path, options: Options, provider: str | None, model: str | None) -> Author | None:
    """The author of a replay: nobody, by the name and at the prices of the model that was asked. ``None``: none was."""
    if provider is None or model is None:
        return None
    known = next((name for name in get_args(ProviderName) if name == provider), None)
    if known is None:
        raise BadConfiguration(f"the run names the provider {provider!r}, which is not known.")
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)
    roles: dict[Role, tuple[Provider, Model]] = {}
    for role, one in _role_models(file, options, known, keys):
        roles[role] = (Nobody(one.provider), one)
    chosen = choose(catalogue(file), known, model)
    account = Account(None)
    asked_for = options.provider != "auto"
    return Author(
        Nobody(known),
        chosen,
        account,
        with_files(keys, secret_files(file, options.env_file)),
        TIMEOUT_S,
        asked_for,
        "only",
        roles=roles,
    )


def ask_for_consent(file: Path, options: Options, question: Question | None, tell: Callable[[str], None]) -> Options:
    """:func:`require_agreement` before the run begins, for a provider that was named."""
    through = doors(file, options) if _named(options) is not None else ()
    return require_agreement(through, file, options, question, tell)


def require_agreement(
    through: Iterable[Provider], file: Path, options: Options, question: Question | None, tell: Callable[[str], None]
) -> Options:
    """Put the question of ``providers/consent.py``, once for each host. The ``options`` to run with: they say ``yes``
    where an answer could not be kept, which ``tell`` is told. Raises ``ConsentNeeded``."""
    unkept = [
        require_consent(door, file, yes=options.yes, question=question)
        for door in {door.destination: door for door in through}.values()
    ]
    for why in filter(None, unkept):
        tell(why)
    return replace(options, yes=options.yes or any(unkept))


def doors(file: Path, options: Options) -> tuple[Provider, ...]:
    """What a run would send code through, whether that was agreed to or not; with ``auto`` those of the first provider
    that can be used, and none where none can.

    Raises ``ProviderNotConfigured``, ``BadOption`` and ``BadConfiguration`` for a provider that was named.
    """
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)

    def of(name: ProviderName) -> tuple[Provider, ...]:
        models = [choose_model(file, name, options.model, keys)]
        models += [model for _, model in _role_models(file, options, name, keys)]
        return tuple(open_provider(model, keys) for model in dict.fromkeys(models))

    if options.provider == "builtin":
        return ()
    named = _named(options)
    if named is not None:
        return of(named)
    for provider in _worth_trying(file, options):
        with contextlib.suppress(ProviderNotConfigured, BadOption):
            return of(provider)
    return ()


def _worth_trying(file: Path, options: Options) -> tuple[ProviderName, ...]:
    """With ``auto`` and a model: the provider that has it, the first that is set up."""
    if options.model is None:
        return REMOTE
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)
    return (provider_with(file, options.model, keys),)


def provider_with(file: Path, name: str, keys: Keyring) -> ProviderName:
    """Who is to be asked for the model ``name``: of those that may have it the first that is set up, else the first."""
    may_have = providers_of(catalogue(file), name)
    for provider in may_have:
        with contextlib.suppress(ProviderNotConfigured):
            open_provider(choose_model(file, provider, name, keys), keys)
            return provider
    return may_have[0]


def why_not(file: Path, options: Options) -> str:
    """What is missing where the model of ``options`` cannot be used; empty where nothing is."""
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)
    for provider in _worth_trying(file, options):
        try:
            open_provider(choose_model(file, provider, options.model, keys), keys)
        except (ProviderNotConfigured, BadOption) as exc:
            return exc.message
    return ""


_SET_UP_BY = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "relay": "LLM_RELAY_URL"}


def left_out(file: Path, options: Options) -> str:
    """With ``auto``: why each provider that is set up is not asked, in sentences; empty where none is, or one could
    be."""
    if options.provider != "auto":
        return ""
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)
    told: list[str] = []
    for provider in _worth_trying(file, options):
        variable = _SET_UP_BY.get(provider)
        if variable is None or keys.place_of(variable) is None:
            continue
        try:
            _open(file, options, provider, None, asked_for=False)
        except (ProviderNotConfigured, ConsentNeeded, BadOption) as exc:
            told.append(f"{variable} is set, but {provider} is not asked: {sentences(exc.message, exc.remedy)}")
        else:
            return ""
    return " ".join(told)


def _named(options: Options) -> ProviderName | None:
    return next((name for name in get_args(ProviderName) if name == options.provider), None)


def _open(file: Path, options: Options, name: ProviderName, within: Account | None, *, asked_for: bool) -> Author:
    keys = keyring(file, env_file=options.env_file, relay_url=options.relay_url)
    model = choose_model(file, name, options.model, keys)
    limits = options.budget_usd, options.budget_tokens
    account = Account(*limits, day=day_limit(file), ledger=Ledger(), within=within)
    roles = {role: _opened(file, options, one, keys, account) for role, one in _role_models(file, options, name, keys)}
    provider, _ = _opened(file, options, model, keys, account)
    return Author(
        provider,
        model,
        account,
        with_files(keys, secret_files(file, options.env_file)),
        _timeout(name, keys, options),
        asked_for,
        roles=roles,
        effort=options.effort,
    )


def _opened(file: Path, options: Options, model: Model, keys: Keyring, account: Account) -> tuple[Provider, Model]:
    provider = open_provider(model, keys)
    require_consent(provider, file, yes=options.yes, question=None)
    account.require_price(model, provider)
    return provider, model


def _role_models(file: Path, options: Options, name: ProviderName, keys: Keyring) -> Iterator[tuple[Role, Model]]:
    """The models that were named for a part of the work: of the provider that has them, by the catalogue or by their
    names, else of the run's."""
    models = catalogue(file)
    for role in get_args(Role):
        wanted: str | None = getattr(options, f"{role}_model")
        if wanted is not None:
            listed = any(model.name == wanted for model in models)
            has_owner = name != "scripted" and (listed or providers_of(models, wanted)[0] != "relay")
            yield role, choose_model(file, provider_with(file, wanted, keys) if has_owner else name, wanted, keys)


def _timeout(name: ProviderName, keys: Keyring, options: Options) -> float:
    if options.llm_timeout_s is not None:
        return options.llm_timeout_s
    return (relay_timeout(keys) if name == "relay" else None) or TIMEOUT_S
