"""``runs diff``: what differs between two runs."""

from __future__ import annotations

import click

from kernelagent.cli import colours
from kernelagent.cli.failure import print_json
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.printable import printable
from kernelagent.driver.store.comparing import Change, RunDiff, compare
from kernelagent.driver.store.find_folder import folder_of

SHOWN = 40
"""Lines of a text's difference, and rows of a table, unless all are asked for."""


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@folder_option
@click.option("--full", is_flag=True, help=f"All lines, where there are more than {SHOWN}.")
@json_option
def diff_command(before: str, after: str, folder: str | None, full: bool, as_json: bool) -> int:
    """Say what differs between the runs A and B; the beginnings of their ids are enough.

    Source, kernel, options, versions, verdict, the cases' errors, times and cost.
    """
    runs = folder_of_runs(folder)
    found = compare(folder_of(runs, before), folder_of(runs, after))
    if as_json:
        print_json(found)
    else:
        _print(printable(found), None if full else SHOWN)
    return 0


def _print(found: RunDiff, most: int | None) -> None:
    click.echo(f"A  {found.before}\nB  {found.after}")
    tables = {
        "Verdict": found.verdict,
        "Request": found.request,
        "Versions": found.versions,
        "Largest error of each case": found.errors,
        "Times": found.timings,
        "Cost": found.cost,
    }
    for title, changes in tables.items():
        if changes:
            _heading(title)
            _table(changes, most)
    for title, lines in (("Source", found.source), ("Kernel", found.kernel)):
        if lines:
            more = sum(line.startswith("+") for line in lines[2:])
            less = sum(line.startswith("-") for line in lines[2:])
            _heading(f"{title}: {more} lines added, {less} removed")
            _lines(lines, most)
    same = [title.lower() for title, changes in tables.items() if not changes]
    same += [title for title, lines in (("source", found.source), ("kernel", found.kernel)) if not lines]
    if same:
        click.echo(f"\nThe same: {', '.join(same)}.")


def _heading(text: str) -> None:
    click.echo()
    colours.echo(text, bold=True)


def _table(changes: tuple[Change, ...], most: int | None) -> None:
    shown = changes[:most]
    names = min(max(len(change.what) for change in shown), 40)
    for change in shown:
        before, after = _told(change.before), _told(change.after)
        if len(before) + len(after) + names > 70:
            click.echo(f"  {change.what}\n    A  {before}\n    B  {after}")
        else:
            click.echo(f"  {change.what:{names}}  {before} → {after}{_ratio(change)}")
    if len(changes) > len(shown):
        click.echo(f"  … and {len(changes) - len(shown)} more; --full shows them.")


def _told(value: str | float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("\n", " ")


def _ratio(change: Change) -> str:
    before, after = change.before, change.after
    if isinstance(before, str) or isinstance(after, str) or not before or not after:
        return ""
    return f"  (×{after / before:.3g})" if change.what.endswith(("_s", "_ms")) else ""


def _lines(lines: tuple[str, ...], most: int | None) -> None:
    for line in lines[:most]:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        colours.echo(f"  {line}", fg=colour)
    if most is not None and len(lines) > most:
        click.echo(f"  … and {len(lines) - most} more lines; --full shows them.")
