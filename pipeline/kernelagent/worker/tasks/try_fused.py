"""Task ``try_fused``: a rewritten module on every case, in the sandbox.

``{fused, name, cases_dir, cases, scratch, policy}`` → ``{error, calls}``; its results are left in ``scratch``.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kernelagent.worker import sandbox
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.refactor.trial import BadRewrite, as_json, load_fused, traced


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    cases, scratch, fused = Path(args["cases_dir"]), Path(args["scratch"]), Path(args["fused"])
    given = [
        (tensorfile.read(cases / f"{number}_inputs"), tensorfile.read(cases / f"{number}_state"))
        for number in range(args["cases"])
    ]
    sandbox.enter(args["policy"])
    calls: list[dict[str, Any]] = []
    try:
        cls = load_fused(fused, args["name"])
        for number, (inputs, state) in enumerate(given):
            model = cls(state)
            if number == 0:
                result, found = traced(model, state, inputs["args"], inputs["kwargs"], fused)
                calls = list(as_json(found))
            else:
                with torch.no_grad():
                    torch.manual_seed(0)
                    result = model(*inputs["args"], **inputs["kwargs"])
            tensorfile.write(scratch / f"{number}_outputs", {"outputs": result, "state": state})
    except BadRewrite as exc:
        return {"error": str(exc), "calls": []}
    except BaseException as exc:  # noqa: BLE001  the file may raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == str(fused)]
        where = f" at line {lines[-1]}" if lines else ""
        return {"error": f"it raises {type(exc).__name__}{where}: {str(exc)[:1000]}", "calls": []}
    return {"error": "", "calls": calls}
