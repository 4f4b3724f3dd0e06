"""What is logged while a request is made, by whichever library, has no secret in it: HTTP libraries log whole
addresses."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from kernelagent.driver.providers.secrets import Redactor

_redact: ContextVar[Redactor | None] = ContextVar("kernelagent_redactor_of_the_log", default=None)
_QUERY = re.compile(r"(\bhttps?://[^\s?#\"'<>]*)\?[^\s\"'<>]*")
_FORMAT = logging.Formatter()


@contextmanager
def redacted_log(redact: Redactor) -> Iterator[None]:
    """Inside of it, in this thread and the tasks of its event loop, log records pass ``redact`` when they are made,
    before any handler sees them, and addresses are told without their query."""
    made_now = logging.getLogRecordFactory()
    if not isinstance(made_now, _WithoutSecrets):
        logging.setLogRecordFactory(_WithoutSecrets(made_now))
    token = _redact.set(redact)
    try:
        yield
    finally:
        _redact.reset(token)


class _WithoutSecrets:
    """A record factory: loggers are made by name at any time, so that filters of known ones would not see them all.
    It stays, and leaves records that are made elsewhere as they are."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._made(*args, **kwargs)
        redact = _redact.get()
        if redact is not None:
            record.msg, record.args = _QUERY.sub(r"\1?[redacted]", redact(_said(record))), None
            if record.exc_info and record.exc_info[0] is not None:
                record.exc_text = redact(_FORMAT.formatException(record.exc_info))
                record.exc_info = None
        return record


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit: what logging would say of it shows them all
        return str(record.msg)
