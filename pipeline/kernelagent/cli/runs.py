"""``kernelagent runs list`` and ``runs show``: what ``.fuse`` holds."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli.failure import print_json, show
from kernelagent.cli.shared_options import json_option
from kernelagent.contract.codec import read_json
from kernelagent.contract.result import Result
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.errors import TargetNotFound

folder_option = click.option(
    "--folder", metavar="DIR", help="The folder of runs. Default: .fuse of the project around the current folder."
)


@click.group()
def command() -> None:
    """List past runs, or show one."""


@command.command("list")
@folder_option
@json_option
def list_runs(folder: str | None, as_json: bool) -> int:
    """List past runs, the newest first."""
    found = _results(_folder(folder))
    if as_json:
        print_json([result for _, result in found])
        return 0
    if not found:
        click.echo(f"No runs in {_folder(folder)}.")
    for path, result in found:
        what = result.error.code if result.error is not None else result.status
        click.echo(f"{path.name}  {what:12}  {result.elapsed_s:6.1f} s  {result.target}")
    return 0


@command.command("show")
@click.argument("run_id")
@folder_option
@json_option
def show_run(run_id: str, folder: str | None, as_json: bool) -> int:
    """Show the report of one run; the beginning of its id is enough."""
    matching = [(path, result) for path, result in _results(_folder(folder)) if path.name.startswith(run_id)]
    if not matching:
        raise TargetNotFound(f"there is no run {run_id} in {_folder(folder)}.", hint="See `kernelagent runs list`.")
    _, result = matching[0]
    if as_json:
        print_json(result)
    elif result.error is not None:
        show(result.error)
    else:
        from kernelagent.cli.report import print_result

        print_result(result)
    return 0


def _folder(chosen: str | None) -> Path:
    return Path(chosen) if chosen is not None else project_root(Path.cwd() / "here") / RUNS_FOLDER


def _results(folder: Path) -> list[tuple[Path, Result]]:
    """Finished runs, newest first; a folder whose result cannot be read is named on stderr."""
    found = []
    for path in sorted(folder.glob("*/result.json"), reverse=True):
        try:
            found.append((path.parent, read_json(path, Result)))
        except (OSError, ValueError) as exc:
            click.echo(f"{path} cannot be read: {exc}", err=True)
    return found
