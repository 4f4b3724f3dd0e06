"""Workers that the tests of this folder share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from kernelagent.driver.workers import WorkerPool


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as workers:
        workers.start()
        yield workers
