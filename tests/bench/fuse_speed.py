"""How long ``fuse`` takes, stage by stage: ``python tests/bench/fuse_speed.py``. Prints a table; asserts nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kernelagent.contract.events import STAGES, Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import pipeline
from kernelagent.driver.target import parse_target
from kernelagent.driver.workers import WorkerPool

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROBLEMS = ("scaled_softmax", "mlp_block")
REPEATS = 3


def cold(problem: str, folder: Path) -> float:
    """Seconds from the command to its exit: Python, imports, workers, everything."""
    started = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "kernelagent.cli",
        "fuse",
        str(EXAMPLES / f"{problem}.py"),
        "--run-dir",
        str(folder),
    ]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.monotonic() - started


def warm(problem: str, folder: Path, pool: WorkerPool) -> tuple[Result, dict[str, float]]:
    """A run with workers that are warm, and its seconds by stage."""
    stages: dict[str, float] = {}

    def on_event(event: Event) -> None:
        if isinstance(event, StageFinished):
            stages[event.stage] = event.elapsed_s

    target = parse_target(str(EXAMPLES / f"{problem}.py"))
    return pipeline.fuse(target, Options(run_dir=str(folder)), pool=pool, on_event=on_event), stages


def main() -> None:
    stages = [stage for stage in STAGES if stage != "benchmark"]
    print(f"{'problem':16} {'run':8} {'total':>7} " + " ".join(f"{stage:>8}" for stage in stages) + "   seconds")
    with tempfile.TemporaryDirectory() as scratch, WorkerPool(sys.executable) as pool:
        for problem in PROBLEMS:
            print(f"{problem:16} {'cold':8} {cold(problem, Path(scratch, problem + '-cold')):7.2f}", flush=True)
        for flavor in ("interpret", "compile"):
            pool.call("probe", {}, flavor=flavor)  # type: ignore[arg-type]
        for problem in PROBLEMS:
            for repeat in range(REPEATS):
                result, times = warm(problem, Path(scratch, f"{problem}-{repeat}"), pool)
                figures = " ".join(f"{times.get(stage, 0.0):8.2f}" for stage in stages)
                print(f"{problem:16} {'warm':8} {result.elapsed_s:7.2f} {figures}   {result.status}", flush=True)


if __name__ == "__main__":
    main()
