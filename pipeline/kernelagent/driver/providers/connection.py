"""How an SDK's client is made: key, address, certificates, proxies and limits; imported when it is used."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from kernelagent.driver.providers.secrets import Keyring
from kernelagent.errors import BadConfiguration, ProviderNotConfigured

CONNECT_S = 15.0
EXTRA = "pip install 'kernelagent-lsp[llm]'"
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Endpoint:
    """Where requests go and what opens the door."""

    base_url: str
    key: str = field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def is_here(self) -> bool:
        """The address is this machine's own."""
        return (urlsplit(self.base_url).hostname or "") in ("localhost", "127.0.0.1", "::1")


def endpoint(keys: Keyring, provider: str, default_url: str) -> Endpoint:
    """The key ``<PROVIDER>_API_KEY``, and the address from the same place.

    Raises ``ProviderNotConfigured`` without a key, and ``BadConfiguration`` for what is no address.
    """
    key_name, url_name = f"{provider.upper()}_API_KEY", f"{provider.upper()}_BASE_URL"
    place = keys.place_of(key_name)
    if place is None:
        raise ProviderNotConfigured(
            f"{provider} needs {key_name}, which is not set.",
            hint=f"Set {key_name} in the environment or in the project's .env, or use --provider builtin.",
        )
    return Endpoint(_checked(place.values.get(url_name) or default_url, url_name), place.values[key_name])


def relay_endpoint(keys: Keyring) -> Endpoint:
    """``LLM_RELAY_URL``; many relays on the own machine need no key. Raises ``ProviderNotConfigured``."""
    place = keys.place_of("LLM_RELAY_URL")
    if place is None:
        raise ProviderNotConfigured(
            "relay needs LLM_RELAY_URL, which is not set.",
            hint="Set it to the address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1.",
        )
    url = _checked(place.values["LLM_RELAY_URL"], "LLM_RELAY_URL")
    if urlsplit(url).path in ("", "/"):
        url = url.rstrip("/") + "/v1"
    return Endpoint(url, place.values.get("LLM_RELAY_API_KEY") or "none")


def sdk(name: str) -> Any:
    """The package ``name``. Raises ``ProviderNotConfigured`` when it is not installed."""
    try:
        return import_module(name)
    except ImportError as exc:
        raise ProviderNotConfigured(f"the package {name} is not installed.", hint=f"{EXTRA}") from exc


def http_client(package: Any, timeout_s: float, environ: Mapping[str, str]) -> Any:
    """The SDK's own asynchronous HTTP client. Proxies come from the environment by themselves; own certificates from
    ``SSL_CERT_FILE`` or ``REQUESTS_CA_BUNDLE``. Raises ``BadConfiguration`` for a file that holds none."""
    given = next((name for name in _CERTIFICATES if environ.get(name)), None)
    options: dict[str, Any] = {"timeout": timeout_s}
    if given is not None:
        try:
            options["verify"] = ssl.create_default_context(cafile=environ[given])
        except (OSError, ssl.SSLError) as exc:
            raise BadConfiguration(f"{given} names {environ[given]}, which holds no certificates.") from exc
    return package.DefaultAsyncHttpxClient(**options)


def _checked(url: str, name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadConfiguration(f"{name} is not an address: it must begin with http:// or https://.")
    return url
