"""``kernelagent batch diff OLD NEW``: what has become worse, and what better, between two batches."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import json_option
from kernelagent.contract.batch import BatchComparison, Change, Turned
from kernelagent.errors import BadOption


@click.command(epilog="Example:  kernelagent batch diff before.json .fuse/batch --slower 1.1")
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path))
@click.option(
    "--slower",
    type=click.FloatRange(1.0, min_open=True),
    default=1.2,
    show_default=True,
    help="The factor from which on a time or a speed-up is another one, and not noise.",
)
@json_option
def command(old: Path, new: Path, slower: float, as_json: bool) -> int:
    """Compare two batches: folders that `batch` has kept answers in, or files that its --json wrote.

    Problems are told by their paths. Batches of two checkouts are told by what follows the checkouts' folders.

    Exit status: 0 nothing was lost, 1 a problem that was verified fails now, or its kernel is slower on the same
    device, 2 bad usage or input, or nothing to compare.
    """
    from kernelagent.driver.batch.comparison import compare, read_batch

    comparison = compare(read_batch(old), read_batch(new), slower)
    if as_json:
        print_json(comparison)
    else:
        _print(comparison)
    if not comparison.in_both:
        raise BadOption("no problem is in both batches: nothing was compared.", hint="Name two batches of one project.")
    return 1 if comparison.has_regressed else 0


def _print(found: BatchComparison) -> None:
    from rich.text import Text

    from kernelagent.cli.report import report_console

    console = report_console()

    def heading(words: str, number: int, style: str) -> None:
        console.print(Text(f"{words} ({number})", style=style))

    def turned(words: str, those: tuple[Turned, ...], style: str) -> None:
        if those:
            heading(words, len(those), style)
        for one in those:
            console.print(Text.assemble(f"  {one.target}  {one.old} → {one.new}  ", (one.reason, "dim")))

    def changed(words: str, those: tuple[Change, ...], style: str) -> None:
        if those:
            heading(words, len(those), style)
        for one in those:
            ratio = one.new / one.old if one.old else float("inf")
            console.print(Text(f"  {one.target}  {one.what} {one.old:.3g} → {one.new:.3g} {one.unit}  ({ratio:.2f}×)"))

    turned("Newly failing", found.newly_failing, "bold red")
    changed("Slower", found.slower, "bold red")
    turned("Newly verified", found.newly_verified, "bold green")
    changed("Faster", found.faster, "bold green")
    for words, names in (("Only in the old one", found.only_old), ("Only in the new one", found.only_new)):
        if names:
            heading(words, len(names), "bold")
        for name in names:
            console.print(Text(f"  {name}"))
    same = found.in_both - len({t.target for t in (*found.newly_failing, *found.newly_verified)})
    console.print(Text(f"{found.in_both} problems are in both; {same} have the same status."))
