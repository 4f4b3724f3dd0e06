"""What stands at the end of a batch, on stdout: the table by family, the misses by cause, speed-ups, cost."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from kernelagent.cli.report import cost_told, report_console
from kernelagent.contract.batch import BatchSummary

_SHOWN = 5
"""Targets of one cause; all are in ``--json`` and ``--report``."""


def print_summary(summary: BatchSummary) -> None:
    console = report_console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Family")
    for heading in ("Problems", "Verified", "Median, s", "Longest, s"):
        table.add_column(heading, justify="right")
    for row in summary.families:
        table.add_row(row.family, str(row.problems), str(row.verified), f"{row.median_s:.1f}", f"{row.longest_s:.1f}")
    table.add_section()
    done, longest = str(len(summary.entries)), f"{summary.longest_s:.1f}"
    table.add_row("all", done, str(summary.verified), f"{summary.median_s:.1f}", longest)
    console.print()
    console.print(table)
    if summary.causes:
        console.print()
        console.print(Text("Not verified", style="bold"))
    reasons = {entry.target: entry.reason for entry in summary.entries}
    for cause in summary.causes:
        alone = len(cause.targets) == 1
        told = reasons[cause.targets[0]] if alone else cause.reason
        console.print(Text.assemble(f"{len(cause.targets):>4}  ", (told, "red")))
        for target in cause.targets[:_SHOWN]:
            console.print(Text(f"        {target}"))
        if len(cause.targets) > _SHOWN:
            console.print(Text(f"        and {len(cause.targets) - _SHOWN} more", style="dim"))
    console.print()
    if summary.fast_p:
        shown = [f for f in summary.fast_p if f.p in (0.0, 1.0, 1.5, 2.0)]
        told = ", ".join(f"fast_{f.p:g} {f.eager:.0%} (torch.compile {f.compiled:.0%})" for f in shown)
        console.print(Text.assemble(("Speed   ", "bold"), told))
    if summary.cost.output_tokens or summary.spent.output_tokens:
        console.print(Text.assemble(("Cost    ", "bold"), f"{cost_told(summary.cost)}, for all answers"))
        console.print(Text.assemble(("Spent   ", "bold"), f"{cost_told(summary.spent)}, by this command"))
    console.print(Text.assemble(("Answers ", "bold"), summary.folder))
