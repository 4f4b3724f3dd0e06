"""The four ways to a model, each opened at a local server with a key that must never be seen elsewhere."""

from __future__ import annotations

from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Provider, Request, opening
from kernelagent.driver.providers.secrets import Keyring, Place, Redactor
from kernelagent.driver.providers.table import open_provider

KEY = "made-up-key-0123456789abcdef"

MODELS = {
    "openai responses": Model("m", "openai", "responses", 4096, 2.0, 0.5, 8.0, False, True),
    "openai chat": Model("m", "openai", "chat", 4096, 2.0, 0.5, 8.0),
    "anthropic": Model("m", "anthropic", "messages", 4096, 2.0, 0.5, 8.0, False, True),
    "relay": Model("m", "relay", "chat", 4096),
}


def keys_for(url: str) -> Keyring:
    return Keyring(
        (
            Place(
                "the test",
                {
                    **{"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{url}/v1"},
                    **{"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": url},
                    **{"LLM_RELAY_API_KEY": KEY, "LLM_RELAY_URL": url},
                },
            ),
        )
    )


def door(name: str, url: str) -> Provider:
    return open_provider(MODELS[name], keys_for(url))


def request(name: str, **given: object) -> Request:
    asked = Request(MODELS[name], "You write kernels.", (opening("A ReLU, please.", "please."),), 2048)
    return Request(**{**asked.__dict__, **given})  # type: ignore[arg-type]


REDACT = Redactor([KEY])
TORN = (b"\xff\xfe torn\n", b"[" * 200_000, b'{"a":' * 200_000, b"\0" * 512, b"[1e999, " + b"9" * 10_000 + b"]")
"""What a crash, an editor or a stranger may have left of a file of JSON, or of a line."""
