"""Task ``capture_piece``: as ``capture``, in the sandbox, for a piece that a model wrote.

``{problem, out, policy}`` → ``{problem, refused}``: why the built-in synthesizer does not take it, empty where it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernelagent.contract.codec import read_json
from kernelagent.errors import NothingToFuse, UnsupportedDtype, UnsupportedOperator
from kernelagent.worker import sandbox
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.synthesize import synthesize
from kernelagent.worker.tasks import capture


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    sandbox.enter(args["policy"])
    value = capture.run({"problem": args["problem"], "out": args["out"]}, emit)
    try:
        synthesize(read_json(args["out"], Graph))
    except (UnsupportedOperator, UnsupportedDtype, NothingToFuse) as exc:
        return {**value, "refused": exc.message}
    return {**value, "refused": ""}
