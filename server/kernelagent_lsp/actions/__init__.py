"""Code actions: one file each, one row each. ``prepare`` is cheap and gives an offer or nothing."""

from __future__ import annotations

from collections.abc import Callable

from kernelagent_lsp.actions import (
    add_example_inputs,
    apply,
    benchmark,
    cancel,
    discard,
    fuse,
    fuse_again,
    remove,
    report,
    review,
    say_inputs,
    use_original,
    use_triton,
    verify,
    verify_again,
)
from kernelagent_lsp.actions.offer import Cursor, Offer

ACTIONS: dict[str, Callable[[Cursor], Offer | None]] = {
    fuse_again.KIND: fuse_again.prepare,
    verify_again.KIND: verify_again.prepare,
    say_inputs.KIND: say_inputs.prepare,
    fuse.KIND: fuse.prepare,
    cancel.KIND: cancel.prepare,
    review.KIND: review.prepare,
    apply.KIND: apply.prepare,
    discard.KIND: discard.prepare,
    report.KIND: report.prepare,
    use_triton.KIND: use_triton.prepare,
    use_original.KIND: use_original.prepare,
    verify.KIND: verify.prepare,
    benchmark.KIND: benchmark.prepare,
    remove.KIND: remove.prepare,
    add_example_inputs.KIND: add_example_inputs.prepare,
}
"""In the order of the menu, by code action kind."""

LENSES: tuple[Callable[[Cursor], Offer | None], ...] = (
    fuse.prepare,
    cancel.prepare,
    review.prepare,
    apply.prepare,
    report.prepare,
    use_triton.prepare,
    use_original.prepare,
)
"""Those that are shown above a class."""

KINDS: tuple[str, ...] = tuple(ACTIONS)
