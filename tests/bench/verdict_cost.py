"""What each check of the judge costs: ``python tests/bench/verdict_cost.py [KERNEL.py PROBLEM.py::CLASS]...``

Prints two tables (default: a softmax and causal attention out of the corpus): the judge's processes as a verdict itself
times them, medians with warm workers; and where the seconds go inside them, check by check, in processes of one thread
in which the functions that belong to a check are timed. Asserts nothing.
"""

from __future__ import annotations

import functools
import json
import os
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.driver import standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.target import parse_target
from kernelagent.driver.workers import WorkerPool
from kernelagent.static.scan import scan
from kernelagent.worker import warmup

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"
DEFAULT = (
    (ADVERSARIAL / "honest" / "softmax_rows.py", f"{ADVERSARIAL}/problems/scaled_softmax.py::ScaledSoftmax"),
    (ADVERSARIAL / "honest" / "causal_flash.py", ""),
)
REPEATS = 3
JUDGE = "kernelagent.worker.judge"
# task, module, name in it, what its time counts as. A function's time is its own, less that of those timed inside it.
TIMED = (
    ("reference", f"{JUDGE}.reference_run", "run", "values: the module in its own dtype"),
    ("reference", f"{JUDGE}.reference_run", "run_float64", "values: float64"),
    ("reference", f"{JUDGE}.beside_run", "run", "values: the yardstick beside float64"),
    ("reference", f"{JUDGE}.telling", "more_cases", "degenerate: search for telling inputs"),
    ("candidate", "kernelagent.worker.sandbox", "enter", "sandbox"),
    ("candidate", f"{JUDGE}.entry_points", "load_file", "loads"),
    ("candidate", f"{JUDGE}.kernel_accesses", "KernelAccesses.check", "memory: every access"),
    ("candidate", f"{JUDGE}.race_watch", "RaceWatch.after_store", "memory: every access"),
    ("candidate", f"{JUDGE}.guarded_memory", "GuardedMemory.damaged", "memory: guard bands"),
    ("candidate", f"{JUDGE}.dispatch_record", "DispatchRecord.__torch_dispatch__", "dispatch"),
    ("candidate", f"{JUDGE}.outputs_origin", "origins", "outputs written"),
    ("candidate", f"{JUDGE}.reference_run", "same_bits", "inputs unchanged"),
    ("compare", f"{JUDGE}.compare_case", "compare_values", "values: comparison"),
    ("compare", f"{JUDGE}.degenerate", "survivors", "degenerate: impostors"),
)
REST = {"reference": "values: inputs, files", "candidate": "runs: the interpreter itself", "compare": "values: files"}


class Clock:
    """Own seconds of each label: while one timed function runs inside another, only the inner one's clock goes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stack: list[str] = []
        self._since = 0.0

    def switch(self) -> None:
        now = time.perf_counter()
        if self._stack:
            label = self._stack[-1]
            self.seconds[label] = self.seconds.get(label, 0.0) + now - self._since
        self._since = now

    def timed(self, function: Callable[..., Any], label: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            self.switch()
            self._stack.append(label)
            try:
                return function(*args, **kwargs)
            finally:
                self.switch()
                self._stack.pop()

        return run


def inside(task: str, args: dict[str, Any]) -> dict[str, float]:
    """Run a task in a forked child, with the functions timed; its seconds by label."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _run_timed(task, args, writing)
            os._exit(0)
        except Exception:  # noqa: BLE001  whatever it is, it must not go on as a second parent
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(pid, 0)
    assert status == 0, f"the task {task} failed; what it said is above"
    found = json.loads(data) if data else json.loads(Path(args["_out"]).read_text(encoding="utf-8"))
    seconds: dict[str, float] = found[0]
    args["_value"] = found[1]
    return seconds


def _run_timed(task: str, args: dict[str, Any], writing: int) -> None:
    """Leaves seconds and value in the pipe, where the task may not write files, or in a file."""
    clock = Clock()
    for owner_task, module, name, label in TIMED:
        if owner_task == task:
            instrument(clock, module, name, label)
    whole = clock.timed(import_module(f"kernelagent.worker.tasks.{task}").run, REST[task])
    value = whole(args, lambda event: keep(task, event, args))
    if task == "candidate":
        os.write(writing, json.dumps([clock.seconds, value]).encode())
    else:
        Path(args["_out"]).write_text(json.dumps([clock.seconds, to_json(value)]), encoding="utf-8")


def keep(task: str, event: dict[str, Any], args: dict[str, Any]) -> None:
    """Which calls the candidate made: what the comparison is told."""
    if task == "candidate" and event.get("event") == "run":
        with open(f"{args['scratch']}/calls.jsonl", "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"case": event["case"], "entry": event["entry"], "turn": event["turn"]}) + "\n")


def instrument(clock: Clock, module: str, name: str, label: str) -> None:
    """Put the timed function wherever the original one is known by name."""
    owner: Any = import_module(module)
    *classes, attribute = name.split(".")
    for cls in classes:
        owner = getattr(owner, cls)
    original = getattr(owner, attribute)
    timed = clock.timed(original, label)
    setattr(owner, attribute, timed)
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("kernelagent.") and vars(other).get(attribute) is original:
            setattr(other, attribute, timed)


def check_by_check(kernel: Path, problem: Problem, folder: Path) -> dict[str, float]:
    paths = {name: folder / name for name in ("inputs", "expected", "scratch")}
    for path in paths.values():
        path.mkdir(parents=True)
    args: dict[str, Any] = {"problem": to_json(problem), "profile": "full", "only": []}
    args["constants"] = list(scan(kernel.read_text(encoding="utf-8")).constants)
    args |= {"inputs_dir": str(paths["inputs"]), "expected_dir": str(paths["expected"]), "_out": str(folder / "out")}
    seconds = inside("reference", args)
    cases = args["_value"]["cases"]
    policy = {"scratch": str(paths["scratch"]), "hide": [str(paths["expected"])]}
    candidate: dict[str, Any] = {"kernel": str(kernel), "inputs_dir": str(paths["inputs"])}
    candidate |= {
        "scratch": str(paths["scratch"]),
        "policy": policy,
        "device": "cpu",
        "arch": "sm_90",
        "declared": [],
        "reads": [],
        "patience_s": 600.0,
    }
    seconds |= inside("candidate", candidate)
    calls = [json.loads(line) for line in (paths["scratch"] / "calls.jsonl").read_text(encoding="utf-8").splitlines()]
    args = {"cases": cases, "runs": calls, "expected_dir": str(paths["expected"])}
    args |= {"outputs_dir": str(paths["scratch"]), "_out": str(folder / "out")}
    return seconds | inside("compare", args)


def by_process(kernel: Path, target: str, pool: WorkerPool) -> dict[str, float]:
    """Medians of a few verdicts with warm workers."""
    runs = []
    for _ in range(REPEATS):
        judged = standalone.verify_file(
            kernel, parse_target(target), Options(device="cpu"), pool=pool, on_event=None, cancel=CancelToken()
        )
        assert judged.verdict == "pass", judged.summary
        runs.append(judged.seconds)
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def problem_of(kernel: Path) -> str:
    """``file::Class`` that a kernel of the corpus names."""
    first = kernel.read_text(encoding="utf-8").partition("\n")[0]
    file, _, name = first.partition("problem: ")[2].partition(" | ")[0].partition("::")
    return f"{ADVERSARIAL}/problems/{file}.py::{name}"


def table(heading: str, columns: dict[str, dict[str, float]]) -> None:
    rows = sorted({name for column in columns.values() for name in column})
    print(f"\n| {heading} | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {row} | {' | '.join(f'{column.get(row, 0.0):.3f}' for column in columns.values())} |")


def main() -> int:
    given = [(Path(kernel), target) for kernel, target in zip(sys.argv[1::2], sys.argv[2::2], strict=True)] or DEFAULT
    processes, checks, problems = {}, {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        with WorkerPool(sys.executable) as pool:
            for flavor in ("interpret", "compile"):
                pool.call("probe", {}, flavor=flavor)  # type: ignore[arg-type]
            for number, (kernel, named) in enumerate(given):
                folder = Path(scratch, str(number))
                folder.mkdir()
                target, options = named or problem_of(kernel), Options(device="cpu")
                processes[kernel.stem] = by_process(kernel, target, pool)
                problems[kernel] = standalone.capture(
                    parse_target(target), options, pool=pool, folder=folder, cancel=CancelToken()
                )
        table("process", processes)
        os.environ["TRITON_INTERPRET"] = "1"
        warmup.import_heavy_modules("interpret")
        warmup.import_tasks()
        warmup.warm_export()
        for number, (kernel, problem) in enumerate(problems.items()):
            checks[kernel.stem] = check_by_check(kernel.resolve(), problem, Path(scratch, str(number), "judge"))
            checks[kernel.stem] |= {"static": processes[kernel.stem]["static_check"]}
            checks[kernel.stem] |= {"compiles, precision": processes[kernel.stem].get("compile_kernels", 0.0)}
        table("check", checks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
