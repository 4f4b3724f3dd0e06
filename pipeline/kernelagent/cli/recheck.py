"""``kernelagent recheck FILE...``: changed kernels, and those of changed classes, are judged again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kernelagent.cli.failure import print_json, show
from kernelagent.cli.shared_options import (
    budget_option,
    compute_option,
    environment_options,
    json_option,
    resolve,
    sandbox_option,
)
from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import ErrorInfo
from kernelagent.contract.verdict import Verification
from kernelagent.driver import standalone
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.kept_kernels import KeptKernel, kept_kernels
from kernelagent.driver.report import of_verification, write_page
from kernelagent.driver.target import parse_target
from kernelagent.errors import Cancelled, KernelAgentError


@click.command(epilog="Example:  kernelagent recheck kernels/*.py --report-dir reports")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--report-dir", metavar="DIR", help="Write a page for each kernel into this folder.")
@click.option("--case", "cases", metavar="NAME", multiple=True, help="Try this one of the judge's cases alone.")
@environment_options
@sandbox_option
@compute_option
@budget_option
@json_option
def command(files: tuple[str, ...], report_dir: str | None, as_json: bool, **given: Any) -> int:
    """Judge kernel files against the classes that they were made from.

    A kernel says so above its module class: '# source: model.py::Block 5f2c81d0a94e'. A FILE without such a line is
    passed over, and so it goes with a file of classes: the project's kernels that were made from it are judged. Meant
    for pre-commit and for a build machine, which name the files that have changed.

    Exit status: 0 all are right, 1 some are not, 2 some could not be judged, 130 cancelled.
    """
    options = resolve(given)
    kernels = kept_kernels(map(Path, files))
    verdicts: list[dict[str, Any]] = []
    status = 0
    for kernel in kernels:
        try:
            found = _judged(kernel, options)
        except Cancelled:
            raise
        except KernelAgentError as exc:
            status = max(status, exc.exit_status)
            told = ErrorInfo(exc.code, exc.message, exc.remedy, exc.file, exc.line)
            verdicts.append({"kernel": str(kernel.file), "problem": kernel.target, "error": to_json(told)})
            if not as_json:
                click.echo(f"{kernel.file}: could not be judged against {kernel.target}", err=True)
                show(told)
            continue
        status = max(status, int(found.verdict != "pass"))
        verdicts.append({"kernel": str(kernel.file), "problem": kernel.target, "verification": to_json(found)})
        if report_dir is not None:
            _write(Path(report_dir), kernel, found)
        if not as_json:
            _print(kernel, found)
    if as_json:
        print_json({"kernels": verdicts})
    elif not kernels:
        click.echo("No kernel among these files, and none that was made from them.")
    return status


def _judged(kernel: KeptKernel, options: Options) -> Verification:
    target = parse_target(kernel.target)
    with cancelled_by_signals() as cancel, standalone.worker_pool(target.file, options) as pool:
        return standalone.verify_file(kernel.file, target, options, pool=pool, on_event=None, cancel=cancel)


def _write(folder: Path, kernel: KeptKernel, found: Verification) -> None:
    place = folder / kernel.file.stem
    place.mkdir(parents=True, exist_ok=True)
    write_page(place, of_verification(f"{kernel.file.name} and {kernel.source.name}::{kernel.said.class_name}", found))


def _print(kernel: KeptKernel, found: Verification) -> None:
    changed = "" if kernel.is_current else f" ({kernel.said.class_name} has changed since it was made)"
    if found.verdict == "pass":
        click.echo(f"{kernel.file}: {found.summary}{changed}")
        return
    from kernelagent.cli.report import print_verification, report_console

    click.echo(f"{kernel.file}: NOT VERIFIED against {kernel.target}{changed}")
    print_verification(found, report_console(), kernel.file, kernel.target)
