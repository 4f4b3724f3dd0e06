"""Lines that refuse another construction than that which the kernels were made for."""

from __future__ import annotations

import textwrap
from collections.abc import Collection

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.parameters import quoted, refusal


def of_own_names(graph: Graph, names: Collection[str], owner: str = "") -> list[str]:
    """Where the arguments are variables of those ``names``, or attributes of ``owner``."""
    made = graph.constructor
    found: list[str] = []
    for name, value in made.plain:
        if name in names:
            found += refusal(name, value, f"{graph.class_name}(", f"{owner}{name}")
    for name, told in made.objects:
        if name in names:
            found += _of_object(graph, name, told, f"{owner}{name}")
    return found


def of_any_arguments(graph: Graph) -> list[str]:
    """Where they are ``args`` and ``kwargs``; nothing where nobody has said what they are to be."""
    made = graph.constructor
    defaults = dict(made.defaults)
    found: list[str] = []
    for name, told in (*made.plain, *made.objects):
        default = defaults.get(name)
        is_object = (name, told) in made.objects
        absent = "" if default is None else f", {default}"
        variable = f'given["{name}"]' if default == "" else f'given.get("{name}"{absent})'
        lines = (
            _of_object(graph, name, told, variable)
            if is_object
            else refusal(name, told, f"{graph.class_name}(", variable)
        )
        found += [f'if "{name}" in given:', *(f"    {line}" for line in lines)] if default == "" else lines
    if not found:
        return []
    names = ", ".join(f'"{name}"' for name in made.positional) + ("," if len(made.positional) == 1 else "")
    return [f"given = dict(zip(({names}), args, strict=False)) | kwargs", *found]


def unchecked(graph: Graph) -> list[str]:
    """Comments, within the class, that name what another construction cannot be told by."""
    names = ", ".join(graph.constructor.untold)
    told = f"# Made for the example's {names}: another cannot be told from it, and gets its results."
    return textwrap.wrap(told, 112, initial_indent="    ", subsequent_indent="    # ") if names else []


def _of_object(graph: Graph, name: str, told: str, variable: str) -> list[str]:
    made_for = f"these kernels are for {graph.class_name}({name}={told}, ...)"
    return [f"if repr({variable}) != {_literal(told)}:", f"    raise ValueError({_literal(made_for)})"]


def _literal(text: str) -> str:
    return f'"{quoted(text)}"' if text.isprintable() else repr(text)
