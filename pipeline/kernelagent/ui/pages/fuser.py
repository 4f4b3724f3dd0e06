"""Fuser: the module as fused subgraphs; as far as is wanted."""

from __future__ import annotations

from typing import Any

import gradio as gr

from kernelagent.ui.asked import Form, asked
from kernelagent.ui.desk import Desk
from kernelagent.ui.jobs import Job
from kernelagent.ui.pages.fields import draw_fields, draw_source
from kernelagent.ui.pages.following import draw_buttons, draw_panes, wire
from kernelagent.ui.working import run_of

TITLE = "Fuser"
UNTIL = [("its subgraphs", "extract"), ("a kernel for each", "dispatch"), ("one verified file", "end")]


def draw(desk: Desk) -> None:
    def begin(form: Form, own: tuple[Any, ...]) -> Job:
        wanted = asked(form, desk.place, route="fuser", until=own[0])
        return desk.jobs.start(run_of(wanted, desk.place.runs, desk.warm))

    with gr.Row():
        with gr.Column(scale=2, min_width=360):
            source = draw_source(desk)
            buttons = draw_buttons("fuser")
            until = gr.Radio(UNTIL, value="extract", label="Make", info="`kernelagent runs resume` goes on from there")
            fields = draw_fields(desk, source, own=(until,))
        with gr.Column(scale=3, min_width=480):
            panes = draw_panes("fuser")
    wire(desk, "fuser", fields, buttons, panes, begin)
