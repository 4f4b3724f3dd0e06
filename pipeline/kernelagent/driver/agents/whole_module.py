"""The captured graph as one subgraph, for an author that is given the whole module. Nothing is synthesized for it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.subgraph import Cost, OperatorNode, Subgraph

_BITS = re.compile(r"(\d+)")


def whole(problem: Problem, graph: Path) -> Subgraph:
    """From the graph that the stage ``load`` left, where the module exports. Its cost is a lower bound: the outputs
    must be written, and what the operators need of the inputs is not known here."""
    nodes = [] if problem.not_exported else json.loads(graph.read_text(encoding="utf-8"))["nodes"]
    name = re.sub(r"[^a-z0-9]+", "_", problem.class_name.lower()).strip("_") or "module"
    operators = tuple(
        OperatorNode(
            op=node["op"],
            name=node["name"],
            shape=tuple(node["shape"]),
            dtype=node["dtype"],
            line=node.get("line"),
            source=node.get("source", ""),
        )
        for node in nodes
    )
    written = sum(math.prod(spec.shape) * _bytes_of(spec) for spec in problem.outputs)
    return Subgraph(
        id=f"sg0_{name}",
        family="module",
        nodes=operators,
        inputs=problem.inputs,
        outputs=problem.outputs,
        cost=Cost(bytes=written, flops=0, eager_bytes=written),
        lines=tuple(sorted({operator.line for operator in operators if operator.line is not None})),
    )


def _bytes_of(spec: TensorSpec) -> int:
    """``float32`` → 4, ``bool`` → 1, ``float8_e4m3fn`` → 1."""
    bits = _BITS.search(spec.dtype)
    return max(1, int(bits[1]) // 8) if bits is not None else 1
