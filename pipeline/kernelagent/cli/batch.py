"""``kernelagent batch PATH...``: many problems, each answered on its own, resumable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kernelagent.cli import batch_diff
from kernelagent.cli.batch_summary import print_summary
from kernelagent.cli.batch_table import batch_table
from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import (
    agreed,
    environment_options,
    json_option,
    resolve,
    sandbox_option,
    synthesis_options,
)
from kernelagent.contract.batch import BatchSummary
from kernelagent.contract.options import Options
from kernelagent.driver import standalone
from kernelagent.driver.batch.batch import open_folder, run_batch
from kernelagent.driver.batch.executors.executor import Executor
from kernelagent.driver.batch.executors.local import LocalExecutor
from kernelagent.driver.batch.executors.ray import ray_executor, require_built_in
from kernelagent.driver.batch.problems import Asked, problems
from kernelagent.driver.batch.reports import writer_for
from kernelagent.driver.interpreter import find_interpreter
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.errors import BadOption, Cancelled

HERE = Path("here")
"""A file of the current folder."""


class _Batch(click.Command):
    """``diff`` as the first word is a command of its own; a folder of that name is ``./diff``."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] == ["diff"]:
            return batch_diff.command.make_context(f"{info_name} diff", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    cls=_Batch,
    epilog="Examples:  kernelagent batch models/ 'zoo/*_block.py' timm.layers:Mlp --jobs 4 --report batch.html;  "
    "kernelagent batch @targets.txt;  kernelagent batch diff OLD NEW",
)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option(
    "--targets",
    "lists",
    metavar="FILE",
    multiple=True,
    help="A file with a target a line, as @FILE is. '#' begins a comment. May be repeated.",
)
@click.option(
    "--folder",
    metavar="DIR",
    help="Where the answers are kept. Default: .fuse/batch of the project around the current folder.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help="Problems at a time. Default: the processors of this machine, at most 8, or those of the cluster.",
)
@click.option(
    "--executor",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where problems are worked at: here, or on a Ray cluster.",
)
@click.option(
    "--address",
    metavar="ADDR",
    help="Of an existing cluster: ray://HOST:10001, HOST:6379, or local to start one here for this command. Default: "
    "RAY_ADDRESS, else local.",
)
@click.option("--retry", is_flag=True, help="Also do again what was answered and is not verified.")
@click.option(
    "--report",
    "reports",
    metavar="FILE",
    multiple=True,
    help="Also write the summary here, as FILE ends: .html, .md, .csv or .json. May be repeated.",
)
@environment_options
@synthesis_options
@sandbox_option
@json_option
def command(
    paths: tuple[str, ...],
    lists: tuple[str, ...],
    folder: str | None,
    jobs: int | None,
    executor: str,
    address: str | None,
    retry: bool,
    reports: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> int:
    """Fuse many modules: folders, files, FILE.py::CLASS, patterns in quotes, pkg.mod:CLASS of installed packages, or
    @FILE with a target a line. `batch diff OLD NEW` compares two batches.

    Each problem is a run of its own, in a folder of its own. --budget-usd and --budget-tokens are for all that this
    command spends, --budget-seconds is for each problem. An answer is kept as soon as it is there: the same command
    goes on where a killed one stopped, and does again only what has changed, or failed for a reason that may be over
    (the network, a key, a budget). At the end comes a table by family, what models have cost, and the reason for every
    miss.

    Exit status: 0 all verified, 1 not all, 2 bad usage or input, 130 cancelled.
    """
    if not paths and not lists:
        raise click.UsageError("Missing argument 'PATH...'.")
    options = resolve(given)
    writers = [writer_for(Path(name)) for name in reports]
    asked = problems(paths, lists, interpreter=lambda: find_interpreter(HERE, options.interpreter)[0])
    if executor == "ray":
        if options.remote is not None:
            raise BadOption("--remote and --executor ray do not go together.", hint="The cluster judges already.")
        options = require_built_in(options)
    elif address is not None:
        raise BadOption("--address is a cluster's.", hint="Add --executor ray.")
    options = _agreed_for_all(asked, options)
    place = Path(folder) if folder is not None else project_root(HERE) / RUNS_FOLDER / "batch"
    near = HERE if asked[0].inputs_belong else asked[0].target.file
    open_folder(place)
    with cancelled_by_signals() as cancel, ExitStack() as opened:
        watch = opened.enter_context(batch_table(len(asked)))
        workers: Executor
        if executor == "ray":
            python, _ = find_interpreter(near, options.interpreter)
            cluster = ray_executor(
                address,
                options.interpreter,
                jobs,
                local=python,
                tell_wait=watch.waits,
                cancel=cancel,
                wait_s=options.task_seconds,
            )
            workers = opened.enter_context(cluster)
        else:
            pool = opened.enter_context(standalone.worker_pool(near, options))
            workers = LocalExecutor(pool, place, options, jobs or min(8, os.cpu_count() or 1))
        summary = run_batch(asked, options, folder=place, executor=workers, retry=retry, watch=watch, cancel=cancel)
        opened.close()
        for write in writers:
            write(summary)
        _told(summary, as_json)
        if cancel.cancelled:
            left = summary.problems - len(summary.entries)
            raise Cancelled("cancelled", hint=f"{left} problems are left; the same command goes on with them.")
    return 0 if summary.verified == summary.problems else 1


def _agreed_for_all(asked: Sequence[Asked], options: Options) -> Options:
    """``options``, with the consent that was given for one of the projects, now or before."""
    files = {project_root(one.target.file): one.target.file for one in asked}.values()
    return replace(options, yes=any([agreed(file, options).yes for file in files]))


def _told(summary: BatchSummary, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)
