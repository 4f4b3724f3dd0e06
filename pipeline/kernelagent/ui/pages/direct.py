"""The direct agent: one kernel for the whole of a module, or of plain words, with the caller's own test."""

from __future__ import annotations

from typing import Any

import gradio as gr

from kernelagent.ui.asked import Form, asked, named, options_of, require_text, target_of
from kernelagent.ui.desk import Desk
from kernelagent.ui.jobs import Job
from kernelagent.ui.pages.fields import draw_fields, draw_source
from kernelagent.ui.pages.following import draw_buttons, draw_panes, wire
from kernelagent.ui.working import run_of, session_of

TITLE = "Direct agent"
_HINT = """
A file with a `torch.nn.Module` and its `get_inputs()`, alone or among words; or plain words, of which a language model
makes such a module first.
"""


def draw(desk: Desk) -> None:
    def begin(form: Form, own: tuple[Any, ...]) -> Job:
        test = str(own[0] or "")
        picked = target_of(form, desk.place)
        if picked is not None and not test.strip():
            wanted = asked(form, desk.place, route="direct")
            return desk.jobs.start(run_of(wanted, desk.place.runs, desk.warm))
        require_text(form.source)
        options = options_of(form, desk.place, route="direct")
        target = picked or named(form, desk.place)
        work = session_of(form.source, test if test.strip() else "", options, target, desk.place.runs, desk.warm)
        return desk.jobs.start(work)

    with gr.Row():
        with gr.Column(scale=2, min_width=360):
            source = draw_source(desk, _HINT)
            buttons = draw_buttons("direct", "Generate")
            with gr.Accordion("Your own test", open=False):
                gr.Markdown("A script that does `from kernel import kernel_function`; run after the judge.")
                test = gr.Code(language="python", label="Test", lines=6, max_lines=16, interactive=True)
            fields = draw_fields(desk, source, own=(test,))
        with gr.Column(scale=3, min_width=480):
            panes = draw_panes("direct")
    wire(desk, "direct", fields, buttons, panes, begin)
