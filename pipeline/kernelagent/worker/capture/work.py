"""How many multiplications a graph's products take, as an expression over its free sizes.

Triton's interpreter takes its time for each: elements alone do not tell how long a case will run, where each comes of
thousands of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kernelagent.worker.capture.graph import Graph

_SUMMED = {
    **dict.fromkeys(("mm", "bmm", "mv", "dot", "matmul"), "self"),
    **{"addmm": "mat1", "addmv": "mat", "baddbmm": "batch1", "linear": "input"},
}
"""Products → the operand whose last dimension is summed over."""


def products(graph: Graph) -> str:
    """``32*s0*(s1 + 2)``; empty where there are none."""
    shapes: dict[str, Sequence[str]] = {given.name: given.shape for given in graph.inputs}
    shapes |= {node.name: node.shape for node in graph.nodes}
    terms = []
    for node in graph.nodes:
        op = node.op.split(".")[1] if node.op.startswith("aten.") else ""
        if op == "convolution":
            weight = _shape(node.args.get("weight"), shapes)
            if weight and node.args.get("transposed"):  # as a kernel makes it: every tap for every place of the output
                terms.append(_times([*node.shape, f"{weight[0]}//{node.args.get('groups', 1)}", *weight[2:]]))
            elif weight:
                terms.append(_times([*node.shape, *weight[1:]]))
        elif op in _SUMMED:
            operand = _shape(node.args.get(_SUMMED[op]), shapes)
            if operand:
                terms.append(_times([*node.shape, operand[-1]]))
        elif op == "scaled_dot_product_attention":
            query, key = _shape(node.args.get("query"), shapes), _shape(node.args.get("key"), shapes)
            if query and key:
                terms.append(_times([*query, key[-2], "2"]))
    return " + ".join(terms)


def _shape(value: Any, shapes: dict[str, Sequence[str]]) -> Sequence[str]:
    return shapes.get(value["node"], ()) if isinstance(value, dict) and isinstance(value.get("node"), str) else ()


def _times(sizes: Iterable[str]) -> str:
    return "*".join(size if size.isalnum() else f"({size})" for size in sizes)
