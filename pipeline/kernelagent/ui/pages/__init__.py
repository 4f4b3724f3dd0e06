"""The pages by name, in the order of their tabs. To add one: a file here with ``TITLE`` and ``draw``, and a row."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

PAGES = ("pipeline", "fuser", "direct", "runs")


def draw(names: Sequence[str], desk: object) -> None:
    """The pages ``names`` as tabs, inside of Gradio's ``Blocks``."""
    import gradio as gr

    with gr.Tabs():
        for name in names:
            page = import_module(f"kernelagent.ui.pages.{name}")
            with gr.Tab(page.TITLE, id=name):
                page.draw(desk)
