"""The report at the end of ``fuse`` and of ``verify``: the verdict, how it was reached, and what it does not say."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kernelagent.cli.failure import print_json, show, status_of
from kernelagent.cli.failure_report import failure_blocks
from kernelagent.cli.reproduce import command_for
from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.result import Cost, Result
from kernelagent.contract.verdict import Check, Verification
from kernelagent.driver.report.writing import REPORT_HTML

_HEADLINES = {
    "verified": ("VERIFIED", "bold green"),
    "failed": ("NOT VERIFIED", "bold red"),
    "cancelled": ("CANCELLED", "bold yellow"),
    "unverified": ("NOT JUDGED", "bold yellow"),
}


def report_console() -> Console:
    """Stdout; a pipe or a file gets lines wide enough for most details."""
    return Console(highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)


def told(result: Result, as_json: bool) -> int:
    """Print how a run ended, and return the exit status that says it."""
    if as_json:
        print_json(result)
    elif result.error is not None:
        show(result.error)
        if "run_dir" in result.artifacts:
            click.echo(f"  Run directory: {result.artifacts['run_dir']}", err=True)
    else:
        print_result(result)
    if result.error is not None:
        return status_of(result.error)
    return 1 if result.status == "failed" else 0


def print_result(result: Result) -> None:
    """The whole report of a finished run on stdout."""
    console = report_console()
    word, style = _HEADLINES[result.status]
    console.print()
    console.print(Text.assemble((word, style), "  ", result.target, f"  ({result.elapsed_s:.1f} s)"))
    if result.cached:
        console.print(f"The same request as that of the run {result.cached}, whose answer still holds (--fresh: anew).")
    if result.verification is not None:
        run_dir = Path(result.artifacts["run_dir"])
        kernel = run_dir / result.kernel if result.kernel else None
        print_verification(result.verification, console, kernel, result.target)
    if result.benchmark is not None:
        console.print(Text.assemble(("Speed   ", "bold"), _speed(result.benchmark)))
    if result.compute is not None:
        console.print(Text.assemble(("Compute ", "bold"), result.compute.message))
        for choice in result.compute.choices:
            who = "PyTorch" if choice.computed_by == "pytorch" else "Triton"
            console.print(Text.assemble(("        ", "bold"), f"{choice.subgraph}: {who} ({choice.reason})"))
    run_dir = Path(result.artifacts["run_dir"])
    if result.route is not None:
        console.print(Text.assemble(("Route   ", "bold"), f"{result.route.kind}: {'; '.join(result.route.reasons)}"))
    if result.entry_points is not None:
        names = [name for name in (result.entry_points.function, result.entry_points.module) if name]
        console.print(Text.assemble(("Defines ", "bold"), ", ".join(names)))
    if result.kernel is not None:
        console.print(Text.assemble(("Kernel  ", "bold"), str(run_dir / result.kernel)))
    if result.cost.input_tokens or result.cost.output_tokens:
        console.print(Text.assemble(("Cost    ", "bold"), cost_told(result.cost)))
    if (page := run_dir / REPORT_HTML).is_file():
        console.print(Text.assemble(("Report  ", "bold"), str(page)))
    console.print(Text.assemble(("Run     ", "bold"), str(run_dir)))


def cost_told(cost: Cost) -> str:
    free = "free, or at no known price" if cost.input_tokens or cost.output_tokens else "0 USD"
    money = f"{cost.usd:.4f} USD" if cost.usd else free
    reckoned = ", partly reckoned from the text" if cost.estimated else ""
    told = f"{cost.input_tokens} tokens in, {cost.output_tokens} out, {money}{reckoned}"
    return f"recorded: {told}; nothing was paid now" if cost.recorded else told


def _speed(found: Benchmark) -> str:
    gains = [f"{found.speedup_eager:.2f}x eager"]
    if found.speedup_compile is not None:
        gains.append(f"{found.speedup_compile:.2f}x torch.compile")
    light = f"; {found.of_floor:.0%} of the speed of light" if found.floor_ms else ""
    return f"{found.kernel_ms.median:.4g} ms on {found.device}, {' and '.join(gains)}{light}"


def print_verification(
    verification: Verification, console: Console, kernel: Path | None = None, target: str = ""
) -> None:
    """What failed, with the kernel's lines and how to see it again; then checks, error figures, compiled kernels."""
    failed = verification.failures
    if failed and kernel is not None:
        console.print()
        case = failed[0].check.name.partition("values: ")[2].removesuffix(" (kernel_function)")
        named = verification.judged.named if verification.judged is not None else {}
        for block in failure_blocks(
            verification, kernel, command_for(kernel, target, case, named, verification.judged_with)
        ):
            console.print(block)
    else:
        console.print(Text(verification.summary))
    console.print()
    console.print(_checks(verification.checks))
    console.print()
    if verification.max_abs_err is not None:
        eager = verification.eager_max_abs_err
        console.print(
            Text.assemble(
                ("Error   ", "bold"),
                f"largest {verification.max_abs_err:.2g} absolute",
                f", {verification.max_rel_err:.2g} relative" if verification.max_rel_err is not None else "",
                f"; PyTorch's own {eager:.2g}" if eager is not None else "",
                f"; against float64, precision {verification.precision}",
            )
        )
    cases = sum(case.passed for case in verification.cases)
    if verification.cases:
        console.print(Text.assemble(("Cases   ", "bold"), f"{cases} of {len(verification.cases)} sets of inputs pass"))
    for name, shapes in verification.shapes.items():
        console.print(Text.assemble(("Shapes  ", "bold"), f"{name}: {'; '.join(dict.fromkeys(shapes))}"))
    for entry in verification.computed_by_pytorch:
        figures = f"declared, measured {entry.pytorch_ms:.4g} ms against {entry.triton_ms:.4g} ms on {entry.device}"
        operators = ", ".join(dict.fromkeys(entry.operators))
        console.print(Text.assemble(("Computed by PyTorch ", "bold"), f"{entry.subgraph}: {operators}, {figures}"))
    for missing in verification.not_checked:
        console.print(Text.assemble(("Not checked ", "bold"), missing))
    if verification.compiled:
        console.print()
        console.print(_compiled(verification))
        console.print()


def _checks(checks: tuple[Check, ...]) -> Table:
    """A row each; those of one kind that passed share one."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    kinds: dict[str, list[Check]] = {}
    for check in checks:
        kinds.setdefault(check.family, []).append(check)
    for family, several in kinds.items():
        passed = [check for check in several if check.passed]
        failed = [check for check in several if not check.passed and not check.skipped]
        if len(several) == 1:
            _row(table, several[0], several[0].name, several[0].detail)
            continue
        if passed:
            share = f"{len(passed)} of {len(passed) + len(failed)} cases" if failed else f"{len(passed)} cases"
            _row(table, passed[0], family, f"{share}: {', '.join(_case(check) for check in passed)}")
        if failed:
            _row(table, failed[0], family, f"fails on {', '.join(_case(check) for check in failed)}")
        for check in several:
            if check.skipped:
                _row(table, check, check.name, check.detail)
    return table


def _case(check: Check) -> str:
    return check.name.partition(": ")[2] or check.name


def _row(table: Table, check: Check, name: str, detail: str) -> None:
    mark, style = ("–", "dim") if check.skipped else ("✓", "green") if check.passed else ("✗", "bold red")
    is_told = check.passed or check.line is None or f"at line {check.line}" in detail
    line = "" if is_told else f" (line {check.line})"
    table.add_row(Text(mark, style=style), Text(name), Text(detail + line, style="dim" * check.passed))


def _compiled(verification: Verification) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Compiled kernel")
    table.add_column("for")
    for heading in ("registers", "spills, bytes", "shared, bytes"):
        table.add_column(heading, justify="right")
    for kernel in verification.compiled:
        figures = (kernel.registers, kernel.spills, kernel.shared_bytes)
        table.add_row(kernel.kernel, kernel.arch, *("?" if figure is None else f"{figure:,}" for figure in figures))
    return table
