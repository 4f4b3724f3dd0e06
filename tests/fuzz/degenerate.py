"""Would a kernel that does nothing pass? For every problem of a folder, with no kernel at all.

    python tests/fuzz/degenerate.py PROBLEM_DIR [--match REGEX] [--limit-s 120] [--max-parameters 100000000]

PROBLEM_DIR holds files in KernelBench's format (``Model``, ``get_inputs``, ``get_init_inputs``). Each module is run on
the judge's own cases, sizes shrunk as the judge shrinks them; then zeros, one constant, an input handed back, the
output for another input and the output with other weights are compared as if a kernel had given them. Prints a table.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.driver.stages.load import read
from kernelagent.driver.target import parse_target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import ConstantModel, KernelAgentError


def outcome(pool: WorkerPool, file: Path, limit_s: float, max_parameters: int) -> tuple[str, str]:
    """``told apart``, ``degenerate``, ``constant`` or ``not run``, and what is to be said of it."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, expected = Path(folder, "inputs"), Path(folder, "expected")
        inputs.mkdir()
        expected.mkdir()
        try:
            reading = read(parse_target(f"{file}::Model"), Options(device="cpu"))
            args = {"problem": to_json(reading.problem), "out": str(Path(folder, "graph.json"))}
            problem = from_json(Problem, pool.call("capture", args, timeout_s=limit_s)["problem"])
            if parameters(problem) > max_parameters:
                return "not run", f"{parameters(problem):,} parameters"
            args = {"problem": to_json(problem), "profile": "full", "only": [], "inputs_dir": str(inputs)}
            found = pool.call("reference", {**args, "expected_dir": str(expected)}, timeout_s=limit_s)
            args = {"cases": found["cases"], "runs": [], "expected_dir": str(expected), "outputs_dir": folder}
            reasons = pool.call("compare", args, timeout_s=limit_s)["degenerate"]
        except ConstantModel as exc:
            return "constant", exc.message
        except KernelAgentError as exc:
            return "not run", f"{exc.code}: {exc.message}"[:100]
    added = sum(" times " in case["name"] for case in found["cases"])
    if reasons:
        return "degenerate", "; ".join(reasons)
    return "told apart", f"{len(found['cases'])} cases" + (f", {added} of them found by search" if added else "")


def parameters(problem: Problem) -> int:
    total = 0
    for spec in problem.state:
        count = 1
        for size in spec.shape:
            count *= size
        total += count
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description="Which problems would let a kernel pass that does nothing?")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--match", default="")
    parser.add_argument("--limit-s", type=float, default=120.0)
    parser.add_argument("--max-parameters", type=int, default=100_000_000)
    options = parser.parse_args()
    files = sorted(f for f in options.folder.rglob("*.py") if re.search(options.match, str(f)))
    counts: dict[str, int] = {}
    print("| problem | outcome | | seconds |\n|---|---|---|---|", flush=True)
    with WorkerPool(Path(sys.executable)) as pool:
        pool.start()
        for file in files:
            started = time.monotonic()
            kind, detail = outcome(pool, file, options.limit_s, options.max_parameters)
            counts[kind] = counts.get(kind, 0) + 1
            name = f"{file.parent.name}/{file.stem}"
            print(f"| {name} | {kind} | {detail} | {time.monotonic() - started:.0f} |", flush=True)
    print(f"\n{len(files)} problems: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
