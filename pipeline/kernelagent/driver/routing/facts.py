"""What the source and the graph tell of a module, before anything is written for it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelagent.contract.operators import family_of, is_view, name_of
from kernelagent.driver.class_facts import class_named
from kernelagent.static.parsing import parse


@dataclass(frozen=True)
class SourceFacts:
    control_flow: tuple[str, ...]
    """``for, line 12``: in ``forward`` and the methods that it calls."""
    lines: int
    """Of these methods."""


@dataclass(frozen=True)
class GraphFacts:
    operators: int
    """Without views."""
    anchors: tuple[str, ...]
    """Families of the operators that kernels are built around, in the graph's order."""
    chain: int
    """The most of them that wait for one another."""
    inputs_of_anchors: int
    """How many of them read another's result, directly or through operators that join."""

    def count(self, *families: str) -> int:
        return sum(family in families for family in self.anchors)


@dataclass(frozen=True)
class Facts:
    source: SourceFacts
    graph: GraphFacts | None
    """``None``: the module does not export."""
    not_exported: str = ""
    """Why, in the words of the error."""
    pieces: int | None = None
    """Kernels that the built-in synthesizer would write; ``None`` where it refuses or is not asked."""
    refused: str = ""
    """What it says then."""


def source_facts(text: str, class_name: str) -> SourceFacts:
    """Of ``class_name`` in the file ``text``. By parsing alone; what it inherits from another file is not seen."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError):
        return SourceFacts((), 0)
    node = class_named(tree, class_name)
    if node is None:
        return SourceFacts((), 0)
    methods = {node.name: node for node in node.body if isinstance(node, ast.FunctionDef)}
    reached: dict[str, ast.FunctionDef] = {}
    waiting = ["forward"]
    while waiting:
        name = waiting.pop()
        if name in methods and name not in reached:
            reached[name] = methods[name]
            waiting += [node.attr for node in ast.walk(methods[name]) if isinstance(node, ast.Attribute)]
    found = [flow for method in reached.values() for flow in _control_flow(method)]
    lines = sum((method.end_lineno or method.lineno) - method.lineno + 1 for method in reached.values())
    return SourceFacts(tuple(found), lines)


def graph_facts(graph: Path) -> GraphFacts:
    """Of the graph that the stage ``load`` left."""
    nodes = json.loads(graph.read_text(encoding="utf-8"))["nodes"]
    depth: dict[str, int] = {}
    anchors: list[str] = []
    following = 0
    for node in nodes:
        before = max((depth.get(name, 0) for name in _mentioned(node["args"])), default=0)
        family = family_of(node["op"])
        if family is not None:
            anchors.append(family)
            following += before > 0
        depth[node["name"]] = before + (family is not None)
    operators = sum(not is_view(node["op"]) and name_of(node["op"]) != "getitem" for node in nodes)
    return GraphFacts(operators, tuple(anchors), max(depth.values(), default=0), following)


def _control_flow(method: ast.FunctionDef) -> Iterator[str]:
    names: Mapping[type[ast.AST], str] = {ast.If: "if", ast.For: "for", ast.While: "while"}
    for node in ast.walk(method):
        if type(node) in names:
            yield f"{names[type(node)]}, line {getattr(node, 'lineno', 0)}"


def _mentioned(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("node"), str):
            yield value["node"]
        else:
            for item in value.values():
                yield from _mentioned(item)
    elif isinstance(value, list):
        for item in value:
            yield from _mentioned(item)
