"""``kernelagent verify KERNEL.py --problem TARGET``: judge any kernel file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.shared_options import json_option, module_options, resolve
from kernelagent.driver import standalone
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.target import parse_target


@click.command(epilog="Example:  kernelagent verify kernel.py --problem model.py::Block --arch sm_90 --arch gfx942")
@click.argument("kernel", metavar="KERNEL.py")
@click.option(
    "--problem", metavar="FILE.py[::CLASS]", required=True, help="The module that the kernel claims to compute."
)
@module_options
@json_option
def command(kernel: str, problem: str, as_json: bool, **given: Any) -> int:
    """Judge any kernel file against a module.

    KERNEL.py defines kernel_function(...), a drop-in module <Class>Triton, or KernelBench's ModelNew. It is run in a
    sandbox that knows neither the module nor the judge.

    Exit status: 0 verified, 1 not verified, 2 bad usage or input, 130 cancelled.
    """
    options = resolve(given)
    target = parse_target(problem)
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(target.file, options) as pool,
        progress_reader() as on_event,
    ):
        verification = standalone.verify_file(
            Path(kernel), target, options, pool=pool, on_event=on_event, cancel=cancel
        )
    if as_json:
        print_json(verification)
    else:
        from rich.text import Text

        from kernelagent.cli.report import print_verification, report_console

        console = report_console()
        passed = verification.verdict == "pass"
        word = ("VERIFIED", "bold green") if passed else ("NOT VERIFIED", "bold red")
        console.print(Text.assemble(word, "  ", kernel))
        print_verification(verification, console)
    return 0 if verification.verdict == "pass" else 1
