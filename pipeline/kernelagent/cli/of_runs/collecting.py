"""``runs gc``: which runs can go; with ``--yes`` they go."""

from __future__ import annotations

import re
import shutil
import sys

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option, warn
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.printable import printable
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.store import collecting
from kernelagent.driver.store.collecting import Doomed, Plan, Rule
from kernelagent.driver.store.pointed_at import pointed_at
from kernelagent.driver.store.run_store import RunStore
from kernelagent.errors import BadOption

_AGE = re.compile(r"(\d{1,6})([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
SHOWN = 20


@click.command("gc")
@folder_option
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    metavar="N",
    help="The newest N of each target stay.",
)
@click.option(
    "--older-than", metavar="AGE", help="Only runs that ended so long ago: 12h, 30d, 8w. Default: of any age."
)
@click.option("--failed", is_flag=True, help="Only runs without a kernel: failed, cancelled, interrupted, unreadable.")
@click.option("--yes", is_flag=True, help="Remove them. Without it nothing is removed.")
@json_option
def gc_command(folder: str | None, keep: int, older_than: str | None, failed: bool, yes: bool, as_json: bool) -> int:
    """Say which runs can go and how much room that makes; with --yes let them go.

    A run goes if all of --keep, --older-than and --failed let it go. A run that is going on stays, and so does one
    whose kernel lies in the project or is named by a certificate there.
    """
    runs = folder_of_runs(folder)
    rule = Rule(keep, _age(older_than) if older_than else 0.0, failed)
    used = pointed_at(runs.absolute().parent if runs.name == RUNS_FOLDER else project_root(runs.absolute() / "x"))
    gone: list[str] = []
    left: list[str] = []
    with RunStore(runs) as store:
        store.refresh()
        found = collecting.plan(store, rule, used)
        if yes:
            collecting.sweep(runs)
            gone, left = collecting.remove(store, found.doomed)
        warn(store.warnings)
    if not used.is_whole:
        click.echo("The project has too many files to look at all of them for kernels.", err=True)
    if as_json:
        print_json(
            {"runs": found.runs, "go": found.doomed, "stay": found.spared, "bytes": found.bytes, "removed": gone}
        )
    else:
        _print(found, gone, yes)
    warn(left)
    return 1 if left else 0


def _age(text: str) -> float:
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise BadOption(f"--older-than {text!r} is no age.", hint="Write 12h, 30d or 8w.")
    return float(int(found[1]) * _SECONDS[found[2]])


def _print(found: Plan, gone: list[str], yes: bool) -> None:
    for spared in found.spared:
        click.echo(printable(f"stays  {spared.name}: {spared.why}"))
    shown = found.doomed if len(found.doomed) <= SHOWN else found.doomed[: SHOWN - 1]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    names = min(max((len(one.name) for one in shown), default=0), max(width // 2 - 8, 26) if width else 1000)
    for one in shown:
        click.echo(_line("gone" if one.name in gone else "stays" if yes else "goes", one, names, width))
    if len(found.doomed) > len(shown):
        click.echo(f"       … and {len(found.doomed) - len(shown):,} more")
    of = f"{len(found.doomed):,} of {found.runs:,} runs"
    if not found.doomed:
        click.echo(f"Nothing to remove among {found.runs:,} runs.")
    elif yes:
        freed = sum(one.bytes for one in found.doomed if one.name in set(gone))
        click.echo(f"{len(gone):,} of {found.runs:,} runs removed, {_size(freed)}.")
    else:
        click.echo(f"{of} would go, {_size(found.bytes)}. Nothing was removed: --yes does it.")


def _line(word: str, one: Doomed, names: int, width: int) -> str:
    """On a terminal that is too narrow the target goes below."""
    state = "interrupted" if one.state == "begun" else one.state
    start = f"{word:5}  {one.name:{names}}  {state:11}  {_size(one.bytes):>8}  "
    if not width or len(start) + len(one.target) <= width:
        return printable(f"{start}{one.target}").replace("\n", " ")
    room = max(width - 9, 16)
    target = one.target if len(one.target) <= room else f"…{one.target[-(room - 1) :]}"
    return printable(start.rstrip()).replace("\n", " ") + f"\n       {printable(target)}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
