"""Short work on the event loop that nobody waits for: what follows an answer, a look at what is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class FollowUps:
    """Keeps tasks alive until they have ended: the loop itself holds them only weakly."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
