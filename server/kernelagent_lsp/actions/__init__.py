"""Code actions: one file each, one row each. ``prepare`` is cheap and gives an offer or nothing."""

from __future__ import annotations

from collections.abc import Callable

from kernelagent_lsp.actions import add_example_inputs, apply, cancel, fuse, report, verify
from kernelagent_lsp.actions.offer import Cursor, Offer

ACTIONS: dict[str, Callable[[Cursor], Offer | None]] = {
    fuse.KIND: fuse.prepare,
    cancel.KIND: cancel.prepare,
    apply.KIND: apply.prepare,
    report.KIND: report.prepare,
    verify.KIND: verify.prepare,
    add_example_inputs.KIND: add_example_inputs.prepare,
}
"""In the order of the menu, by code action kind."""

LENSES: tuple[Callable[[Cursor], Offer | None], ...] = (fuse.prepare, cancel.prepare, apply.prepare, report.prepare)
"""Those that are shown above a class."""

KINDS: tuple[str, ...] = tuple(ACTIONS)
