"""A page's second half: what a job says while it goes on, and how it ended. A page follows its own job alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from kernelagent.contract.events import StageFinished
from kernelagent.contract.result import Result
from kernelagent.contract.session import SessionResult
from kernelagent.errors import KernelAgentError
from kernelagent.ui.asked import Form
from kernelagent.ui.desk import Desk
from kernelagent.ui.drawing import outcome
from kernelagent.ui.drawing.progress import progress
from kernelagent.ui.drawing.style import framed
from kernelagent.ui.jobs import Job
from kernelagent.ui.pages.fields import Fields
from kernelagent.ui.past import Past, goes_on, read_past

Begin = Callable[[Form, tuple[Any, ...]], Job]
"""The fields that all pages have, and the values of the page's own."""

_EVERY_S = 0.3


@dataclass(frozen=True)
class Shown:
    """What the panes show; ``None`` leaves one as it is."""

    card: str | None = None
    live: str | None = None
    report: str | None = None
    graph: str | None = None
    kernel: str | None = None
    files: str | None = None

    def values(self) -> tuple[Any, ...]:
        given = (self.card, self.live, self.report, self.graph, self.kernel, self.files)
        return tuple(gr.skip() if value is None else value for value in given)


EMPTY = Shown("", "", "", "", "", "")
_GOING = framed('<div class="card going" role="status"><strong>Going on</strong></div>')


@dataclass(frozen=True)
class Panes:
    components: tuple[Any, ...]
    """One for each field of :class:`Shown`."""


def draw_panes(prefix: str) -> Panes:
    card = gr.HTML("", elem_id=f"{prefix}-card")
    with gr.Tabs():
        with gr.Tab("Progress"):
            live = gr.HTML("", elem_id=f"{prefix}-live")
        with gr.Tab("Kernel"):
            kernel = gr.Code(
                "", language="python", label="Kernel", interactive=False, lines=12, elem_id=f"{prefix}-kernel"
            )
        with gr.Tab("Report"):
            report = gr.HTML("", elem_id=f"{prefix}-report")
        with gr.Tab("Graph"):
            graph = gr.HTML("", elem_id=f"{prefix}-graph")
        with gr.Tab("Files"):
            files = gr.HTML("", elem_id=f"{prefix}-files")
    return Panes((card, live, report, graph, kernel, files))


@dataclass(frozen=True)
class Buttons:
    start: Any
    cancel: Any


def draw_buttons(name: str, word: str = "Fuse") -> Buttons:
    with gr.Row():
        return Buttons(
            gr.Button(word, variant="primary", elem_id=f"{name}-start"),
            gr.Button("Cancel", variant="stop", elem_id=f"{name}-cancel"),
        )


def wire(desk: Desk, name: str, fields: Fields, buttons: Buttons, panes: Panes, begin: Begin) -> None:
    """What the buttons of a page do: ``begin`` starts its job with what the fields hold, and may raise the catalogue's
    errors. Programs call it by ``/name``, and ``/cancel_name`` with the first value that this gives."""
    key = gr.Textbox(visible="hidden", elem_id=f"{name}-job")

    def start(*values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            job = begin(*fields.form(values))
        except KernelAgentError as exc:
            yield ("", *replace(EMPTY, card=outcome.error_card(exc)).values())
            return
        for shown in follow(job):
            yield (job.id, *shown.values())

    def cancel(job_id: str) -> None:
        job = desk.jobs.get(job_id or "")
        if job is not None:
            job.cancel()

    common: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden"}
    outputs = [key, *panes.components]
    buttons.start.click(start, list(fields.components), outputs, api_name=name, trigger_mode="multiple", **common)
    buttons.cancel.click(cancel, key, None, api_name=f"cancel_{name}", **common)


def follow(job: Job) -> Iterator[Shown]:
    """What there is to see of ``job``, whenever that has changed, to its end."""
    yield replace(EMPTY, card=_GOING)
    seen, drawn_stages = 0, 0
    while job.is_going:
        job.wait(seen, _EVERY_S)
        events = job.events[:]
        if len(events) == seen or not job.is_going:
            continue
        seen = len(events)
        stages = sum(isinstance(event, StageFinished) for event in events)
        graph = None
        if stages != drawn_stages and job.run_dir is not None:
            graph, drawn_stages = outcome.graph(read_past(job.run_dir)), stages
        yield Shown(live=progress(events, is_going=True), graph=graph)
    yield ended(job)


def ended(job: Job) -> Shown:
    """How the job ended; its run's directory tells it, where it has one."""
    live = progress(job.events, is_going=False)
    if job.run_dir is not None:
        return of_past(read_past(_whole(job.run_dir)), live)
    found = job.ended
    if isinstance(found, (Result, SessionResult)) and found.error is not None:
        return replace(EMPTY, live=live, card=outcome.error_card(found.error))
    told = outcome.error_card(found) if isinstance(found, KernelAgentError) else ""
    return replace(EMPTY, live=live, card=told)


def _whole(run: Path) -> Path:
    """The session's folder, of a session's run."""
    return run.parent if (run.parent / "session.json").is_file() else run


def of_past(past: Past, live: str | None = None) -> Shown:
    """A run that has ended, or is at another process's hands."""
    going = goes_on(past)
    card = outcome.outcome(past)
    if not card:
        card = _GOING if going else _GOING.replace("Going on", "Did not end")
    told = live if live is not None else progress(past.events, is_going=going)
    return Shown(card, told, outcome.report(past), outcome.graph(past), outcome.kernel(past), outcome.files(past))
