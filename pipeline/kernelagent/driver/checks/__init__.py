"""The judge's checks: one file each, and one row here, cheapest first.

A check is a function from the evidence to its findings; it yields nothing when there is nothing to look at. All of
them run, so that one report tells everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks import (
    compiles,
    degenerate,
    dispatch,
    inputs_unchanged,
    launches,
    loads,
    memory,
    outputs_written,
    precision,
    randomness,
    runs,
    sandbox,
    sanitizer,
    static,
    values,
)
from kernelagent.driver.evidence import Evidence

CHECKS: tuple[Callable[[Evidence], Iterator[Check]], ...] = (
    static.check,
    sandbox.check,
    loads.check,
    runs.check,
    dispatch.check,
    launches.check,
    outputs_written.check,
    memory.check,
    sanitizer.check,
    inputs_unchanged.check,
    values.check,
    randomness.check,
    degenerate.check,
    compiles.check,
    precision.check,
)
