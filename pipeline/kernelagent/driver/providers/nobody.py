"""The provider of a replay: it has the name of the one that was asked, and answers nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from kernelagent.driver.providers.exchange import Chunk, Request
from kernelagent.errors import NotRecorded


class Nobody:
    takes_samples = False
    destination = ""
    address_from_file = False

    def __init__(self, name: str) -> None:
        self.name = name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        raise NotRecorded("a replay asks nobody.")
        yield
