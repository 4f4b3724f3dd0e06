"""Would a kernel that does nothing pass? For every problem of a folder.

    python tests/fuzz/degenerate.py PROBLEM_DIR [--match REGEX] [--kernels] [--mode eval] [--limit-s 120]

PROBLEM_DIR holds files in KernelBench's format (``Model``, ``get_inputs``, ``get_init_inputs``). Each module is run on
the judge's own cases, sizes shrunk as the judge shrinks them; then zeros, one constant, an input handed back, the
output for another input and the output with other weights are compared as if a kernel had given them. With
``--kernels`` three of these are written as Triton kernels and judged from end to end, each by itself. Prints a table;
exits 1 when a problem that is not called degenerate lets one of them pass.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Mode, Problem
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import ConstantModel, KernelAgentError
from kernelagent.worker.judge.tensorfile import read as read_tensors
from kernelagent.worker.problem.tensors import tensors_in
from trivial_kernels import trivial_kernels


@dataclass(frozen=True)
class Outcome:
    kind: str
    """``told apart``, ``degenerate``, ``constant``, ``not run``; ``FOOLED`` where a kernel that does nothing passed"""
    detail: str
    kernels: str = ""
    """For each trivial kernel the check that rejected it."""


class Trial:
    """One problem: captured, run by the judge's reference, and tried with what does nothing."""

    def __init__(self, pool: WorkerPool, file: Path, folder: Path, given: argparse.Namespace) -> None:
        self._pool, self._file, self._folder, self._given = pool, file, folder, given

    def outcome(self) -> Outcome:
        try:
            return self._outcome()
        except ConstantModel as exc:
            return Outcome("constant", exc.message)
        except KernelAgentError as exc:
            return Outcome("not run", f"{exc.code}: {exc.message}"[:100])

    def _outcome(self) -> Outcome:
        limit = self._given.limit_s
        mode: Mode = self._given.mode
        reading = read(parse_target(f"{self._file}::Model"), Options(device="cpu", mode=mode))
        args = {"problem": to_json(reading.problem), "out": str(self._folder / "graph.json")}
        problem = from_json(Problem, self._pool.call("capture", args, timeout_s=limit)["problem"])
        if (weights := parameters(problem)) > self._given.max_parameters:
            return Outcome("not run", f"{weights:,} parameters")
        inputs, expected = self._folder / "inputs", self._folder / "expected"
        inputs.mkdir()
        expected.mkdir()
        args = {"problem": to_json(problem), "profile": "full", "only": [], "inputs_dir": str(inputs)}
        found = self._pool.call("reference", {**args, "expected_dir": str(expected)}, timeout_s=limit)
        args = {"cases": found["cases"], "runs": [], "expected_dir": str(expected), "outputs_dir": str(self._folder)}
        reasons = self._pool.call("compare", args, timeout_s=limit)["degenerate"]
        kernels = self._judged(problem, mean_of(expected / "0")) if self._given.kernels else {}
        shown = ", ".join(f"{name}: {by}" for name, by in kernels.items())
        added = sum(" times " in case["name"] for case in found["cases"])
        detail = f"{len(found['cases'])} cases" + (f", {added} of them found by search" if added else "")
        if reasons:
            return Outcome("degenerate", "; ".join(reasons), shown)
        return Outcome("FOOLED" if "passed" in kernels.values() else "told apart", detail, shown)

    def _judged(self, problem: Problem, mean: float) -> dict[str, str]:
        judged = {}
        for name, text in trivial_kernels(problem, mean).items():
            kernel = self._folder / f"{name}.py"
            kernel.write_text(text, encoding="utf-8")
            verdict = verify(
                kernel,
                problem,
                Options(device="cpu", arch=(), budget_seconds=self._given.limit_s),
                pool=self._pool,
                work_dir=self._folder / "judge",
                on_event=lambda event: None,
                cancel=CancelToken(),
            )
            failed = [failure.check.family for failure in verdict.failures]
            judged[name] = failed[-1] if failed else "degenerate" if verdict.degenerate else "passed"
        return judged


def mean_of(expected: Path) -> float:
    """Of all finite numbers that the example gives."""
    tensors = [t.double() for _, t in tensors_in(read_tensors(expected)["outputs"])]
    finite = [t[t.isfinite()] for t in tensors]
    values = [float(t.mean()) for t in finite if t.numel()]
    return values[0] if values and math.isfinite(values[0]) else 0.0


def parameters(problem: Problem) -> int:
    return sum(math.prod(spec.shape) for spec in problem.state)


def main() -> int:
    parser = argparse.ArgumentParser(description="Which problems would let a kernel pass that does nothing?")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--match", default="")
    parser.add_argument("--kernels", action="store_true", help="also judge kernels that do nothing")
    parser.add_argument("--mode", choices=["constructed", "train", "eval"], default="constructed")
    parser.add_argument("--limit-s", type=float, default=120.0)
    parser.add_argument("--max-parameters", type=int, default=150_000_000)
    given = parser.parse_args()
    files = sorted(f for f in given.folder.rglob("*.py") if re.search(given.match, str(f)))
    counts: dict[str, int] = {}
    print("| problem | outcome | | kernels | seconds |\n|---|---|---|---|---|", flush=True)
    with WorkerPool(sys.executable) as pool:
        pool.start()
        for file in files:
            started = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                found = Trial(pool, file, Path(folder), given).outcome()
            counts[found.kind] = counts.get(found.kind, 0) + 1
            name, seconds = f"{file.parent.name}/{file.stem}", time.monotonic() - started
            print(f"| {name} | {found.kind} | {found.detail} | {found.kernels} | {seconds:.0f} |", flush=True)
    print(f"\n{len(files)} problems: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}")
    return 1 if "FOOLED" in counts else 0


if __name__ == "__main__":
    sys.exit(main())
