"""Tests of unittest, by whomever they are run: they fail by what they return too, and are counted where they ran."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.callers.answers import require_passed

__unittest = True
"""So that unittest leaves the frames of this file out of what it tells."""


@dataclass
class Counted:
    ran: int = 0
    """Test methods that came to an end of their own, well or not."""
    skipped: int = 0

    @property
    def nothing_ran(self) -> bool:
        return self.skipped > 0 and self.ran == 0


def watch_unittest() -> Counted:
    """From now on, in this process: what a test method returns is looked at, which unittest does not do."""
    counted = Counted()
    run, add_skip = unittest.TestCase.run, unittest.TestResult.addSkip

    def watched_run(case: unittest.TestCase, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        _watch(case, counted)
        return run(case, result)

    def counted_skip(result: unittest.TestResult, test: unittest.TestCase, reason: str) -> None:
        counted.skipped += 1
        add_skip(result, test, reason)

    unittest.TestCase.run = watched_run  # type: ignore[method-assign,assignment]
    unittest.TestResult.addSkip = counted_skip  # type: ignore[method-assign,assignment]
    return counted


def _watch(case: unittest.TestCase, counted: Counted) -> None:
    name = case.id().rpartition(".")[2]
    method: Callable[..., Any] | None = getattr(case, name, None)
    if not inspect.ismethod(method):  # or it is watched already
        return
    told = f"{type(case).__name__}.{name}"

    @functools.wraps(method)
    def watched() -> None:
        counted.ran += 1
        try:
            require_passed(told, method())
        except unittest.SkipTest:
            counted.ran -= 1
            raise

    @functools.wraps(method)
    async def awaited() -> None:
        counted.ran += 1
        try:
            require_passed(told, await method())
        except unittest.SkipTest:
            counted.ran -= 1
            raise

    is_awaited = isinstance(case, unittest.IsolatedAsyncioTestCase) and inspect.iscoroutinefunction(method)
    setattr(case, name, awaited if is_awaited else watched)
