"""``kernelagent bench TARGET``: eager, ``torch.compile`` and the kernel, timed in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.shared_options import compute_option, json_option, module_options, resolve, sandbox_option
from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.driver import standalone
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.target import parse_target
from kernelagent.driver.timed_target import time_kernel


@click.command(epilog="Example:  kernelagent bench model.py::Block --kernel .fuse/.../compose_out/composed_kernel.py")
@click.argument("target", metavar="FILE.py[::CLASS]")
@click.option("--kernel", metavar="FILE", help="The kernel to time. Default: fuse the module first.")
@module_options
@compute_option
@sandbox_option
@json_option
def command(target: str, kernel: str | None, as_json: bool, **given: Any) -> int:
    """Time eager, torch.compile and the kernel on this machine's GPU.

    At the example's sizes, in strict float32 for all three, with a cold L2 cache and other values in the inputs from
    run to run. The kernel runs in the sandbox, and what it gives after the last run must be what the module gives; for
    a verdict over all cases: kernelagent verify. Needs a GPU that PyTorch can use.
    """
    options = resolve(given)
    parsed = parse_target(target)
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(parsed.file, options) as pool,
        progress_reader() as on_event,
    ):
        file = None if kernel is None else Path(kernel)
        found = time_kernel(parsed, file, options, pool=pool, on_event=on_event, cancel=cancel, tell=_tell)
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _print(found: Benchmark) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"{found.device}, {found.precision}", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("")
    for heading in ("median, ms", "p10", "p90", "runs", "kernel is faster by"):
        table.add_column(heading, justify="right")
    rows: list[tuple[str, Timing | None, float | None]] = [
        ("eager", found.eager_ms, found.speedup_eager),
        ("torch.compile", found.compile_ms, found.speedup_compile),
        ("kernel", found.kernel_ms, None),
    ]
    for name, timing, gain in rows:
        if timing is None:
            table.add_row(name, "failed", "", "", "", "")
            continue
        figures = (f"{timing.median:.4f}", f"{timing.p10:.4f}", f"{timing.p90:.4f}", str(timing.runs))
        table.add_row(name, *figures, "" if gain is None else f"{gain:.2f}x")
    console.print(table)
    if found.floor_ms:
        console.print(f"Speed of light {found.floor_ms:.4f} ms: the kernel reaches {found.of_floor:.0%} of it.")
    for note in found.notes:
        console.print(note, style="yellow", soft_wrap=True)


def _tell(message: str) -> None:
    click.echo(message, err=True)
