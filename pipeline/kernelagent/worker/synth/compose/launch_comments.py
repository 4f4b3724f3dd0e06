"""The comment above a launch: the source's lines that it computes, and the layers where a line alone does not tell."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.kernels import kernel_origins
from kernelagent.worker.synth.plan import Kernel, Plan

MOST_LINES = 4
"""Lines of the source that are quoted."""
MOST_MODULES = 3
"""Modules that are named behind a line."""


def launch_comments(graph: Graph, plan: Plan, order: Sequence[tuple[Kernel, KernelSource]]) -> dict[int, list[str]]:
    """Identity of a kernel's source → its comment; empty where there is one launch alone, with nothing to tell apart.

    ``# line 76: x = self.features(x)  (features.5, features.6)``: where launches compute one line for different
    modules, as those of an ``nn.Sequential`` or of a block that is there many times, each tells its own by their paths.
    """
    nodes = {node.name: node for node in graph.nodes if node.line}
    text = {node.line: node.source for node in nodes.values()}
    of_launch: dict[int, dict[int, dict[str, None]]] = {}
    for planned, source in order:
        modules = of_launch.setdefault(id(source), {})
        for node in (nodes[origin.node] for origin in kernel_origins(planned, plan) if origin.node in nodes):
            modules.setdefault(node.line or 0, {}).update({node.module: None} if node.module else {})
    if len(of_launch) == 1:
        return {one: [] for one in of_launch}
    told: dict[int, set[tuple[str, ...]]] = {}
    for modules in of_launch.values():
        for line, names in modules.items():
            told.setdefault(line, set()).add(tuple(names))
    return {
        one: _comment(
            [
                f"line {line}: {text[line]}" + (_named(list(modules[line])) if len(told[line]) > 1 else "")
                for line in sorted(modules)
            ]
        )
        for one, modules in of_launch.items()
    }


def _comment(lines: Sequence[str]) -> list[str]:
    return [f"# {line}" for line in [*lines[:MOST_LINES], *["..."][: len(lines) > MOST_LINES]]]


def _named(modules: Sequence[str]) -> str:
    more = ["..."][: len(modules) > MOST_MODULES]
    return f"  ({', '.join([*modules[:MOST_MODULES], *more])})" if modules else ""
