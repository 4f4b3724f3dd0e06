"""``python -m tests.fuzz.graphs --count 5000 --first 0 --jobs 2``: random modules, synthesized, run in the interpreter
at several sizes, and compared with PyTorch and float64. Says how many were right, refused (and why), and wrong, and of
how many some elements could not be told because rounding alone decides them; leaves the wrong ones' text in ``--out``.
Status 1 if any is wrong, or if more than half are refused: then nothing was tried."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""  # children of a fork cannot use CUDA

import torch
from kernelagent.errors import NotExportable, NothingToFuse, UnsupportedOperator

from tests.fuzz.random_graphs import random_case
from tests.synth.run_case import Leniency, compare, module_text, synthesized

LIMIT_S = 120
MOST_REFUSED = 0.5
"""Of the graphs: a campaign that tries fewer has failed."""
REFUSED = (UnsupportedOperator, NotExportable, NothingToFuse)


def judged(seed: int) -> str:
    """``right``, ``right but for rounding: where``, ``right but for sizes: which it refuses``, ``refused: why`` or
    ``wrong: why``."""
    case = random_case(seed)
    lenient = Leniency()
    with tempfile.TemporaryDirectory() as folder:
        try:
            problem, _, out = synthesized(case, Path(folder))
            faults = compare(problem, out, is_strict=False, lenient=lenient)
        except REFUSED as exc:
            return f"refused: {type(exc).__name__}: {exc.message.splitlines()[0][:120]}"
    if faults:
        return f"wrong: {'; '.join(faults)[:300]}"
    if lenient.unsettled:
        return f"right but for rounding: {'; '.join(lenient.unsettled)[:300]}"
    return f"right but for sizes: {'; '.join(lenient.refused)[:300]}" if lenient.refused else "right"


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
    refused = {seed: said.partition(": ")[2] for seed, said in found.items() if said.startswith("refused")}
    reasons = Counter(refused.values())
    wrong = {seed: said for seed, said in found.items() if said.startswith("wrong")}
    right = sum(said.startswith("right") for said in found.values())
    print(f"{len(found)} graphs: {right} right, {sum(reasons.values())} refused, {len(wrong)} wrong", end="")
    print(f" ({time.monotonic() - started:.0f} s)")
    for partly, what in (
        (
            "right but for rounding",
            "elements that rounding alone decides, asked only for what rounding may make of them",
        ),
        ("right but for sizes", "sizes that the kernels refuse, since the trace does not hold there"),
    ):
        some = [seed for seed, said in found.items() if said.startswith(partly)]
        if some:
            print(f"  {len(some)} of the right ones have {what}: {', '.join(map(str, some[:12]))}")
    for reason, count in reasons.most_common(12):
        example = next(seed for seed, said in refused.items() if said == reason)
        print(f"  refused {count}, such as {example}: {reason}")
    for seed, said in wrong.items():
        print(f"  {seed}: {said}")
        if given.out is not None:
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / f"graph_{seed}.py").write_text(f"# {said}\n{module_text(random_case(seed))}")
    if len(refused) > len(found) * MOST_REFUSED:
        print(f"  more than {MOST_REFUSED:.0%} are refused: this says nothing of the rest")
        return 1
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
