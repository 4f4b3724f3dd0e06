"""The provider of a replay: it has the name of the one that was asked, and answers nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.exchange import Chunk, Request
from kernelagent.errors import NotRecorded


class Nobody:
    destination = ""
    address_from_file = False

    def __init__(self, name: str) -> None:
        self.name = name

    def takes_samples(self, model: Model) -> bool:
        return False

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        raise NotRecorded("a replay asks nobody.")
        yield
