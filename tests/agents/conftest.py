"""Workers that the tests of this folder share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from kernelagent.driver.workers import WorkerPool
from warm_command_line import share


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as workers:
        workers.start()
        yield workers


@pytest.fixture(autouse=True)
def shared_workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of ``TritonKernelAgent`` in this process work with the same ones."""
    share(lambda: request.getfixturevalue("pool"), monkeypatch)
