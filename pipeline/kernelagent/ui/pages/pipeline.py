"""The whole pipeline: router, subgraphs, candidates, composition, verdict."""

from __future__ import annotations

from typing import Any

import gradio as gr

from kernelagent.contract.options import Options
from kernelagent.ui.asked import Form, asked
from kernelagent.ui.desk import Desk
from kernelagent.ui.jobs import Job
from kernelagent.ui.pages.fields import choices_of, draw_fields, draw_source
from kernelagent.ui.pages.following import draw_buttons, draw_panes, wire
from kernelagent.ui.working import run_of

TITLE = "Whole pipeline"


def draw(desk: Desk) -> None:
    def begin(form: Form, own: tuple[Any, ...]) -> Job:
        wanted = asked(form, desk.place, route=own[0], compute=own[1])
        return desk.jobs.start(run_of(wanted, desk.place.runs, desk.warm))

    with gr.Row():
        with gr.Column(scale=2, min_width=360):
            source = draw_source(desk)
            buttons = draw_buttons("pipeline")
            with gr.Row():
                route = gr.Dropdown(choices_of("route"), value=Options.route, label="Route", info="--route")
                compute = gr.Dropdown(choices_of("compute"), value=Options.compute, label="Compute", info="--compute")
            fields = draw_fields(desk, source, own=(route, compute))
        with gr.Column(scale=3, min_width=480):
            panes = draw_panes("pipeline")
    wire(desk, "pipeline", fields, buttons, panes, begin)
