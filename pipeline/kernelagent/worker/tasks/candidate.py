"""The candidate: the kernel file in a sandboxed process of its own, given inputs, giving back outputs."""

from __future__ import annotations

import faulthandler
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.worker import sandbox
from kernelagent.worker.judge.candidate_run import CandidateRun
from kernelagent.worker.judge.patience import Patience
from kernelagent.worker.judge.watched_calls import WatchedCalls


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{kernel, inputs_dir, scratch, policy, device, arch, patience_s, declared, reads}`` → ``{sandbox, error,
    function, module, notes}``.

    Emits ``{"event": "sandbox"}`` with the layers in force, then one ``{"event": "run"}`` for each entry and case;
    outputs are left in ``scratch``. What the candidate raises is reported, not raised; when it kills its process the
    events so far remain, and ``scratch/crash.txt`` names the line.
    """
    scratch = Path(args["scratch"])
    layers = sandbox.enter(args["policy"])
    emit({"event": "sandbox", "layers": layers})
    with open(scratch / "crash.txt", "w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        kernel = Path(args["kernel"]).resolve()
        patience = Patience(kernel, float(args["patience_s"]), crash)
        calls = WatchedCalls(
            kernel,
            Path(args["inputs_dir"]),
            scratch,
            args["device"],
            patience,
            args["arch"],
            args["declared"],
            args["reads"],
        )
        run = CandidateRun(calls)
        run.prepare()
        report = run.run(emit)
        faulthandler.disable()
    return {"sandbox": layers, **report}
