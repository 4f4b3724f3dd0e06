"""What a candidate's process tells of every case, with its programs run together or one by one.

    python -m tests.fuzz.candidate_events KERNEL INPUTS SCRATCH together|apart

``INPUTS`` is what the reference has left. Prints a JSON list: for each run its event and a digest of its outputs, then
the report; and before them how many launches ran together.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"

import torch
from kernelagent.worker.judge import interpreter_together, tensorfile
from kernelagent.worker.judge.candidate_run import CandidateRun
from kernelagent.worker.judge.patience import Patience
from kernelagent.worker.judge.watched_calls import WatchedCalls
from kernelagent.worker.problem.tensors import tensors_in

PATIENCE_S = 3600.0


def main() -> None:
    kernel, inputs, scratch = map(Path, sys.argv[1:4])
    if sys.argv[4] == "apart":
        interpreter_together.LEAST = sys.maxsize
    counted = _counting()
    told: list[Any] = []

    def note(event: dict[str, Any]) -> None:
        name = tensorfile.outputs_name(event["entry"], event["case"], event["turn"]) if "case" in event else ""
        told.append({**event, "digest": _digest(scratch / name) if name and event["error"] is None else ""})

    with open(scratch / "crash.txt", "w", encoding="utf-8") as crash:
        patience = Patience(kernel, PATIENCE_S, crash)
        patience.install = lambda: None  # type: ignore[method-assign]  no case is left for its time
        calls = WatchedCalls(kernel, inputs, scratch, "cpu", patience, "sm_90")
        torch.manual_seed(0)
        run = CandidateRun(calls)
        run.prepare()
        report = run.run(note)
    print(json.dumps([counted, *told, report], default=str))


def _digest(written: Path) -> str:
    """Of the bits of all tensors there; but for a zero's sign, which NumPy's maximum takes from either operand."""
    found = hashlib.sha256()
    for path, tensor in tensors_in(tensorfile.read(written)):
        plain = torch.where(tensor == 0, torch.zeros_like(tensor), tensor).contiguous()
        found.update(f"{path} {tensor.dtype} {tuple(tensor.shape)} {tensor.stride()}".encode())
        found.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _counting() -> dict[str, int]:
    """Launches by how they ran; counted from now on."""
    counted = {"together": 0, "apart": 0}
    original = interpreter_together.Launch.run_together

    def run(launch: Any, arguments: dict[str, Any]) -> bool:
        found = original(launch, arguments)
        counted["together" if found else "apart"] += 1
        return found

    interpreter_together.Launch.run_together = run  # type: ignore[method-assign]
    return counted


if __name__ == "__main__":
    main()
