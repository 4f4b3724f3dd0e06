"""The providers by name, and what each needs before it can be used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kernelagent.driver.providers.anthropic_messages import Messages
from kernelagent.driver.providers.catalogue import Api, Model, ProviderName, catalogue, choose
from kernelagent.driver.providers.connection import (
    EXTRA,
    Endpoint,
    endpoint,
    relay_endpoint,
    relay_timeout,
    require_way,
)
from kernelagent.driver.providers.exchange import Provider
from kernelagent.driver.providers.openai_chat import Chat
from kernelagent.driver.providers.openai_responses import Responses
from kernelagent.driver.providers.scripted import Scripted
from kernelagent.driver.providers.secrets import Keyring
from kernelagent.errors import BadConfiguration, BadOption, ProviderNotConfigured

_SDK: dict[Api, str] = {"responses": "openai", "chat": "openai", "messages": "anthropic"}
_DEFAULT_URL: dict[ProviderName, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
}
_MODEL_NAME: dict[ProviderName, str] = {"openai": "OPENAI_MODEL"}
REMOTE: tuple[ProviderName, ...] = ("openai", "anthropic", "relay")


@dataclass(frozen=True)
class Readiness:
    """Whether a model can be used now."""

    model: Model
    usable: bool
    why_not: str
    """What is missing and how to get it; empty when it is usable."""


def open_provider(model: Model, keys: Keyring) -> Provider:
    """The door to ``model``. Raises ``ProviderNotConfigured`` and ``BadConfiguration``; sends nothing."""
    if model.api == "script":
        return Scripted(Path(model.name))
    if find_spec(_SDK[model.api]) is None:
        raise ProviderNotConfigured(f"the package {_SDK[model.api]} is not installed.", hint=f"Run {EXTRA}.")
    where = _endpoint(model.provider, keys)
    if model.api == "messages":
        return Messages(model.provider, where)
    return Responses(model.provider, where) if model.api == "responses" else Chat(model.provider, where)


def choose_model(file: Path, provider: ProviderName, name: str | None, keys: Keyring) -> Model:
    """The model that was named, by option or by the provider's variable, else the provider's first."""
    if provider == "scripted" and name is None:
        raise BadOption("--provider scripted needs --model SCRIPT.json.")
    variable = _MODEL_NAME.get(provider)
    return choose(catalogue(file), provider, name or (keys.get(variable) if variable is not None else None))


def readiness(file: Path, keys: Keyring) -> tuple[Readiness, ...]:
    """Each model of the catalogue, and whether it can be used now; asks nobody."""
    found = []
    for model in catalogue(file):
        try:
            open_provider(model, keys)
            if model.api != "script":
                require_way(_endpoint(model.provider, keys), os.environ)
            if model.provider == "relay":
                relay_timeout(keys)
            found.append(Readiness(model, True, ""))
        except (ProviderNotConfigured, BadConfiguration) as exc:
            found.append(Readiness(model, False, exc.told))
    return tuple(found)


def _endpoint(provider: ProviderName, keys: Keyring) -> Endpoint:
    return relay_endpoint(keys) if provider == "relay" else endpoint(keys, provider, _DEFAULT_URL[provider])
