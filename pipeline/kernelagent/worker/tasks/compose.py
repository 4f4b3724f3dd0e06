"""Task ``compose``: a graph to one file.

``{problem, graph, arch, fp32, allow_tf32, kept, out}`` → ``{function, module, kernels, kept, refused}``.
``kept`` has what was measured of each subgraph that PyTorch is to compute; in the reply are those that it does, and
reasons for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json
from kernelagent.contract.compute import Measured
from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.capture.source_lines import source_text
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.compose.kept import NOTHING, keep
from kernelagent.worker.synth.compose.precision import Precision
from kernelagent.worker.synth.synthesize import synthesize


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    problem = from_json(Problem, args["problem"])
    graph = read_json(args["graph"], Graph)
    source = source_text(problem.file, problem.text_file)
    precision = Precision(args["fp32"], args["allow_tf32"])
    synthesis = synthesize(graph, args["arch"])
    wanted: dict[str, Measured | None] = {name: from_json(Measured, one) for name, one in args.get("kept", {}).items()}
    kept = keep(synthesis, wanted) if wanted else NOTHING
    composed = compose_file(synthesis, problem, source, precision, kept)
    out = Path(args["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(composed.text, encoding="utf-8")
    return {
        "function": composed.function,
        "module": composed.module,
        "kernels": list(composed.kernels),
        "kept": [one.piece.id for one in kept.pieces],
        "refused": dict(kept.refused),
    }
