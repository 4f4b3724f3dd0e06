"""A module's graph as a picture: operators from top to bottom as they depend on each other, each subgraph in a colour
of its own, with the shapes that flow between them.

Layers by the longest way from an input, order within a layer by the mean place of what a node reads (Sugiyama, Tagawa,
Toda 1981, one sweep down): enough for graphs of this kind. Where there are more operators than a picture can show, each
subgraph is one node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

MOST_NODES = 90
"""Operators, above which subgraphs are drawn instead."""
FEW_NODES = 6
"""Subgraphs, below which nothing would be seen in them: up to four times as many operators are drawn then."""
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 190, 44, 24, 34, 16
_HUES = (212, 28, 140, 282, 48, 340, 176, 94, 250, 8)


@dataclass(frozen=True)
class Node:
    name: str
    title: str
    below: str
    """The second line: a shape, or how many operators."""
    reads: tuple[str, ...]
    group: int
    """Number of its subgraph; -1: none."""


def graph_svg(graph: Mapping[str, Any], subgraphs: Sequence[Mapping[str, Any]]) -> str:
    """``graph`` and ``subgraphs`` as their files in the run directory hold them; empty where nothing is computed."""
    nodes = _operators(graph, subgraphs)
    if len(nodes) > MOST_NODES:
        joined = _joined(nodes, [str(each["id"]) for each in subgraphs])
        nodes = joined if len(joined) >= FEW_NODES or len(nodes) > 4 * MOST_NODES else nodes
    return _drawn(nodes) if nodes else ""


def _operators(graph: Mapping[str, Any], subgraphs: Sequence[Mapping[str, Any]]) -> list[Node]:
    """But for what only counts batches: it says nothing of the computation."""
    group_of = {str(node["name"]): n for n, each in enumerate(subgraphs) for node in each.get("nodes", ())}
    known = [str(node["name"]) for node in graph.get("nodes", ())]
    found: list[Node] = []
    taken: dict[str, str] = {}
    for node in graph.get("nodes", ()):
        name, op = str(node["name"]), str(node["op"])
        title = op.removeprefix("aten.").partition(".")[0].strip("_")
        sources = tuple(dict.fromkeys(taken.get(each, each) for each in _read(node.get("args"))))
        if title == "getitem" and sources:  # one of an operator's results: drawn as that operator's
            taken[name] = sources[0]
            continue
        shape = f"{_short(_first(node, 'dtype', ''))}[{', '.join(map(str, _first(node, 'shape', ())))}]"
        label = str(node.get("label") or "")
        below = f"{label}: {shape}" if label and label != name else shape
        reads = tuple(each for each in sources if each in known)
        found.append(Node(name, title, below, reads, group_of.get(name, -1)))
    read = {name for node in found for name in node.reads}
    counters = {str(n["name"]) for n in graph.get("nodes", ()) if not n.get("shape") and "int" in str(n.get("dtype"))}
    return [node for node in found if node.name in read or node.name not in counters]


def _first(node: Mapping[str, Any], key: str, default: Any) -> Any:
    """Of an operator with several results, that of the first one."""
    several = node.get(f"{key}s") or ()
    return node.get(key) or (several[0] if several else default)


def _read(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(value["node"])] if set(value) == {"node"} else [n for v in value.values() for n in _read(v)]
    return [n for v in value for n in _read(v)] if isinstance(value, (list, tuple)) else []


def _joined(nodes: list[Node], names: list[str]) -> list[Node]:
    of = {node.name: names[node.group] if node.group >= 0 else node.name for node in nodes}
    members: dict[str, list[Node]] = {}
    for node in nodes:
        members.setdefault(of[node.name], []).append(node)
    return [
        Node(
            name,
            name if len(inside) > 1 else inside[0].title,
            f"{len(inside)} operators" if len(inside) > 1 else inside[0].below,
            tuple(dict.fromkeys(of[read] for node in inside for read in node.reads if of[read] != name)),
            inside[0].group,
        )
        for name, inside in members.items()
    ]


def _layers(nodes: list[Node]) -> list[list[Node]]:
    depth: dict[str, int] = {}
    by_name = {node.name: node for node in nodes}
    for node in nodes:  # in topological order, but for joined ones, which may stand before what they read
        depth[node.name] = 1 + max((depth.get(read, -1) for read in node.reads if read in by_name), default=-1)
    layers: list[list[Node]] = [[] for _ in range(1 + max(depth.values()))]
    for node in nodes:
        layers[depth[node.name]].append(node)
    place: dict[str, float] = {}
    for layer in layers:
        keys = {node.name: _mean([place[read] for read in node.reads if read in place]) for node in layer}
        layer.sort(key=lambda node: keys[node.name])
        for number, node in enumerate(layer):
            place[node.name] = number - (len(layer) - 1) / 2
    return layers


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _drawn(nodes: list[Node]) -> str:
    layers = _layers(nodes)
    width = 2 * _MARGIN + max(map(len, layers)) * (_WIDTH + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + len(layers) * (_HEIGHT + _GAP_Y) - _GAP_Y
    at: dict[str, tuple[float, float]] = {}
    for row, layer in enumerate(layers):
        left = (width - len(layer) * (_WIDTH + _GAP_X) + _GAP_X) / 2
        for column, node in enumerate(layer):
            at[node.name] = (left + column * (_WIDTH + _GAP_X), _MARGIN + row * (_HEIGHT + _GAP_Y))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="system-ui, sans-serif" font-size="12" role="img">',
        '<rect width="100%" height="100%" fill="#ffffff" rx="6"/>',
    ]
    for node in nodes:
        for read in node.reads:
            if read in at:
                parts.append(_edge(at[read], at[node.name]))
    parts += [_box(node, *at[node.name]) for node in nodes]
    return "\n".join([*parts, "</svg>\n"])


def _edge(source: tuple[float, float], target: tuple[float, float]) -> str:
    x1, y1, x2, y2 = source[0] + _WIDTH / 2, source[1] + _HEIGHT, target[0] + _WIDTH / 2, target[1]
    middle = (y1 + y2) / 2
    path = f"M{x1:g},{y1:g} C{x1:g},{middle:g} {x2:g},{middle:g} {x2:g},{y2:g}"
    return f'<path d="{path}" fill="none" stroke="#8c959f" stroke-width="1.3"/>'


def _box(node: Node, x: float, y: float) -> str:
    hue = _HUES[node.group % len(_HUES)]
    fill, stroke = (f"hsl({hue} 75% 93%)", f"hsl({hue} 55% 45%)") if node.group >= 0 else ("#f6f8fa", "#8c959f")
    middle = x + _WIDTH / 2
    return (
        f'<g><title>{escape(node.name)}</title><rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" '
        f'fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{middle:g}" y="{y + 18:g}" text-anchor="middle" fill="#1f2328" font-weight="600">'
        f"{escape(_fit(node.title))}</text>"
        f'<text x="{middle:g}" y="{y + 34:g}" text-anchor="middle" fill="#57606a" font-size="11">'
        f"{escape(_fit(node.below))}</text></g>"
    )


def _fit(text: str, most: int = 26) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _short(dtype: Any) -> str:
    name = str(dtype or "").removeprefix("torch.")
    for long, short in (("bfloat", "bf"), ("float", "f"), ("uint", "u"), ("int", "i"), ("complex", "c")):
        if name.startswith(long):
            return short + name[len(long) :]
    return name
