"""How an SDK's client is made: key, address, certificates, proxies and limits; imported when it is used."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from kernelagent.contract.option_values import is_within
from kernelagent.contract.shown import shown
from kernelagent.contract.typed_numbers import number
from kernelagent.driver.providers.body import bound
from kernelagent.driver.providers.own_certificates import own_context, through_proxies
from kernelagent.driver.providers.secrets import Keyring
from kernelagent.driver.providers.sending import nothing_yet, observe
from kernelagent.errors import BadConfiguration, ProviderNotConfigured

CONNECT_S = 15.0
EXTRA = "pip install 'kernelagent-lsp[llm]'"
_CUSTOM_HEADERS = ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_ADDS_VERSION = ("anthropic",)
"""Providers whose SDK puts ``/v1`` behind the address itself."""
_SCHEMES = ("http", "https", "socks5", "socks5h")
_FOUR_NUMBERS = re.compile(r"\d+(?:\.\d+){3}")
_PROXY_HINT = (
    "Correct the variable in the environment; characters such as a space or @ in a password are written %20, %40."
)
_ADDRESS_HINT = "Set {} to http://HOST:PORT/PATH or https://HOST/PATH, in the environment or in the project's .env."


@dataclass(frozen=True)
class Endpoint:
    """Where requests go and what opens the door."""

    base_url: str = field(repr=False)
    """Without its query."""
    key: str = field(repr=False)
    is_vendors: bool = False
    """What the SDK adds from the environment, an organization and headers of the user's own, is meant for it."""
    query: str = field(default="", repr=False)
    """Of the address, as it was given, for every request: some gateways want a token there."""
    address_from_file: bool = False
    """A file of the project names the address; it is neither the vendor's own nor the user's word."""
    variable: str = ""
    """Names the address."""

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def is_here(self) -> bool:
        """The address is this machine's own."""
        return (urlsplit(self.base_url).hostname or "") in ("localhost", "127.0.0.1", "::1")

    @property
    def destination(self) -> str:
        """The host for people, empty when nothing leaves this machine."""
        return "" if self.is_here else self.host


def endpoint(keys: Keyring, provider: str, default_url: str) -> Endpoint:
    """The key ``<PROVIDER>_API_KEY``, and the address from the same place.

    Raises ``ProviderNotConfigured`` without a key, and ``BadConfiguration`` for what is no address.
    """
    key_name, url_name = f"{provider.upper()}_API_KEY", f"{provider.upper()}_BASE_URL"
    place = keys.place_of(key_name)
    if place is None:
        raise ProviderNotConfigured(
            f"{provider} needs {key_name}, which is not set, or to a placeholder.",
            hint=f"Set {key_name} in the environment or in the project's .env, or use --provider builtin.",
        )
    named = place.values.get(url_name, "").strip()
    url = _checked(named or default_url, url_name)
    if provider in _ADDS_VERSION:
        url = _without_version(url)
    from_file = place.is_file and bool(named)
    key = _key(place.values[key_name], key_name)
    return _endpoint(url, url_name, key, is_vendors=place is keys.places[0], address_from_file=from_file)


def relay_endpoint(keys: Keyring) -> Endpoint:
    """``LLM_RELAY_URL``; many relays on the own machine need no key. Raises ``ProviderNotConfigured``."""
    place = keys.place_of("LLM_RELAY_URL")
    if place is None:
        raise ProviderNotConfigured(
            "relay needs LLM_RELAY_URL, which is not set.",
            hint="Set it to the address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1.",
        )
    url = _checked(place.values["LLM_RELAY_URL"].strip(), "LLM_RELAY_URL")
    parts = urlsplit(url)
    if parts.path in ("", "/"):
        url = urlunsplit(parts._replace(path="/v1"))
    key = _key(place.values.get("LLM_RELAY_API_KEY") or "none", "LLM_RELAY_API_KEY")
    return _endpoint(url, "LLM_RELAY_URL", key, address_from_file=place.is_file)


def _without_version(url: str) -> str:
    """Without one ``/v1`` at the end of its path: the SDK adds its own."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=re.sub(r"/v1/*$", "", parts.path)))


def _endpoint(url: str, variable: str, key: str, *, is_vendors: bool = False, address_from_file: bool) -> Endpoint:
    parts = urlsplit(url)
    plain = urlunsplit(parts._replace(query="", fragment=""))
    return Endpoint(plain, key, is_vendors, parts.query, address_from_file, variable)


def _key(value: str, name: str) -> str:
    """``value`` as it can stand in a header. Raises ``BadConfiguration``, without it, for what cannot."""
    key = value.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise BadConfiguration(
            f"{name} is no key: it is empty, or holds white space or other characters that no key has.",
            hint=f"Set {name} anew; a line break may have been copied with it.",
        )
    return key


def sdk(name: str) -> Any:
    """The package ``name``. Raises ``ProviderNotConfigured`` when it is not installed."""
    try:
        return import_module(name)
    except ImportError as exc:
        raise ProviderNotConfigured(f"the package {name} is not installed.", hint=f"{EXTRA}") from exc


def http_client(package: Any, where: Endpoint, timeout_s: float, environ: Mapping[str, str]) -> Any:
    """The SDK's own asynchronous HTTP client. Proxies come from the environment by themselves, for an address that is
    not this machine's own; own certificates, for proxies too, by ``own_certificates.py``.

    It sends to the address that the user agreed to, and to no other: redirects are not followed.
    Raises ``BadConfiguration`` for a file that holds no certificates, for a proxy that cannot be used, and for an
    address that the client does not take.
    """
    nothing_yet()
    options: dict[str, Any] = {"timeout": timeout_s, "follow_redirects": False, "trust_env": not where.is_here}
    certificates = own_context(environ)
    if certificates is not None:
        options["verify"] = certificates
    hooks: list[Any] = [observe]
    if not where.is_vendors:
        unwanted = _headers_of_the_environment(environ)

        async def strip(request: Any) -> None:
            for name in unwanted:
                request.headers.pop(name, None)

        hooks.append(strip)
    options["event_hooks"] = {"request": hooks, "response": [bound]}
    if options["trust_env"]:
        _require_proxies(environ)
    try:
        if certificates is not None and options["trust_env"]:
            options["mounts"] = through_proxies(package, certificates)
        client = package.DefaultAsyncHttpxClient(**options)
    except Exception as exc:
        raise _bad_proxy(package, environ) from exc
    try:
        query: bytes = client.build_request("POST", f"{where.base_url}?{where.query}").url.query
    except Exception as exc:  # by its own rules, which are stricter than those of `_is_address`
        raise _no_address(where.variable) from exc
    if query:

        async def add_query(request: Any) -> None:
            request.url = request.url.copy_with(query=query)

        hooks.append(add_query)
        client.event_hooks = {"request": hooks, "response": [bound]}
    return client


def require_way(where: Endpoint, environ: Mapping[str, str]) -> None:
    """Raises ``BadConfiguration`` for certificates and proxies of the environment that cannot be used, as far as that
    is seen without the SDK."""
    own_context(environ)
    if not where.is_here:
        _require_proxies(environ)


def relay_timeout(keys: Keyring) -> float | None:
    """Seconds, ``LLM_RELAY_TIMEOUT_S``. Raises ``BadConfiguration`` for what is no time."""
    given = keys.get("LLM_RELAY_TIMEOUT_S")
    if given is None:
        return None
    seconds = number(given)
    if seconds is None or not is_within("llm_timeout_s", seconds):
        raise BadConfiguration(
            f"LLM_RELAY_TIMEOUT_S = {shown(given)} is not a number of seconds.", hint="Set it to a number such as 120."
        )
    return seconds


def _require_proxies(environ: Mapping[str, str]) -> None:
    """Raises ``BadConfiguration`` for what no connection can be made to, though the HTTP client takes it."""
    for name, value in environ.items():
        if name.upper() not in _PROXIES or not value:
            continue
        address = value if "://" in value else f"http://{value}"
        if not _is_address(address) or address.partition("://")[0].lower() not in _SCHEMES:
            raise _no_proxy(name, value)


def _no_proxy(name: str, value: str) -> BadConfiguration:
    scheme = value.partition("://")[0] if "://" in value else ""
    why = f"begins with {scheme}://" if scheme and scheme not in _SCHEMES else "is not an address"
    return BadConfiguration(f"{name} {why}; a proxy is http://HOST:PORT, https:// or socks5://.", hint=_PROXY_HINT)


def _bad_proxy(package: Any, environ: Mapping[str, str]) -> BadConfiguration:
    """Names the variable that the HTTP client does not take, and not its value: that may have a password in it."""
    given = [name for name in environ if name.upper() in _PROXIES and environ[name]]
    for name in given:
        try:
            package.DefaultAsyncHttpxClient(proxy=environ[name], trust_env=False)
        except ImportError:
            return BadConfiguration(
                f"{name} names a SOCKS proxy, for which the package socksio is needed.", hint="pip install socksio"
            )
        except Exception:  # noqa: BLE001  see above
            return _no_proxy(name, environ[name])
    named = " or ".join(given or ["NO_PROXY"])
    return BadConfiguration(f"the proxy that {named} names cannot be used.", hint=_PROXY_HINT)


def _headers_of_the_environment(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the headers that the SDKs take from it by themselves, for their vendor or the user's own gateway."""
    lines = [line for name in _CUSTOM_HEADERS for line in environ.get(name, "").splitlines()]
    own = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return ("OpenAI-Organization", "OpenAI-Project", *(name for name in own if name))


def _checked(url: str, name: str) -> str:
    if urlsplit(url.partition("://")[0] + "://").scheme not in ("http", "https"):
        raise BadConfiguration(
            f"{name} is not an address: it must begin with http:// or https://.", hint=_ADDRESS_HINT.format(name)
        )
    if not _is_address(url):
        raise _no_address(name)
    return url


def _no_address(name: str) -> BadConfiguration:
    return BadConfiguration(
        f"{name} is not an address: there is no such host or port.", hint=_ADDRESS_HINT.format(name)
    )


def _is_address(url: str) -> bool:
    """It has a host that may be one, and a port that may be one or none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.port == 0 or not url.isprintable() or any(character.isspace() for character in parts.netloc):
            return False
        if ":" in host:
            ipaddress.IPv6Address(host)
        elif _FOUR_NUMBERS.fullmatch(host):
            ipaddress.IPv4Address(host)
        return bool(host) and bool(host.encode("idna"))
    except ValueError:  # of the port, of brackets, of a label
        return False
