"""``python -m tests.synth.run_kept '[["softmax", "float32"]]'``: as ``run_group``, with subgraphs left to PyTorch.

Each case is composed twice: with all of its subgraphs left to PyTorch as far as that goes, and with every second one,
so that kernels read what operators made and the other way round. A line for each case: what was kept, or what is wrong.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

import torch
from kernelagent.contract.compute import Measured
from kernelagent.static.scan import scan
from kernelagent.worker.synth.compose.kept import Kept, keep
from kernelagent.worker.synth.subgraphs import cut
from kernelagent.worker.synth.synthesize import Synthesis

from tests.synth.cases import CASES
from tests.synth.run_case import compare, synthesized

MEASURED = Measured(0.4, 0.6, "a table of the test's")


def faults_of(name: str, dtype: str, every: int) -> tuple[list[str], str]:
    """What is wrong, and what was kept or refused."""
    found: list[Kept] = []

    def chosen(synthesis: Synthesis) -> Kept:
        found.append(keep(synthesis, {piece.id: MEASURED for piece in cut(synthesis)[::every]}))
        return found[0]

    with tempfile.TemporaryDirectory() as folder:
        problem, composed, out = synthesized(CASES[name], Path(folder), dtype, kept=chosen)
        faults = compare(problem, out, is_strict=False)
    (kept,) = found
    read = scan(composed.text)
    faults += [f"line {finding.line}: {finding.what}" for finding in read.findings]
    declared = Counter(operator for entry in read.declared for operator in entry.operators)
    if declared != Counter(operator for one in kept.pieces for operator in one.operators):
        faults.append(f"declares {declared}")
    told = [*(f"{one.piece.id} kept" for one in kept.pieces), *(f"{n} not: {why}" for n, why in kept.refused)]
    return faults, "; ".join(told)


def main(runs: list[list[str]]) -> int:
    torch.set_num_threads(1)
    torch.export.export(torch.nn.Linear(2, 2), (torch.randn(1, 2),))  # what all children would import
    wrong = 0
    for name, dtype in runs:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                parts = [faults_of(name, dtype, every) for every in (1, 2)]
                faults = [fault for found, _ in parts for fault in found]
                print(f"{'WRONG' if faults else 'right'} {name} {dtype}: {faults or ''} ({parts[0][1]})", flush=True)
                status = 1 if faults else 0
            except Exception:  # noqa: BLE001  one case of many
                print(f"WRONG {name} {dtype}: {traceback.format_exc(limit=-3)}", flush=True)
            finally:
                os._exit(status)
        wrong += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
