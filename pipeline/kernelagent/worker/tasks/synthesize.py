"""Task ``synthesize``: a kernel file for one subgraph, from what ``extract`` left of it.

``{problem, graph, arch, fp32, allow_tf32, by_pytorch, out}`` → ``{kernels, refused}``; ``problem`` and ``graph`` are
files. ``by_pytorch``: in PyTorch's operators instead, for measuring beside the kernel; ``refused`` says why not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import read_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.compose.kept import NOTHING, keep
from kernelagent.worker.synth.compose.precision import Precision
from kernelagent.worker.synth.subgraphs import cut
from kernelagent.worker.synth.synthesize import synthesize


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem, graph = read_json(args["problem"], Problem), read_json(args["graph"], Graph)
    precision = Precision(args["fp32"], args["allow_tf32"])
    synthesis = synthesize(graph, args["arch"])
    kept = NOTHING
    if args.get("by_pytorch"):
        kept = keep(synthesis, {piece.id: None for piece in cut(synthesis)})
        if kept.refused:
            return {"kernels": [], "refused": kept.refused[0][1]}
    composed = compose_file(synthesis, problem, None, precision, kept)
    out = Path(args["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(composed.text, encoding="utf-8")
    return {"kernels": list(composed.kernels), "refused": ""}
