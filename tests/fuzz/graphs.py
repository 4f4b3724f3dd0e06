"""``python -m tests.fuzz.graphs --count 5000 --first 0 --jobs 2``: random modules, synthesized, run in the interpreter
at several sizes, and compared with PyTorch and float64. Says how many were right, refused (and why), and wrong; leaves
the wrong ones' text in ``--out``. Status 1 if any is wrong."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import torch
from kernelagent.errors import NotExportable, NothingToFuse, UnsupportedOperator

from tests.fuzz.random_graphs import random_case
from tests.synth.run_case import compare, module_text, synthesized

LIMIT_S = 120
REFUSED = (UnsupportedOperator, NotExportable, NothingToFuse)


def judged(seed: int) -> str:
    """``right``, ``refused: why`` or ``wrong: why``."""
    case = random_case(seed)
    with tempfile.TemporaryDirectory() as folder:
        try:
            problem, _, out = synthesized(case, Path(folder))
            faults = compare(problem, out, is_strict=False)
        except REFUSED as exc:
            return f"refused: {type(exc).__name__}: {exc.message.splitlines()[0][:120]}"
    return f"wrong: {'; '.join(faults)[:300]}" if faults else "right"


def in_a_child(seed: int, results: Path) -> int:
    """The process that judges one seed and writes one line."""
    child = os.fork()
    if child:
        return child
    import signal

    signal.alarm(LIMIT_S)
    try:
        said = judged(seed)
    except BaseException:  # noqa: BLE001  a crash is an answer
        said = f"wrong: {traceback.format_exc().strip().splitlines()[-1][:300]}"
    (results / str(seed)).write_text(said, encoding="utf-8")
    os._exit(0)


def run(seeds: range, jobs: int) -> dict[int, str]:
    torch.set_num_threads(1)
    torch.export.export(torch.nn.Linear(2, 2), (torch.randn(1, 2),))  # what all children would import
    found: dict[int, str] = {}
    running: dict[int, int] = {}
    waiting = list(seeds)
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                seed = waiting.pop(0)
                running[in_a_child(seed, Path(folder))] = seed
            pid, status = os.wait()
            seed = running.pop(pid)
            answer = Path(folder) / str(seed)
            found[seed] = answer.read_text() if answer.exists() else f"wrong: the process ended with status {status}"
            answer.unlink(missing_ok=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    started = time.monotonic()
    found = run(range(given.first, given.first + given.count), given.jobs)
    reasons = Counter(said.partition(": ")[2] for said in found.values() if said.startswith("refused"))
    wrong = {seed: said for seed, said in found.items() if said.startswith("wrong")}
    right = sum(said == "right" for said in found.values())
    print(f"{len(found)} graphs: {right} right, {sum(reasons.values())} refused, {len(wrong)} wrong", end="")
    print(f" ({time.monotonic() - started:.0f} s)")
    for reason, count in reasons.most_common(12):
        print(f"  refused {count}: {reason}")
    for seed, said in wrong.items():
        print(f"  {seed}: {said}")
        if given.out is not None:
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / f"graph_{seed}.py").write_text(f"# {said}\n{module_text(random_case(seed))}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
