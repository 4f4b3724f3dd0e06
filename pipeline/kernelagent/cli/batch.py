"""``kernelagent batch PATH...``: many problems, each answered on its own, resumable."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import (
    agreed,
    environment_options,
    json_option,
    resolve,
    sandbox_option,
    synthesis_options,
    warn,
)
from kernelagent.contract.batch import BatchEntry, BatchSummary
from kernelagent.driver import standalone
from kernelagent.driver.batch.batch import OnEntry, run_batch
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.errors import Cancelled


@click.command(
    epilog="Example:  kernelagent batch models/ 'zoo/*_block.py' --jobs 4 --arch sm_80 --arch sm_90",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--folder",
    metavar="DIR",
    help="Where the answers are kept. Default: .fuse/batch of the project around the current folder.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=min(8, os.cpu_count() or 1),
    show_default=True,
    help="Problems at a time.",
)
@click.option("--retry", is_flag=True, help="Also do again what was answered and is not verified.")
@environment_options
@synthesis_options
@sandbox_option
@json_option
def command(paths: tuple[str, ...], folder: str | None, jobs: int, retry: bool, as_json: bool, **given: Any) -> int:
    """Fuse many modules: folders, files, FILE.py::CLASS, or patterns in quotes.

    Each problem is a run of its own, in a folder of its own. --budget-usd and --budget-tokens are for all that this
    command spends, --budget-seconds is for each problem. An answer is kept as soon as it is there: the same command
    goes on where a killed one stopped, and does again only what has changed, or failed for a reason that may be over
    (the network, a key, a budget). At the end comes a table by family, what models have cost, and the reason for every
    miss.

    Exit status: 0 all verified, 1 not all, 2 bad usage or input, 130 cancelled.
    """
    targets = problems(paths)
    options = resolve(given)
    place = Path(folder) if folder is not None else project_root(Path.cwd() / "here") / RUNS_FOLDER / "batch"
    files = {project_root(target.file): target.file for target in targets}.values()
    options = replace(options, yes=any([agreed(file, options).yes for file in files]))
    with cancelled_by_signals() as cancel:
        with standalone.worker_pool(targets[0].file, options) as pool, _answers(len(targets)) as on_entry:
            summary = run_batch(
                targets,
                options,
                folder=place,
                jobs=jobs,
                pool=pool,
                retry=retry,
                on_entry=on_entry,
                tell_wait=warn,
                cancel=cancel,
            )
        if as_json:
            print_json(summary)
        else:
            print_summary(summary)
        if cancel.cancelled:
            left = summary.problems - len(summary.entries)
            raise Cancelled("cancelled", hint=f"{left} problems are left; the same command goes on with them.")
    return 0 if summary.verified == summary.problems else 1


def print_summary(summary: BatchSummary) -> None:
    """The table by family, then the misses, on stdout."""
    from rich.table import Table
    from rich.text import Text

    from kernelagent.cli.report import cost_told, report_console

    console = report_console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Family")
    for heading in ("Problems", "Verified", "Median, s", "Longest, s"):
        table.add_column(heading, justify="right")
    for row in summary.families:
        table.add_row(row.family, str(row.problems), str(row.verified), f"{row.median_s:.1f}", f"{row.longest_s:.1f}")
    longest = max((entry.elapsed_s for entry in summary.entries), default=0.0)
    table.add_section()
    table.add_row("all", str(len(summary.entries)), str(summary.verified), f"{summary.median_s:.1f}", f"{longest:.1f}")
    console.print()
    console.print(table)
    missed = [entry for entry in summary.entries if entry.status != "verified"]
    if missed:
        console.print()
        console.print(Text("Not verified", style="bold"))
    for entry in missed:
        console.print(Text.assemble(f"  {entry.target}  ", (entry.reason, "red")))
    console.print()
    if summary.cost.output_tokens or summary.spent.output_tokens:
        console.print(Text.assemble(("Cost    ", "bold"), f"{cost_told(summary.cost)}, for all answers"))
        console.print(Text.assemble(("Spent   ", "bold"), f"{cost_told(summary.spent)}, by this command"))
    console.print(Text.assemble(("Answers ", "bold"), summary.folder))


@contextmanager
def _answers(total: int) -> Iterator[OnEntry]:
    """A bar on a terminal with the answers above it; plain lines elsewhere. On stderr."""
    if not sys.stderr.isatty():
        yield lambda entry, done, of: print(_line(entry, done, of), file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, highlight=False, markup=False)
    columns = (TextColumn("batch"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("batch", total=total)

        def show(entry: BatchEntry, done: int, of: int) -> None:
            console.print(_line(entry, done, of), style="" if entry.status == "verified" else "red")
            progress.update(bar, completed=done)

        yield show


def _line(entry: BatchEntry, done: int, total: int) -> str:
    what = entry.status if entry.status == "verified" else f"{entry.status}: {entry.reason}"
    return f"[{done:>{len(str(total))}}/{total}] {entry.elapsed_s:6.1f} s  {entry.target}  {what}"
