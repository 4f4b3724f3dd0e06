"""``runs export``: runs as an archive for somebody else."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.printable import printable
from kernelagent.driver.store.exporting import export
from kernelagent.driver.store.find_folder import folder_of


@click.command("export")
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True)
@click.option("--to", required=True, metavar="FILE", help="The archive: FILE.tar.gz or FILE.zip, a new file.")
@folder_option
@json_option
def export_command(run_ids: tuple[str, ...], to: str, folder: str | None, as_json: bool) -> int:
    """Pack runs into an archive for somebody else; the beginnings of their ids are enough.

    Keys are taken out, paths of this machine become relative, and files that are no texts stay here. The module's
    source is in it, and so is what a model was asked and answered.
    """
    runs = folder_of_runs(folder)
    found = export(list(dict.fromkeys(folder_of(runs, run_id) for run_id in run_ids)), Path(to))
    if as_json:
        print_json(found)
        return 0
    runs_told = "1 run" if len(found.runs) == 1 else f"{len(found.runs)} runs"
    click.echo(printable(f"{found.archive}: {runs_told}, {found.files} files, {found.bytes / 1000:.0f} kB."))
    for what, names in (("Secrets were taken out of", found.changed), ("Left out, as no text", found.left_out)):
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            click.echo(printable(f"{what}: {', '.join(names[:5])}{more}."))
    return 0
