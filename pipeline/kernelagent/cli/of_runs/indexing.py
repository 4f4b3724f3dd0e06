"""``runs index``: how the index of the runs is, and making it anew."""

from __future__ import annotations

import time

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option, warn
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.store import index
from kernelagent.driver.store.run_store import RunStore, Wanted


@click.command("index")
@folder_option
@click.option("--rebuild", is_flag=True, help="Throw the index away and read all runs anew.")
@json_option
def index_command(folder: str | None, rebuild: bool, as_json: bool) -> int:
    """Say how the index of the runs is, or make it anew.

    The index is made from the run directories and holds nothing that they do not: it may be removed at any time.
    """
    runs = folder_of_runs(folder)
    if rebuild:
        index.remove(runs)
    began = time.monotonic()
    with RunStore(runs) as store:
        store.refresh()
        count, on_disk = store.count(Wanted()), store.on_disk
        warn(store.warnings)
    took = time.monotonic() - began
    size = sum(file.stat().st_size for file in runs.glob(f"{index.NAME}*"))
    where = str(runs / index.NAME) if on_disk else None
    if as_json:
        print_json({"index": where, "runs": count, "bytes": size, "seconds": round(took, 3)})
    else:
        kept = f"{where}, {size / 1e6:.1f} MB" if on_disk else "kept in memory alone, since it can't be written there"
        click.echo(f"{count:,} runs in {runs}; the index is {kept} ({took:.2f} s).")
    return 0
