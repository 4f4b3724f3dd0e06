"""Errors without the keys that a module may have put into them: it may read the project's ``.env`` and say what it
found."""

from __future__ import annotations

import os
from pathlib import Path

from kernelagent.driver.providers.secrets import Keyring, Place, Redactor, keyring
from kernelagent.errors import BadConfiguration, KernelAgentError


def without_keys(error: KernelAgentError) -> KernelAgentError:
    """``error`` itself, its words and what is logged of it redacted with the keys of the project that it is about."""
    redact = _redactor(Path(error.file) if error.file else Path("file"))
    error.message, error.remedy, error.details = map(redact, (error.message, error.remedy, error.details))
    error.args = (error.message,)
    return error


def _redactor(file: Path) -> Redactor:
    try:
        return Redactor.of(keyring(file))
    except (BadConfiguration, OSError):  # that is told where a key is asked for
        return Redactor.of(Keyring((Place("the environment", os.environ),)))
