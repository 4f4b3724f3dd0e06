"""How far a call has come: rich's table in a terminal, one line that is redrawn in a notebook.

The line needs no ipywidgets, which rich's own display in a notebook does, and leaves nothing in the saved notebook.
"""

from __future__ import annotations

import html
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kernelagent.cli.progress import describe, progress_reader
from kernelagent.contract.events import STAGES, Event, RunFinished, StageFinished, StageStarted

_EVERY_S = 0.2


@contextmanager
def shown(wanted: bool | None) -> Iterator[Callable[[Event], None]]:
    """What to hand events to. ``None``: in a notebook, or where stderr is a terminal; ``True``: also as plain lines."""
    if in_notebook() and wanted is not False:
        line = _NotebookLine()
        try:
            yield line.take
        finally:
            line.close()
    elif wanted or (wanted is None and sys.stderr is not None and sys.stderr.isatty()):
        with progress_reader() as take:
            yield take
    else:
        yield _nowhere


def in_notebook() -> bool:
    """Whether output goes to a Jupyter front end; IPython is asked where it is loaded already."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


class _NotebookLine:
    def __init__(self) -> None:
        shown: Any = importlib.import_module("IPython.display")  # it has no types for what is called here
        self._html = shown.HTML
        self._done = 0
        self._told = "Starting a worker"
        self._drawn = time.monotonic()
        self._handle: Any = shown.display(shown.HTML(self._markup()), display_id=True)

    def take(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            return
        if isinstance(event, StageFinished):
            self._done += 1
        line = describe(event)
        if line is not None:
            self._told = line.strip().partition("\n")[0]
        if isinstance(event, (StageStarted, StageFinished)) or time.monotonic() - self._drawn >= _EVERY_S:
            self._drawn = time.monotonic()
            self._handle.update(self._html(self._markup()))

    def close(self) -> None:
        self._handle.update(self._html(""))

    def _markup(self) -> str:
        bar = f'<progress max="{len(STAGES)}" value="{min(self._done, len(STAGES))}"></progress>'
        return f"{bar} <small>{html.escape(self._told[:160])}</small>"


def _nowhere(event: Event) -> None:
    """Nobody watches."""
