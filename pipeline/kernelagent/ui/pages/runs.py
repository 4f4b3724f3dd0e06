"""The run browser: every run and session of the project, whoever began it; those that go on are followed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from kernelagent.driver.printable import printable
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.store.run_row import STATES, RunRow
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.errors import KernelAgentError
from kernelagent.ui.desk import Desk
from kernelagent.ui.drawing.outcome import error_card
from kernelagent.ui.drawing.style import framed
from kernelagent.ui.pages.following import EMPTY, draw_panes, of_past
from kernelagent.ui.past import folder_named, goes_on, read_past
from kernelagent.ui.place import Place

TITLE = "Runs"
PAGE = 50
_HEAD = ["run", "target", "state", "s"]
_LOOK_S = 1.0
"""At a run that goes on, perhaps in another process."""


def draw(desk: Desk) -> None:
    runs = desk.place.runs

    def listed(state: str, target: str) -> list[list[str]]:
        return [_cells(desk, row) for row in _rows(desk, state, target)]

    def show(name: str) -> Iterator[tuple[Any, ...]]:
        try:
            folder = folder_named(runs, name or "")
        except KernelAgentError as exc:
            yield replace(EMPTY, card=error_card(exc)).values()
            return
        past = read_past(folder)
        yield of_past(past).values()
        while goes_on(past):
            time.sleep(_LOOK_S)
            past = read_past(folder)
            yield of_past(past).values()

    def chosen(event: gr.SelectData) -> str:
        return str(event.row_value[0])

    def cancel(name: str) -> str:
        try:
            job = desk.jobs.at_work_in(folder_named(runs, name or ""))
        except KernelAgentError as exc:
            return error_card(exc)
        if job is None:
            return framed("<p>No run that this server began goes on there.</p>")
        job.cancel()
        return framed("<p>Cancelling …</p>")

    with gr.Row():
        with gr.Column(scale=4, min_width=480):
            with gr.Row():
                state = gr.Dropdown(["", *STATES], value="", label="State")
                target = gr.Textbox(label="Target", placeholder="a part of it")
            refresh = gr.Button("Refresh", elem_id="runs-refresh")
            table = gr.Dataframe(
                headers=_HEAD,
                value=[],
                interactive=False,
                type="array",
                wrap=True,
                column_widths=["38%", "34%", "18%", "10%"],
                max_height=640,
                label=f"The newest {PAGE}",
                elem_id="runs-table",
            )
        with gr.Column(scale=5, min_width=480):
            with gr.Row():
                name = gr.Textbox(label="Run", placeholder="choose one from the list", elem_id="runs-name", scale=4)
                stop = gr.Button("Cancel", variant="stop", elem_id="runs-cancel", scale=1)
            told = gr.HTML("")
            panes = draw_panes("runs")
    common: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden"}
    refresh.click(listed, [state, target], table, api_name="runs", **common)
    # no trigger of its own: when the page is loaded, and when a field changes
    gr.on(None, listed, [state, target], table, api_visibility="private", trigger_mode="always_last", **common)
    showing = name.change(show, name, list(panes.components), api_name="run", trigger_mode="multiple", **common)
    table.select(chosen, None, name, api_visibility="private", cancels=[showing], **common)
    stop.click(cancel, name, told, api_name="cancel_run", **common)


def _rows(desk: Desk, state: str, target: str) -> list[RunRow]:
    states = tuple(one for one in STATES if one == state)
    with RunStore(desk.place.runs) as store:
        store.refresh()
        return list(store.newest(Wanted(states, str(target or "").strip()), PAGE))


def _cells(desk: Desk, row: RunRow) -> list[str]:
    told = row.code or row.state if row.state == "failed" else row.state
    if row.state == "begun":
        told = "going" if is_going(desk.place.runs / row.name) else "did not end"
    seconds = f"{row.elapsed_s:.1f}" if row.elapsed_s else ""
    return [row.name, printable(_short(row.target, desk.place)), printable(told), seconds]


def _short(target: str, place: Place) -> str:
    """Within the project, and without the folder of a run for what was pasted into its page."""
    for folder, words in ((place.runs, "pasted: "), (place.runs.parent, "")):
        if target.startswith(f"{folder}{os.sep}"):
            return words + (target.rpartition("::")[2] if words else target[len(str(folder)) + 1 :])
    return target
