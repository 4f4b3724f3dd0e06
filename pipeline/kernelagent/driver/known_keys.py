"""The redactor that knows every key of the environment and of the project's files with keys, whatever is named so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kernelagent.driver.providers.dotenv import PLACEHOLDERS, every_variable
from kernelagent.driver.providers.secrets import Keyring, Place, Redactor


def redactor_of(files: Iterable[str], relay_url: str | None = None) -> Redactor:
    """For ``files`` as :func:`secret_files` finds them, and an address that is in neither."""
    settings = Place("the settings", {"LLM_RELAY_URL": relay_url or ""})
    environment = Place("the environment", {n: v for n, v in os.environ.items() if v not in PLACEHOLDERS})
    return with_files(Keyring((settings, environment)), files)


def with_files(keys: Keyring, files: Iterable[str]) -> Redactor:
    """For ``keys`` and whatever ``files``, as :func:`secret_files` finds them, name like a secret."""
    of_files = (Place(file, every_variable(Path(file)), is_file=True) for file in files)
    return Redactor.of(Keyring((*keys.places, *of_files)))
