"""Cut a graph by its operators, where the built-in synthesizer does not take all of them: each operator that a kernel
is built around, or that it does not take, begins a piece, and what follows it joins."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from kernelagent.contract.operators import family_of, is_view, name_of
from kernelagent.worker.capture.graph import ForwardArgument, Graph, Node, draws
from kernelagent.worker.refactor.sizes_of_a_piece import with_sizes_of_its_own
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.subgraphs import (
    Piece,
    as_input,
    content_of,
    input_names,
    references,
    renamed_references,
    sizes_of,
)

LONGEST_NAME = 3
"""Operators in a piece's name."""


def cut_by_operators(graph: Graph) -> list[Piece]:
    """Pieces in an order in which each has what it needs. Every output of the graph is one of a piece, or an input."""
    groups = _groups(graph)
    wanted = {*graph.outputs, *graph.mutations.values()}
    needed = {group: _needed(graph, groups, group) for group in sorted(set(groups.values()))}
    crossing = wanted | {name for used, _ in needed.values() for name in used}
    pieces: list[Piece] = []
    for group in needed:
        outputs = tuple(n.name for n in graph.nodes if groups.get(n.name) == group and n.name in crossing)
        if outputs:
            pieces.append(_piece(graph, groups, group, outputs, len(pieces)))
    return pieces


OF_INPUTS = -1
"""The piece of results that are made of the inputs alone: the first one."""


def _groups(graph: Graph) -> dict[str, int]:
    """Node → its piece. Nodes that are not in it are computed by whoever needs them: views, and what is made of inputs
    alone, which costs less than storing it. A piece needs pieces with lower numbers only."""
    groups: dict[str, int] = {}
    latest: dict[str, int] = {}
    """Node → the last piece that it is made of, directly or through nodes that are in none."""
    count = 0
    for node in graph.nodes:
        before = [latest[name] for name in references(node.args) if name in latest]
        if node.op == "getitem":
            if before:
                groups[node.name] = before[0]
        elif family_of(node.op) is not None or draws(node) or (not _is_taken(node) and not is_view(node.op)):
            groups[node.name] = count
            count += 1
        elif before and not is_view(node.op):
            groups[node.name] = max(before)
        if node.name in groups or before:
            latest[node.name] = groups.get(node.name, max(before, default=0))
    for name in (*graph.outputs, *graph.mutations.values()):
        if any(node.name == name for node in graph.nodes) and name not in groups:
            groups[name] = latest.get(name, OF_INPUTS)
    return groups


def _is_taken(node: Node) -> bool:
    """The built-in synthesizer knows the operator."""
    return ".".join(node.op.split(".")[:2]) in WHOLE


def _needed(
    graph: Graph, groups: dict[str, int], group: int, roots: Iterable[str] | None = None
) -> tuple[list[str], set[str]]:
    """What a piece takes, in order, and its own nodes, for its ``roots`` or all of its nodes."""
    nodes = {n.name: n for n in graph.nodes}
    used: dict[str, None] = {}
    kept: set[str] = set()
    waiting = [name for name in (roots or (n for n, g in groups.items() if g == group))][::-1]
    while waiting:
        name = waiting.pop()
        if name in kept or name in used:
            continue
        if name not in nodes or groups.get(name, group) != group:
            used[name] = None
            continue
        kept.add(name)
        waiting += list(references(nodes[name].args))[::-1]
    return list(used), kept


def _piece(graph: Graph, groups: dict[str, int], group: int, outputs: tuple[str, ...], number: int) -> Piece:
    used, kept = _needed(graph, groups, group, outputs)
    given = {g.name: g for g in graph.inputs}
    nodes = {n.name: n for n in graph.nodes}
    names = input_names(graph, used)
    inputs = tuple(as_input(names[n], given.get(n), nodes.get(n)) for n in used)
    rename = {n: names[n] for n in used}
    body = tuple(dataclasses.replace(n, args=renamed_references(n.args, rename)) for n in graph.nodes if n.name in kept)
    inputs, body, free = with_sizes_of_its_own(inputs, body, outputs, graph.free_sizes)
    identifier = f"sg{number}_{_called(body)}"
    part = Graph(
        class_name="".join(word.capitalize() for word in identifier.split("_")),
        file=graph.file,
        inputs=inputs,
        nodes=body,
        outputs=outputs,
        output_structure={"output": 0}
        if len(outputs) == 1
        else {"tuple": [{"output": i} for i in range(len(outputs))]},
        mutations={},
        forward=tuple(
            ForwardArgument(g.name, "positional", None, {"tensor": g.path}) for g in inputs if g.kind == "input"
        ),
        free_sizes=sizes_of(inputs, free),
        random=any(draws(n) for n in body),
    )
    sources = {names[n]: n for n in used}
    return Piece(identifier, part.class_name, (), part, sources, outputs, (), content_of(part))


def _called(body: tuple[Node, ...]) -> str:
    told = [name_of(n.op).strip("_") for n in body if n.op != "getitem" and not is_view(n.op)]
    return "_".join(told[:LONGEST_NAME]) or "views"
