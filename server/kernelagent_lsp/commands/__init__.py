"""Commands: one file each, one row each. A command answers at once, from what is known; long work is a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kernelagent_lsp.commands import (
    add_example_inputs,
    apply,
    benchmark,
    cancel,
    debug_information,
    discard,
    fuse,
    jobs,
    remove,
    report,
    review,
    use_original,
    use_triton,
    verify,
)
from kernelagent_lsp.commands.argument import Argument

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

COMMANDS: dict[str, Callable[[Server, Argument], Any]] = {
    "kernelagent.fuse": fuse.run,
    "kernelagent.cancel": cancel.run,
    "kernelagent.review": review.run,
    "kernelagent.apply": apply.run,
    "kernelagent.discard": discard.run,
    "kernelagent.useTriton": use_triton.run,
    "kernelagent.useOriginal": use_original.run,
    "kernelagent.remove": remove.run,
    "kernelagent.verify": verify.run,
    "kernelagent.benchmark": benchmark.run,
    "kernelagent.report": report.run,
    "kernelagent.jobs": jobs.run,
    "kernelagent.addExampleInputs": add_example_inputs.run,
    "kernelagent.debugInformation": debug_information.run,
}
