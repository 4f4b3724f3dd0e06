"""Keys and addresses: from the environment, else from a ``.env``; and the redactor that keeps keys out of all texts."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kernelagent.driver.project_file import kernelagent_table, project_root
from kernelagent.driver.providers.dotenv import PLACEHOLDERS, is_readable, read_dotenv
from kernelagent.errors import BadConfiguration

NAMES = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    *("LLM_RELAY_URL", "LLM_RELAY_API_KEY", "LLM_RELAY_TIMEOUT_S"),
)
"""All that is taken from a ``.env``."""
_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY")
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_ADDRESSES = ("_URL", "_PROXY")
"""How the names of variables end whose values are addresses. Any other value may be one too."""
_SHORTEST = 8
"""A shorter value is a word of its own, and would be taken out of texts that have nothing to do with it."""
_PIECE = 12
"""Characters from anywhere inside of a key that are taken for a piece of it. Fewer may be a word."""
_RUN = re.compile(rf"\S{{{_PIECE},}}")
_LOOKS_LIKE_A_KEY = re.compile(
    r"\bsk-[A-Za-z0-9_\-]{16,}|(?<=Bearer )[A-Za-z0-9._\-]{16,}|(?<=://)[^\s/?#:@\"'<>]*:[^\s/?#@\"'<>]+(?=@)"
)
"""Also the user and the password in an address."""


@dataclass(frozen=True)
class Place:
    """One source of keys: the environment or one file."""

    name: str
    values: Mapping[str, str]
    is_file: bool = False
    """It may have come with the project, so what it says is not the user's word."""

    def __repr__(self) -> str:
        return f"Place({self.name})"  # its values never reach a log by way of a traceback


@dataclass(frozen=True)
class Keyring:
    """Places in the order of preference.

    A key is only ever sent to an address that comes from the same place as the key: a ``.env`` in a repository that
    was cloned must not lead the keys of the user's environment elsewhere.
    """

    places: tuple[Place, ...]

    def place_of(self, name: str) -> Place | None:
        return next((place for place in self.places if place.values.get(name)), None)

    def get(self, name: str) -> str | None:
        place = self.place_of(name)
        return place.values[name] if place is not None else None


def keyring(
    file: Path, environ: Mapping[str, str] | None = None, *, env_file: str | None = None, relay_url: str | None = None
) -> Keyring:
    """For the project around ``file``: the environment, then ``env-file`` of ``[tool.kernelagent]``, else ``.env``;
    then the file ``env_file``, where there is one. ``relay_url`` comes before all of them. A placeholder counts as
    nothing.

    Raises ``BadConfiguration`` when a file that is named is not there.
    """
    given = os.environ if environ is None else environ
    set_there = {name: value for name, value in given.items() if name not in NAMES or value not in PLACEHOLDERS}
    environment = Place("the environment", set_there)
    first = (Place("the settings", {"LLM_RELAY_URL": relay_url}), environment) if relay_url else (environment,)
    path, table = kernelagent_table(file, "")
    chosen = table.get("env-file")
    if chosen is not None and not isinstance(chosen, str):
        raise BadConfiguration(f"{path}: env-file must be a string.", file=str(path))
    dotenv = path.parent / chosen if chosen is not None else project_root(file) / ".env"
    if chosen is not None and not os.path.isfile(dotenv):
        raise BadConfiguration(f"{path}: there is no env-file {chosen}.", file=str(path))
    if chosen is None and not is_readable(dotenv):
        return Keyring((*first, *_besides(env_file)))
    return Keyring((*first, Place(str(dotenv), read_dotenv(dotenv, NAMES), is_file=True), *_besides(env_file)))


def _besides(env_file: str | None) -> tuple[Place, ...]:
    if env_file is None or not Path(env_file).is_file():
        return ()
    return (Place(env_file, read_dotenv(Path(env_file), NAMES), is_file=True),)


class Redactor:
    """Takes secrets out of a text before it is logged, written or sent."""

    def __init__(self, secrets: Iterable[str], keys: Iterable[str] = ()) -> None:
        """``secrets`` are known whole and in the forms that they take on their way; of ``keys`` also pieces, as servers
        show them: their beginning or their end, and whatever is longer from anywhere."""
        given = [*secrets, *keys]
        known = sorted({form for secret in given for form in _forms(secret)}, key=len, reverse=True)
        pieces = [piece for key in keys if len(key) > _SHORTEST for piece in _pieces(key.strip())]
        found = ["".join(map(_however_written, text)) for text in known] + pieces
        self._known = re.compile("|".join(found)) if found else None
        self._inside = {key[at : at + _PIECE] for key in map(str.strip, keys) for at in range(len(key) - _PIECE + 1)}

    def __call__(self, text: str) -> str:
        if self._inside:
            text = _RUN.sub(self._without_pieces, text)
        if self._known is not None:
            text = self._known.sub("[redacted]", text)
        return _LOOKS_LIKE_A_KEY.sub("[redacted]", text)

    def in_json(self, value: Any) -> Any:
        """The same of every text in ``value``, which is JSON: in what it looks like when it is written down, the second
        half of an escape may be the beginning of a secret."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, list):
            return [self.in_json(item) for item in value]
        if isinstance(value, dict):
            return {self(key): self.in_json(item) for key, item in value.items()}
        return value

    def _without_pieces(self, run: re.Match[str]) -> str:
        """A text without blanks, without what it has of the inside of a key."""
        text, kept, end = run[0], "", 0
        for at in range(len(text) - _PIECE + 1):
            if text[at : at + _PIECE] in self._inside:
                kept += f"{text[end:at]}[redacted]" if at >= end else ""
                end = at + _PIECE
        return kept + text[end:] if end else text

    @classmethod
    def of(cls, keys: Keyring) -> Redactor:
        """Knows the value of everything that is named like a secret, whoever's it is, and what addresses hold."""
        entries = [entry for place in keys.places for entry in place.values.items()]
        secrets = [value for name, value in entries if _SECRET_NAME.search(name)]
        for name, value in entries:
            secrets += _of_address(value, is_one=name.upper().endswith(_ADDRESSES))
        return cls(secrets, [value for name, value in entries if name in _KEYS])


def _forms(secret: str) -> Iterator[str]:
    """As it is, line by line, and escaped or encoded as messages and headers show it, or as who hides it would."""
    for text in {secret, secret.strip(), *secret.split()}:
        if len(text) >= _SHORTEST:
            yield from (text, json.dumps(text)[1:-1], repr(text)[1:-1])
            content = text.encode("utf-8", "surrogateescape")
            encoded = "".join(f"%{byte:02x}" for byte in content)
            yield from (text[::-1], content.hex(), content.hex().upper(), encoded, encoded.upper())
            yield from (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode().rstrip("="))
            yield from _inside_base64(content)


def _inside_base64(content: bytes) -> Iterator[str]:
    """What is the same of it whatever is encoded before and after it, a header's ``Bearer `` say: for each of the three
    places in a group of bytes at which it may begin, the characters that are its own alone."""
    for before in range(3):
        filled = bytes(before) + content
        first, end = -(-before * 8 // 6), len(filled) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(filled).decode()[first:end]


def _however_written(character: str) -> str:
    """An expression for it, alone or as addresses encode it: which characters are, and in which case, differs."""
    if character.isascii() and character.isalnum():
        return character
    encoded = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
    ways = [re.escape(character), f"(?i:{encoded})", *{" ": [r"\+"], "/": [r"\\/"]}.get(character, [])]
    return f"(?:{'|'.join(ways)})"


def _pieces(key: str) -> tuple[str, str]:
    """Expressions for its beginning and its end, as much as there is of either from eight characters on."""
    most = min(len(key), 200)
    characters = [*map(_however_written, key)]
    beginning, end = "".join(characters[:_SHORTEST]), "".join(characters[-_SHORTEST:])
    more = "".join(f"(?:{one}" for one in characters[_SHORTEST:most]) + ")?" * (most - _SHORTEST)
    return f"{beginning}{more}", end


def _of_address(value: str, *, is_one: bool) -> Iterator[str]:
    """The password in it, alone, with its user, and as a header has them; where ``value`` ``is_one``, though it may
    have no scheme, as that of a proxy, also the values of its query, and what stands there alone."""
    try:
        parts = urlsplit(value if "://" in value or not is_one else f"//{value}")
        user, password = parts.username or "", parts.password
    except ValueError:
        return
    if password:
        plain = f"{unquote(user)}:{unquote(password)}"
        yield from (password, unquote(password), f"{user}:{password}", plain)
        yield base64.b64encode(plain.encode()).decode()
    if is_one:
        yield from (value or name for name, value in parse_qsl(parts.query, keep_blank_values=True))
