"""The fixture ``kernel_equivalent``, which pytest finds by its entry point.

pytest imports this file at every start, also of those who never use it: it imports nothing but pytest, which is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kernelagent.testing import KernelChecker


@pytest.fixture(scope="session")
def kernel_equivalent() -> Iterator[KernelChecker]:
    """``kernel_equivalent(kernel, problem, example_inputs=None, **options)``: as
    :func:`kernelagent.testing.assert_kernel_equivalent`, with workers that are warm from test to test."""
    from kernelagent.testing import KernelChecker

    with KernelChecker() as check:
        yield check
