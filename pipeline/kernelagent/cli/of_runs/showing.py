"""``runs show``: the report of one run."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import click

from kernelagent.cli.failure import print_json, show
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option, unfinished
from kernelagent.cli.shared_options import json_option
from kernelagent.contract.codec import read_json
from kernelagent.contract.result import Result
from kernelagent.contract.session import SessionResult
from kernelagent.driver.printable import printable
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.store.find_folder import folder_of
from kernelagent.driver.store.from_disk import RESULT, SESSION_RESULT
from kernelagent.errors import BadOption

T = TypeVar("T")


@click.command("show")
@click.argument("run_id")
@folder_option
@json_option
def show_command(run_id: str, folder: str | None, as_json: bool) -> int:
    """Show the report of one run; the beginning of its id is enough."""
    path = folder_of(folder_of_runs(folder), run_id)
    if (path / SESSION_RESULT).is_file():
        from kernelagent.cli.session_report import told_session

        return told_session(path, _read(path / SESSION_RESULT, SessionResult), as_json)
    if not (path / RESULT).is_file():
        if as_json:
            print_json({"run": path.name, "status": "going" if is_going(path) else "interrupted"})
        else:
            click.echo(f"{path.name} {unfinished(path)}.")
        return 0
    result = _read(path / RESULT, Result)
    if as_json:
        print_json(result)
    else:
        from kernelagent.cli.report import print_result

        if result.error is not None:
            show(result.error)
        print_result(printable(result))
    return 0


def _read(path: Path, kind: type[T]) -> T:
    try:
        return read_json(path, kind)
    except (OSError, ValueError) as exc:
        anew = "session anew with generate_kernel" if kind is SessionResult else "run anew with fuse"
        raise BadOption(f"{path} cannot be read: {exc}.", hint=f"Start the {anew}.") from exc
