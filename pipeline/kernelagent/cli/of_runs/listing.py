"""``runs list``: a line for each run."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

import click

from kernelagent.cli import colours
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option, unfinished, warn
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.printable import printable
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.store.run_row import RunRow, State
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.errors import BadOption

PAGE = 50

_STATES: dict[str, State] = {
    "verified": "verified",
    "failed": "failed",
    "cancelled": "cancelled",
    "unverified": "unverified",
    "going": "begun",
    "interrupted": "begun",
    "unreadable": "unreadable",
}
_COLOURS = {"verified": "green", "failed": "red", "unreadable": "red", "cancelled": "yellow", "unverified": "yellow"}
_AGO = re.compile(r"(\d{1,6})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T -]?(\d\d):?(\d\d)(?::?(\d\d))?)?")


@click.command("list")
@folder_option
@click.option("--status", multiple=True, type=click.Choice(list(_STATES)), help="Only these; may be repeated.")
@click.option("--target", metavar="TEXT", default="", help="Only those whose target has TEXT in it, in any case.")
@click.option(
    "--since", metavar="WHEN", help="Only since then: 2026-11-28, '2026-11-28 14:30', or 30m, 12h, 7d, 2w ago."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"At most so many. [default: {PAGE}; with --json all]",
)
@json_option
def list_command(
    folder: str | None, status: tuple[str, ...], target: str, since: str | None, limit: int | None, as_json: bool
) -> int:
    """List past runs, the newest first.

    With --json: the result.json of each that has one, as a list.
    """
    runs = folder_of_runs(folder)
    states = tuple(dict.fromkeys(_STATES[name] for name in status))
    wanted = Wanted(states, target, moment(since) if since else "")
    with RunStore(runs) as store:
        store.refresh()
        if as_json:
            _print_results(runs, [row for row in store.newest(wanted, limit) if _is_meant(runs, row, status)])
        else:
            most = limit or PAGE
            rows = [row for row in store.newest(wanted, most) if _is_meant(runs, row, status)]
            _print_lines(runs, rows)
            left = store.count(wanted) - most if len(rows) == most else 0
            if not rows:
                click.echo(f"No runs in {runs}." if wanted == Wanted() else f"No such runs in {runs}.")
            elif left > 0:
                click.echo(f"… and {left:,} more; --limit {most * 10} shows more of them.")
        warn(store.warnings)
    return 0


def moment(text: str) -> str:
    """As runs are named: ``20261128-143000``. Raises ``BadOption``."""
    if ago := _AGO.fullmatch(text.strip()):
        at = time.time() - int(ago[1]) * _SECONDS[ago[2]]
        return time.strftime("%Y%m%d-%H%M%S", time.localtime(max(at, 0)))
    day = _DAY.fullmatch(text.strip())
    if day is None:
        raise BadOption(f"{text!r} is no time.", hint="Write 2026-11-28, '2026-11-28 14:30', or 30m, 12h, 7d, 2w.")
    return f"{day[1]}{day[2]}{day[3]}-{day[4] or '00'}{day[5] or '00'}{day[6] or '00'}"


def _is_meant(runs: Path, row: RunRow, status: tuple[str, ...]) -> bool:
    if row.state != "begun" or not {"going", "interrupted"} & set(status):
        return True
    return ("going" if is_going(runs / row.name) else "interrupted") in status


def _print_lines(runs: Path, rows: list[RunRow]) -> None:
    """Columns. On a terminal a long id has a line of its own, and a target that is too long loses its beginning."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    most = max(width // 2 - 8, 26) if width else 1000
    shown = [_one_line(row.name) for row in rows]
    names = min(max(map(len, shown), default=0), most)
    states = max((len(_state(row)) for row in rows if row.state not in ("begun", "unreadable")), default=0)
    for row, name in zip(rows, shown, strict=True):
        click.echo(f"{name:{names}}  ", nl=len(name) > names)
        if len(name) > names:
            click.echo(" " * (names + 2), nl=False)
        room = width - names - 2 if width else 10_000
        if row.state in ("begun", "unreadable"):
            told = unfinished(runs / row.name) if row.state == "begun" else f"unreadable: {_one_line(row.code)}"
            if len(told) > room:
                told = told.replace(f" {row.name}", "")
            colours.echo(told, fg=_COLOURS.get(row.state))
            continue
        colours.echo(f"{_state(row):{states}}", fg=_COLOURS[row.state], nl=False)
        click.echo(f"  {row.elapsed_s:6.1f} s  {_fitted(_one_line(row.target), room - states - 12)}")


def _one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n")


def _state(row: RunRow) -> str:
    return _one_line(row.code or row.state) if row.state in ("failed", "cancelled") else row.state


def _fitted(text: str, room: int) -> str:
    """Its end, which has the class's name, where there is no room for all of it."""
    return text if len(text) <= max(room, 16) else f"…{text[-(max(room, 16) - 1) :]}"


def _print_results(runs: Path, rows: list[RunRow]) -> None:
    from kernelagent.cli.failure import print_json
    from kernelagent.contract.codec import read_json
    from kernelagent.contract.result import Result
    from kernelagent.contract.session import SessionResult

    found: list[Result | SessionResult] = []
    for row in rows:
        if row.state == "begun":
            continue
        path = runs / row.name / ("session_result.json" if row.is_session else "result.json")
        try:
            found.append(read_json(path, SessionResult) if row.is_session else read_json(path, Result))
        except (OSError, ValueError) as exc:
            click.echo(printable(f"{path} cannot be read: {exc}"), err=True)
    print_json(found)
