"""The mutation campaign: honest kernels with one mistake each, judged; which mistakes does the judge miss?

``python tests/fuzz/mutants.py --count 1000 --seed 0 --jobs 2 --results mutants.jsonl --table mutants.md``

A mutant that the judge passes is run against the kernel that it was made from on inputs that the judge does not use
(``differential.py``): equal but for rounding, it is *equivalent*, no mistake after all; else it is a *survivor*, and
the judge has a hole. Results are appended to a file of JSON lines as they come; what is in it is not judged again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import queue
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import Problem
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

sys.path.insert(0, str(Path(__file__).parent))

from judging import Judging, honest_kernels, target_of
from mutant_table import Outcome, table
from mutations import Mutation, apply, mutations

LIMIT_S = 20.0
"""For one run of a mutant: loops that never end are killed by it."""
ROUNDS = 10
DIFFERENTIAL_LIMIT_S = 120.0
ARCH = ("sm_90",)
KNOWN_SURVIVORS = {
    "4154feca857f": "tanh_dtype_dispatch: 5e-5 off for whole rows of values about 2e-2 alone, a size that no case has",
}
"""Holes of the judge, by the mutant's id; docs/verification.md tells of them."""


@dataclass(frozen=True)
class Mutant:
    """One kernel with one mistake."""

    kernel: str
    """Name of the honest kernel."""
    mutation: Mutation

    @property
    def id(self) -> str:
        m = self.mutation
        text = f"{self.kernel}:{m.node}:{m.kind}:{m.before}:{m.after}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def choose(kernels: Mapping[str, Path], count: int, seed: int) -> list[Mutant]:
    """``count`` mutants, every kind as often as it can be had, spread over all kernels."""
    by_kind: dict[str, list[Mutant]] = defaultdict(list)
    for name, path in kernels.items():
        for mutation in mutations(path.read_text(encoding="utf-8")):
            by_kind[mutation.kind].append(Mutant(name, mutation))
    chance = random.Random(seed)
    piles = [by_kind[kind] for kind in sorted(by_kind)]
    for pile in piles:
        chance.shuffle(pile)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(piles):
        for pile in piles:
            if pile and len(chosen) < count:
                chosen.append(pile.pop())
    return chosen


def judge(mutant: Mutant, path: Path, judging: Judging, differential: Differential, scratch: Path) -> Outcome:
    """The quick profile first, for most mistakes show on the example; then all of it, compiled for one target."""
    source = path.read_text(encoding="utf-8")
    target, m, started = target_of(path), mutant.mutation, time.monotonic()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        file = Path(folder) / "mutant.py"
        file.write_text(apply(source, m), encoding="utf-8")
        failed = judging.failed(file, target, "quick", (), LIMIT_S)
        stage = "example"
        if not failed:
            stage = "all cases"
            # The interpreter does not see a product's precision: there the compiled code is asked at once.
            failed = judging.failed(file, target, "full", ARCH if m.kind == "precision" else (), 6 * LIMIT_S)
        difference = ""
        result, check, detail = "killed", "", ""
        if not failed:
            original = Path(folder) / "original.py"
            original.write_text(ast.unparse(ast.parse(source)) + "\n", encoding="utf-8")
            difference = differential.differ(original, file, judging.problem(target))
            result, check, detail = ("survived" if difference else "equivalent"), "", ""
            if difference:
                failed = judging.failed(file, target, "full", ARCH, 6 * LIMIT_S)
        if failed:
            result, check, detail = "killed", failed[0].name.partition(":")[0], failed[0].detail
    return Outcome(
        mutant.id, mutant.kernel, m.kind, m.line, m.before, m.after, result, stage, check, detail[:300], difference,
        round(time.monotonic() - started, 2),
    )  # fmt: skip


class Differential:
    """``differential.py`` as processes, each of which answers one question after the other."""

    def __init__(self, processes: int) -> None:
        self._all = [_Asked() for _ in range(processes)]
        self._idle: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        for process in self._all:
            self._idle.put(process)

    def differ(self, original: Path, mutant: Path, problem: Problem) -> str:
        """What is different; nothing where both compute the same. May be called by several threads."""
        process = self._idle.get()
        try:
            return process.differ(original, mutant, problem)
        finally:
            self._idle.put(process)

    def close(self) -> None:
        for process in self._all:
            process.close()


class _Asked:
    """One of these processes."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("differential.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def differ(self, original: Path, mutant: Path, problem: Problem) -> str:
        request = {"original": str(original), "mutant": str(mutant), "problem": to_json(problem)}
        request |= {"seed": 7, "rounds": ROUNDS, "limit_s": DIFFERENTIAL_LIMIT_S}
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the differential process has no pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return str(answer["difference"])

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(DIFFERENTIAL_LIMIT_S + 10)


def read_results(path: Path) -> dict[str, Outcome]:
    if not path.exists():
        return {}
    found = (Outcome(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {outcome.id: outcome for outcome in found}


def campaign(count: int, seed: int, jobs: int, results: Path) -> Iterator[Outcome]:
    """Judge the mutants that ``results`` does not hold yet; each outcome is appended to it, then given."""
    kernels, known = honest_kernels(), read_results(results)
    with tempfile.TemporaryDirectory() as folder, WorkerPool(sys.executable) as pool, results.open("a") as log:
        pool.start()
        judging, differential = Judging(pool, Path(folder)), Differential(jobs)
        waiting = [m for m in choose(kernels, count, seed) if m.id not in known]
        try:
            with ThreadPoolExecutor(jobs) as threads:
                asked = [
                    threads.submit(judge, m, kernels[m.kernel], judging, differential, Path(folder)) for m in waiting
                ]
                for done in as_completed(asked):
                    try:
                        outcome = done.result()
                    except KernelAgentError as exc:  # the judge itself failed: asked again when the campaign goes on
                        print(f"not judged: {exc.code}: {exc.message}", flush=True)
                        continue
                    log.write(json.dumps(asdict(outcome)) + "\n")
                    log.flush()
                    yield outcome
        finally:
            differential.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    for number, outcome in enumerate(campaign(options.count, options.seed, options.jobs, options.results), 1):
        print(number, outcome.line_of_text(), flush=True)
    text = table(list(read_results(options.results).values()))
    print(text)
    if options.table is not None:
        options.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
