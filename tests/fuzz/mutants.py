"""The mutation campaign: honest kernels with one mistake each, judged; which mistakes does the judge miss?

``python tests/fuzz/mutants.py --count 1000 --seed 0 --jobs 2 --results mutants.jsonl --table mutants.md``

A mutant that the judge passes is run against the kernel that it was made from on inputs that the judge does not use
(``differential.py``): equal but for rounding, it is *equivalent*, no mistake after all; else it is a *survivor*, and
the judge has a hole. Results are appended to a file of JSON lines as they come; mutants that are in it are not judged again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from kernelagent.contract.codec import to_json
from kernelagent.driver.workers import WorkerPool

sys.path.insert(0, str(Path(__file__).parent))

from judging import Judging, honest_kernels, target_of
from mutant_table import Outcome, table
from mutations import Mutation, apply, mutations

LIMIT_S = 20.0
"""For one run of a mutant: loops that never end are killed by it."""
ROUNDS = 24


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


def judge(mutant: Mutant, path: Path, judging: Judging, scratch: Path) -> Outcome:
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
            failed = judging.failed(file, target, "full", ("sm_90",), 6 * LIMIT_S)
        difference = ""
        if failed:
            result, check, detail = "killed", failed[0].name.partition(":")[0], failed[0].detail
        else:
            original = Path(folder) / "original.py"
            original.write_text(ast.unparse(ast.parse(source)) + "\n", encoding="utf-8")
            difference = differ(original, file, json.dumps(to_json(judging.problem(target))), Path(folder))
            result, check, detail = ("survived" if difference else "equivalent"), "", ""
    return Outcome(
        mutant.id, mutant.kernel, m.kind, m.line, m.before, m.after, result, stage, check, detail[:300], difference,
        round(time.monotonic() - started, 2),
    )  # fmt: skip


def differ(original: Path, mutant: Path, problem: str, folder: Path) -> str:
    """What ``differential.py`` found; a process that dies or never ends differs too."""
    problem_file = folder / "problem.json"
    problem_file.write_text(problem, encoding="utf-8")
    script = Path(__file__).with_name("differential.py")
    command = [sys.executable, str(script), str(original), str(mutant), str(problem_file), "7", str(ROUNDS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return "did not end"
    if done.returncode != 0:
        return f"ended with {done.returncode}: {done.stderr.strip()[-300:]}"
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return str(answer["difference"]) if answer["rounds"] else "could not be compared"


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
        judging = Judging(pool, Path(folder))
        waiting = [m for m in choose(kernels, count, seed) if m.id not in known]
        with ThreadPoolExecutor(jobs) as threads:
            for outcome in threads.map(lambda m: judge(m, kernels[m.kernel], judging, Path(folder)), waiting):
                log.write(json.dumps(asdict(outcome)) + "\n")
                log.flush()
                yield outcome


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
