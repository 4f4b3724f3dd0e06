"""``python -m tests.synth.run_group '[["softmax", "float32"]]'``: a line for each case, status 1 if any is wrong.

With ``large`` behind it every product and reduction is written as if it were a large one: operands are copied into the
order in which they are read, reductions are taken in two stages.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import torch
from kernelagent.worker.synth import operand_order
from kernelagent.worker.synth.lowering import stages

from tests.synth.cases import CASES
from tests.synth.run_case import compare, synthesized


def as_if_large() -> None:
    operand_order.FEWEST, operand_order.LAUNCH_S, operand_order.COPIED = 2, 0.0, 1e30
    stages.LONG, stages.SHORTEST, stages.PROGRAMS = 8, 2, 1 << 20


def faults_of(name: str, dtype: str, large: bool) -> list[str]:
    case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        problem, composed, out = synthesized(case, Path(folder), dtype)
        faults = compare(problem, out)
    if not large and case.kernels is not None and len(composed.kernels) != case.kernels:
        faults.append(f"{len(composed.kernels)} kernels for {case.kernels}: {', '.join(composed.kernels)}")
    return faults


def main(runs: list[list[str]], large: bool = False) -> int:
    if large:
        as_if_large()
    torch.set_num_threads(1)
    torch.export.export(torch.nn.Linear(2, 2), (torch.randn(1, 2),))  # what all children would import
    wrong = 0
    for name, dtype in runs:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            try:
                faults = faults_of(name, dtype, large)
            except BaseException:  # noqa: BLE001  a crash of one case is that case's fault
                faults = [traceback.format_exc()]
            print(f"{name} {dtype}: {'; '.join(faults) or 'ok'}", flush=True)
            os._exit(bool(faults))
        wrong += os.waitpid(child, 0)[1] != 0
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), "large" in sys.argv[2:]))
