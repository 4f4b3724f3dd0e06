"""The fields that pages share, in the order of :class:`Form`. Their hints name the options of the command line,
which is what errors speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, get_args, get_type_hints

import gradio as gr

from kernelagent.contract.options import Options
from kernelagent.driver.providers.catalogue import catalogue
from kernelagent.driver.providers.secrets import NAMES, keyring
from kernelagent.driver.target import read_source
from kernelagent.errors import KernelAgentError
from kernelagent.ui.asked import Form
from kernelagent.ui.desk import Desk
from kernelagent.ui.drawing.style import framed
from kernelagent.ui.place import Place

ARCHITECTURES = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120", "gfx942"]
PROVIDERS = ["auto", "builtin", "openai", "anthropic", "relay"]
_HINT = """
A file with a `torch.nn.Module`, and what it is called with: `get_inputs()` and `get_init_inputs()` in the file, or the
fields below.
"""


@dataclass(frozen=True)
class Fields:
    components: tuple[Any, ...]
    """One for each field of :class:`Form`, then those of the page's own."""

    def form(self, values: Sequence[Any]) -> tuple[Form, tuple[Any, ...]]:
        """What was typed, and the values of the page's own fields."""
        count = len(fields(Form))
        given = dict(zip((f.name for f in fields(Form)), values[:count], strict=True))
        for name in ("source", "class_name", "inputs", "init", "model"):
            given[name] = str(given[name] or "")
        return Form(**given), tuple(values[count:])


@dataclass(frozen=True)
class Source:
    text: Any
    picked: Any


def draw_source(desk: Desk, hint: str = _HINT) -> Source:
    """The editor, and the list that fills it. ``hint``: what may stand there."""
    known = desk.place.problems
    picked = gr.Dropdown(
        list(known), value=None, label="Problem", info="pick one, or paste one below", visible=bool(known)
    )
    gr.Markdown(hint)
    return Source(gr.Code(language="python", label="Module", lines=14, max_lines=22, interactive=True), picked)


def draw_fields(desk: Desk, source: Source, *, own: Sequence[Any] = ()) -> Fields:
    """``own``: components of the page itself, drawn already, whose values come last."""
    place = desk.place
    with gr.Row():
        class_name = gr.Textbox(label="Class", info="where the file has several modules", placeholder="Model")
        mode = gr.Dropdown(["constructed", "train", "eval"], value=Options.mode, label="Mode", info="--mode")
    with gr.Row():
        inputs = gr.Textbox(label="Example inputs", info="--inputs", placeholder="(torch.randn(8, 512),)")
        init = gr.Textbox(label="Constructor arguments", info="--init", placeholder="(512,)")
    with gr.Row():
        provider = gr.Dropdown(PROVIDERS, value=Options.provider, label="Provider", info="--provider; builtin: no key")
        model = gr.Dropdown(
            _models(place), value="", label="Model", info="--model; empty: its first", allow_custom_value=True
        )
    gr.HTML(keys_set(place))
    agree = gr.Checkbox(
        value=False,
        label="I agree to sending the module's code to this provider (--yes)",
        info="not needed where you have agreed in a terminal, for this project and provider",
    )
    arch = gr.Dropdown(
        ARCHITECTURES,
        value=list(Options.arch),
        multiselect=True,
        allow_custom_value=True,
        label="Compile for",
        info="--arch: a GPU need not be here",
    )
    with gr.Accordion("Limits", open=False):
        with gr.Row():
            workers = gr.Number(value=Options.workers, label="Workers", info="--workers", precision=0)
            max_iters = gr.Number(value=Options.max_iters, label="Attempts", info="--max-iters", precision=0)
        with gr.Row():
            budget_usd = gr.Number(value=None, label="Dollars", info="--budget-usd")
            budget_seconds = gr.Number(value=None, label="Seconds", info="--budget-seconds")
    with gr.Row():
        verify = gr.Checkbox(value=True, label="Verify", info="off (--no-verify): nothing is promised")
        fresh = gr.Checkbox(value=False, label="Anew", info="--fresh: though it was answered before")
    source.picked.change(
        lambda name: _text_of(place, name),
        source.picked,
        [source.text, class_name],
        show_progress="hidden",
        api_visibility="private",
    )
    return Fields(
        (
            *(source.text, source.picked, class_name, inputs, init, mode, provider, model, agree, arch),
            *(workers, max_iters, budget_usd, budget_seconds, verify, fresh),
            *own,
        )
    )


def _text_of(place: Place, name: str | None) -> tuple[Any, Any]:
    """The text of the problem ``name``, and its class where the list names it."""
    target = place.problems.get(name or "")
    if target is None:
        return gr.skip(), gr.skip()
    try:
        return read_source(target).text, target.class_name or ""
    except KernelAgentError as exc:
        gr.Warning(escape(exc.told))
        return gr.skip(), gr.skip()


def _models(place: Place) -> list[str]:
    """Of the catalogue, and of the project's ``pyproject.toml``."""
    try:
        return ["", *dict.fromkeys(model.name for model in catalogue(place.folder / "here"))]
    except KernelAgentError:
        return [""]


def keys_set(place: Place) -> str:
    """Which of the variables that providers need are set, by name alone."""
    try:
        keys = keyring(place.folder / "here", env_file=str(place.env_file))
    except KernelAgentError as exc:
        return framed(f"<p>{escape(exc.told)}</p>")
    known = [name for name in NAMES if name.endswith(("_KEY", "_URL"))]
    there = [f"<code>{name}</code>" for name in known if keys.place_of(name) is not None]
    told = (
        f"Set in your environment: {', '.join(there)}."
        if there
        else "No key is set in your environment: none is needed."
    )
    return framed(f"<p>{told}</p>")


def choices_of(option: str) -> list[str]:
    """The values that ``option`` can have."""
    return [str(value) for value in get_args(get_type_hints(Options)[option])]
