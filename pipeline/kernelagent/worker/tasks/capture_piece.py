"""Task ``capture_piece``: as ``capture``, in the sandbox, for a piece that a model wrote.

``{problem, out, policy}`` → ``{problem, refused, cost}``: why the built-in synthesizer does not take it, empty where it
does, and what it costs then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernelagent.contract.codec import read_json, to_json
from kernelagent.errors import NothingToFuse, UnsupportedDtype, UnsupportedOperator
from kernelagent.worker import sandbox
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.cost import cost_of
from kernelagent.worker.synth.eager import calls
from kernelagent.worker.synth.synthesize import synthesize
from kernelagent.worker.tasks import capture


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    sandbox.enter(args["policy"])
    value = capture.run({"problem": args["problem"], "out": args["out"]}, emit)
    try:
        graph = read_json(args["out"], Graph)
        synthesis = synthesize(graph)
    except (UnsupportedOperator, UnsupportedDtype, NothingToFuse) as exc:
        return {**value, "refused": exc.message}
    return {**value, "refused": "", "cost": to_json(cost_of(synthesis, synthesis.plan.kernels, graph, calls(graph)))}
