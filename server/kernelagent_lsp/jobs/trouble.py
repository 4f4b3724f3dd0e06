"""A defect in a job's thread, as an error that a user can report."""

from __future__ import annotations

import logging
import traceback

from kernelagent.errors import InternalError

logger = logging.getLogger(__name__)


def internal_error(exc: Exception) -> InternalError:
    """``exc`` as :class:`InternalError`, its place in the log and in the message: never what it quotes."""
    frames = traceback.extract_tb(exc.__traceback__)
    last = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    logger.error("%s\n%s", type(exc).__name__, "".join(traceback.format_tb(exc.__traceback__)))
    return InternalError(f"{type(exc).__name__}{last}.")
