"""Authorities of the user's own, as the environment names them: one context for servers and for proxies alike."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.request import getproxies

from kernelagent.errors import BadConfiguration

_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Of these the first that is set. Each names a file, or a folder."""
_FOLDERS = "SSL_CERT_DIR"
"""Besides it, as OpenSSL reads it: folders, with ``os.pathsep`` between them."""


def own_context(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """``None``: none is named. Raises ``BadConfiguration`` for a place that holds no certificates."""
    bundle = next((name for name in _BUNDLES if environ.get(name)), None)
    places = [(bundle, environ[bundle])] if bundle is not None else []
    places += [(_FOLDERS, place) for place in environ.get(_FOLDERS, "").split(os.pathsep) if place]
    if not places:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name, place in places:
        is_folder = os.path.isdir(place)
        try:
            if name == _FOLDERS and not is_folder:
                raise NotADirectoryError(place)
            context.load_verify_locations(None if is_folder else place, place if is_folder else None)
        except (OSError, ssl.SSLError) as exc:
            raise BadConfiguration(
                f"{name} names {place}, which holds no certificates.", hint="Correct the variable in the environment."
            ) from exc
    return context


def through_proxies(package: Any, context: ssl.SSLContext) -> dict[str, Any]:
    """The ``mounts`` of an SDK's HTTP client for proxies that are spoken to by TLS: by itself the client takes
    ``context`` for the server behind them alone."""
    classes = package.DefaultAsyncHttpxClient.__mro__
    httpx = import_module(next(cls.__module__.partition(".")[0] for cls in classes if cls.__name__ == "AsyncClient"))
    named = getproxies()
    if "*" in (host.strip() for host in named.get("no", "").split(",")):
        return {}
    return {
        f"{scheme}://": httpx.AsyncHTTPTransport(verify=context, proxy=httpx.Proxy(named[scheme], ssl_context=context))
        for scheme in ("http", "https", "all")
        if named.get(scheme, "").lower().startswith("https://")
    }
