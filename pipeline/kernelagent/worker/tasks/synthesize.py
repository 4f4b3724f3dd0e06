"""Task ``synthesize``: a kernel file for one subgraph.

``{problem, graph, subgraph, arch, fp32, allow_tf32, out}`` → ``{kernels}``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import read_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import InternalError
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.compose.precision import Precision
from kernelagent.worker.synth.subgraphs import cut
from kernelagent.worker.synth.synthesize import synthesize


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    graph = read_json(args["graph"], Graph)
    pieces = {p.id: p for p in cut(synthesize(graph))}
    piece = pieces.get(args["subgraph"])
    if piece is None:
        raise InternalError(f"There is no subgraph {args['subgraph']}.")
    out = Path(args["out"])
    part = read_json(Path(args["graph"]).parent / "orchestrator" / f"{piece.id}.problem.json", Problem)
    composed = compose_file(
        synthesize(piece.graph, args["arch"]), part, None, Precision(args["fp32"], args["allow_tf32"])
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(composed.text, encoding="utf-8")
    return {"kernels": list(composed.kernels)}
