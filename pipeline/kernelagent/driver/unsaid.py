"""Errors without the keys that a module may have put into them: it may read the project's ``.env`` and say what it
found."""

from __future__ import annotations

from pathlib import Path

from kernelagent.driver.known_keys import redactor_of
from kernelagent.driver.secret_files import secret_files
from kernelagent.errors import KernelAgentError


def without_keys(error: KernelAgentError) -> KernelAgentError:
    """``error`` itself, its words and what is logged of it redacted with the keys of the project that it is about."""
    redact = redactor_of(secret_files(Path(error.file) if error.file else Path("file")))
    error.message, error.remedy, error.details = map(redact, (error.message, error.remedy, error.details))
    error.args = (error.message,)
    return error
