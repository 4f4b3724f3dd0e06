"""Python's audit events (:pep:`578`). A hook stays until its process ends, and is told of everything: there is one,
and whom it tells changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Listener = Callable[[str, tuple[Any, ...]], None]
_listeners: dict[str, dict[str, Listener]] = {}
"""By event, then by name."""


def listen(name: str, events: tuple[str, ...], listener: Listener) -> None:
    """``listener`` is told of the ``events`` from now on, in place of whoever listened to them by that ``name``."""
    if not _listeners:
        sys.addaudithook(_hook)
    for event in events:
        _listeners.setdefault(event, {})[name] = listener


def _hook(event: str, args: tuple[Any, ...]) -> None:
    listeners = _listeners.get(event)
    if listeners is not None:
        for listener in listeners.values():
            listener(event, args)
