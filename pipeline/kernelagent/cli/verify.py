"""``kernelagent verify KERNEL.py --problem TARGET``: judge any kernel file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from kernelagent.cli import colours
from kernelagent.cli.failure import print_json
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.reproduce import PROBLEM, command_for
from kernelagent.cli.shared_options import (
    budget_option,
    compute_option,
    fresh_option,
    json_option,
    module_options,
    resolve,
    sandbox_option,
    sanitize_option,
)
from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate, standalone
from kernelagent.driver.interpreter import find_interpreter, probe
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.target import Target, parse_target


@click.command(
    epilog="""\b
Examples:
  kernelagent verify kernel.py --problem model.py::Block --arch sm_90 --arch gfx942
  kernelagent verify kernel.py --problem model.py::Block --json > block.verdict.json
  kernelagent verify --certificate block.verdict.json"""
)
@click.argument("kernel", metavar="KERNEL.py", required=False)
@click.option("--problem", metavar="FILE.py[::CLASS]", help="The module that the kernel claims to compute.")
@click.option(
    "--certificate",
    "certificate_file",
    metavar="FILE",
    help="Judge nothing: say whether an earlier verdict (what --json printed, or a run's result.json) still holds for "
    "the files, versions and device that are here now.",
)
@click.option(
    "--case",
    "cases",
    metavar="NAME",
    multiple=True,
    help="Try this one of the judge's cases alone, as a report names it: 'example', 's0=5' ... May be repeated.",
)
@module_options
@sandbox_option
@sanitize_option
@compute_option
@fresh_option
@budget_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    kernel: str | None,
    problem: str | None,
    certificate_file: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Judge any kernel file against a module.

    KERNEL.py defines kernel_function(...), a drop-in module <Class>Triton, or KernelBench's ModelNew. It is run in a
    sandbox that knows neither the module nor the judge.

    Exit status: 0 verified (or the certificate holds), 1 not, 2 bad usage or input, 130 cancelled.
    """
    if certificate_file is not None:
        named = _named(context)
        return _still_holds(certificate_file, kernel, problem, given["interpreter"], named, as_json)
    if kernel is None or problem is None:
        raise click.UsageError("Name a kernel and its problem: KERNEL.py --problem FILE.py::CLASS.")
    options = resolve(given)
    target = parse_target(problem)
    verification = _judged(Path(kernel), target, options)
    if as_json:
        print_json(verification)
    else:
        from rich.text import Text

        from kernelagent.cli.report import print_verification, report_console

        console = report_console()
        passed = verification.verdict == "pass"
        good = ("PASSES", "bold yellow") if verification.partial else ("VERIFIED", "bold green")
        word = good if passed else ("NOT VERIFIED", "bold red")
        console.print(Text.assemble(word, "  ", kernel))
        if verification.cached:
            console.print(f"Judged {verification.cached}; all that the verdict hangs on is as it was (--fresh: anew).")
        print_verification(verification, console, Path(kernel), str(target))
    return 0 if verification.verdict == "pass" else 1


def _judged(kernel: Path, target: Target, options: Options) -> Verification:
    """By what is known of the same request, or anew."""
    from kernelagent.driver.store import verdicts

    found = verdicts.recalled(kernel, target, options)
    if found is not None:
        return found
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(target.file, options) as pool,
        progress_reader() as on_event,
    ):
        verification = standalone.verify_file(kernel, target, options, pool=pool, on_event=on_event, cancel=cancel)
    verdicts.keep(kernel, target, options, verification)
    return verification


def _named(context: click.Context) -> dict[str, Any]:
    """What the command line says of the problem beside ``--certificate``. Raises ``UsageError`` for what says nothing
    there: nothing is judged."""
    typed = {n: v for n, v in context.params.items() if context.get_parameter_source(n) is ParameterSource.COMMANDLINE}
    idle = sorted(set(typed) - {"kernel", "problem", "certificate_file", "interpreter", "as_json", *PROBLEM})
    if idle:
        options = {param.name: param.opts[-1] for param in context.command.params}
        raise click.UsageError(f"{', '.join(options[n] for n in idle)}: says nothing beside --certificate.")
    return {name: typed[name] for name in PROBLEM if name in typed}


def _still_holds(
    file: str, kernel: str | None, problem: str | None, interpreter: str | None, named: dict[str, Any], as_json: bool
) -> int:
    found = certificate.read(Path(file), kernel, problem)
    gpu = ""
    python = probe(*find_interpreter(found.target.file, interpreter))
    if found.verification.mode == "gpu":
        gpu = standalone.gpu_name(python)
    now = certificate.standing(found, python, gpu, named)
    if as_json:
        print_json(now)
        return 0 if now.holds else 1
    word, colour = ("HOLDS", "green") if now.holds else ("DOES NOT HOLD", "red")
    colours.echo(word, fg=colour, bold=True, nl=False)
    click.echo(f"  {file}")
    for binding in now.bindings:
        colours.echo(f"{'✓' if binding.holds else '✗'} ", fg="green" if binding.holds else "red", nl=False)
        click.echo(f"{binding.name:10}{binding.detail}")
    if not now.holds:
        then = found.verification.judged.named if found.verification.judged is not None else {}
        again = command_for(
            found.kernel, str(found.target), named={**then, **named}, judged_with=found.verification.judged_with
        )
        click.echo(f"\nVerify again:  {again}")
    return 0 if now.holds else 1
