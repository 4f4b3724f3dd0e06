"""Loops over steps that the source writes out: ``for t in range(steps): hidden = self.cell(x[t], hidden)``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import sympy

from kernelagent.worker.capture.graph import Node
from kernelagent.worker.capture.rolled import body_nodes, with_locals
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.loops import Steps, loop
from kernelagent.worker.synth.lowering.values import Value


def rolled_loop(
    b: Builder, node: Node, values: dict[str, Any], lower_node: Callable[[Node, dict[str, Any]], Any]
) -> tuple[Value, ...]:
    """All steps of what is kept, then the last of each state. ``lower_node`` lowers one node among given values."""
    states = node.args["states"]
    body = [dataclasses.replace(n, args=with_locals(n.args)) for n in body_nodes(node)]
    made = {n.name: n for n in body}
    first = [b.cast(values[s["first"]["node"]], made[s["next"]].dtype) for s in states]
    names = [made[s["next"]].label or "state" for s in states]

    def steps(held: tuple[Value, ...]) -> Steps:
        local = dict(values)
        local |= {s["held"]: value for s, value in zip(states, held, strict=True)}
        for inner in body:
            local[inner.name] = lower_node(inner, local)
        return Steps(tuple(local[s["next"]] for s in states), tuple(local[k] for k in node.args["kept"]))

    done = loop(b, sympy.Integer(node.args["steps"]), first, names, steps)
    return (*done.kept, *done.last)
