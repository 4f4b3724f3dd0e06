"""Keys and addresses: from the environment, else from a ``.env``; and the redactor that keeps keys out of all texts."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelagent.driver.project_file import kernelagent_table, project_root
from kernelagent.errors import BadConfiguration

NAMES = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    *("LLM_RELAY_URL", "LLM_RELAY_API_KEY", "LLM_RELAY_TIMEOUT_S"),
)
"""All that is taken from a ``.env``."""
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_SHORTEST = 8
"""A shorter value is a word of its own, and would be taken out of texts that have nothing to do with it."""
_LOOKS_LIKE_A_KEY = re.compile(r"\bsk-[A-Za-z0-9_\-]{16,}|(?<=Bearer )[A-Za-z0-9._\-]{16,}")
_PLACEHOLDERS = ("your-api-key-here", "sk-...", "sk-ant-...")


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
    then the file ``env_file``, where there is one. ``relay_url`` comes before all of them.

    Raises ``BadConfiguration`` when a file that is named is not there.
    """
    environment = Place("the environment", os.environ if environ is None else environ)
    first = (Place("the settings", {"LLM_RELAY_URL": relay_url}), environment) if relay_url else (environment,)
    path, table = kernelagent_table(file, "")
    chosen = table.get("env-file")
    if chosen is not None and not isinstance(chosen, str):
        raise BadConfiguration(f"{path}: env-file must be a string.", file=str(path))
    dotenv = path.parent / chosen if chosen is not None else project_root(file) / ".env"
    if not dotenv.is_file():
        if chosen is not None:
            raise BadConfiguration(f"{path}: there is no env-file {chosen}.", file=str(path))
        return Keyring((*first, *_besides(env_file)))
    return Keyring((*first, Place(str(dotenv), read_dotenv(dotenv), is_file=True), *_besides(env_file)))


def _besides(env_file: str | None) -> tuple[Place, ...]:
    if env_file is None or not Path(env_file).is_file():
        return ()
    return (Place(env_file, read_dotenv(Path(env_file)), is_file=True),)


def read_dotenv(path: Path, names: Collection[str] = NAMES) -> dict[str, str]:
    """The lines ``NAME=value`` of the ``names``."""
    found = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.fullmatch(r"\s*(?:export\s+)?(\w+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^#]*?)\s*(?:#.*)?", line)
        if match is not None and match[1] in names:
            value = match[2]
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
            value = value[1:-1] if quoted else value
            if value not in _PLACEHOLDERS:
                found[match[1]] = value
    return found


class Redactor:
    """Takes secrets out of a text before it is logged, written or sent."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub("[redacted]", text)
        return _LOOKS_LIKE_A_KEY.sub("[redacted]", text)

    @classmethod
    def of(cls, keys: Keyring) -> Redactor:
        """Knows the value of everything that is named like a secret, whoever's it is."""
        return cls(value for place in keys.places for name, value in place.values.items() if _SECRET_NAME.search(name))
