"""What a run that begins or ends tells the index: nobody has to look for it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kernelagent.driver.run_directory import RUNS_FOLDER


def tell(run: Path) -> None:
    """The directory ``run`` has changed. An index that is not there, or can't be written, hears nothing: whoever asks
    it looks by himself."""
    runs = run.parent
    if runs.name != RUNS_FOLDER and not (runs / "index.sqlite3").is_file():
        return
    import sqlite3

    from kernelagent.driver.store.run_store import RunStore

    with contextlib.suppress(OSError, sqlite3.Error), RunStore(runs) as store:
        if store.on_disk:
            store.take([run.name])
