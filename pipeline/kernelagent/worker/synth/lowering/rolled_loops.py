"""Loops over steps that the source writes out: ``for t in range(steps): hidden = self.cell(x[t], hidden)``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from kernelagent.worker.capture.graph import Node
from kernelagent.worker.capture.rolled import body_nodes, with_locals
from kernelagent.worker.synth.ir import Slice
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.contractions import product_of
from kernelagent.worker.synth.lowering.loops import Steps, loop, of_this_step
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.lowering.views import permuted, sliced
from kernelagent.worker.synth.size_text import parse_size


def rolled_loop(
    b: Builder, node: Node, values: dict[str, Any], lower_node: Callable[[Node, dict[str, Any]], Any]
) -> tuple[Value, ...]:
    """All steps of what is kept, then the last of each state. ``lower_node`` lowers one node among given values."""
    states = node.args["states"]
    body = [dataclasses.replace(n, args=with_locals(n.args)) for n in body_nodes(node)]
    made = {n.name: n for n in body}
    first = [b.cast(values[s["first"]["node"]], made[s["next"]].dtype) for s in states]
    names = [made[s["next"]].label or "state" for s in states]
    ahead = _computed_ahead(b, body, values)

    def steps(held: tuple[Value, ...]) -> Steps:
        local = dict(values)
        local |= {s["held"]: value for s, value in zip(states, held, strict=True)}
        for inner in body:
            known = ahead.get(inner.name)
            local[inner.name] = lower_node(inner, local) if known is None else _with_rest(b.at(inner), known, local)
        return Steps(tuple(local[s["next"]] for s in states), tuple(local[k] for k in node.args["kept"]))

    slices = [known.slice for known in ahead.values()]
    done = loop(b, sympy.Integer(node.args["steps"]), first, names, steps, slices=slices)
    return (*done.kept, *done.last)


@dataclass(frozen=True)
class _Ahead:
    """``linear(cat([x[t], hidden]))`` is a sum of two products. The one that no state has a say in is computed for all
    steps at once, before the loop."""

    beside: str
    """The other part."""
    last: bool
    """Whether that one comes last."""
    here: Value
    """The product of this step."""
    slice: Slice


def _computed_ahead(b: Builder, body: Sequence[Node], values: dict[str, Any]) -> dict[str, _Ahead]:
    """For each ``linear`` of the body of which that can be said."""
    made = {n.name: n for n in body}
    found: dict[str, _Ahead] = {}
    for linear in (n for n in body if n.op == "aten.linear.default"):
        joined, weight = made.get(linear.args["input"]["node"]), values.get(linear.args["weight"]["node"])
        if joined is None or joined.op != "aten.cat.default" or weight is None or len(joined.args["tensors"]) != 2:
            continue
        parts = [part["node"] for part in joined.args["tensors"]]
        read = [made[part] for part in parts if part in made and _reads_of_step(made[part], values)]
        if len(read) != 1 or int(joined.args.get("dim", 0)) not in (-1, len(joined.shape) - 1):
            continue
        now = _for_all_steps(b.at(linear), read[0], values, weight, parts[0] == read[0].name)
        if now is not None:
            other = next(part for part in parts if part != read[0].name)
            found[linear.name] = _Ahead(other, parts[1] == other, now[0], now[1])
    return found


def _reads_of_step(node: Node, values: dict[str, Any]) -> bool:
    """``x[t]`` of something outside."""
    return (
        node.op == "aten.select.int"
        and node.args["self"]["node"] in values
        and isinstance(node.args["index"], dict)
        and len(node.shape) >= 2
    )


def _for_all_steps(
    b: Builder, read: Node, values: dict[str, Any], weight: Value, comes_first: bool
) -> tuple[Value, Slice] | None:
    source, axis = values[read.args["self"]["node"]], int(read.args["dim"]) % (len(read.shape) + 1)
    steps_first = permuted(source, [axis, *(i for i in range(source.rank) if i != axis)])
    width, total = source.shape[-1], weight.shape[1]
    columns = sliced(weight, 1, 0, width, 1) if comes_first else sliced(weight, 1, total - width, total, 1)
    every = b.named(product_of(b, steps_first, permuted(columns, (1, 0))), "projected")
    return of_this_step(every, parse_size(read.args["index"]["size"]))


def _with_rest(b: Builder, known: _Ahead, local: dict[str, Any]) -> Value:
    """The sum of both products and the bias."""
    linear = b.node
    other, weight = local[known.beside], local[linear.args["weight"]["node"]]
    width, total = other.shape[-1], weight.shape[1]
    columns = sliced(weight, 1, total - width, total, 1) if known.last else sliced(weight, 1, 0, width, 1)
    out = b.map("add", product_of(b, other, permuted(columns, (1, 0))), known.here)
    bias = linear.args.get("bias")
    return out if bias is None else b.map("add", out, local[bias["node"]])
