"""How many problems a batch answers in a minute: locally and on Ray, with 1, 2 and 4 workers, as ratios.

    python -m tests.bench.batch_throughput --problems 8
    python -m tests.bench.batch_throughput --problems 8 --verify

The same problems each time, in a new folder. Workers are warm before the clock is started. On a machine with fewer
cores than workers the ratios say how the cores are shared, and not what Ray can do.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.driver.batch.batch import run_batch
from kernelagent.driver.batch.executors.executor import Executor
from kernelagent.driver.batch.executors.local import LocalExecutor
from kernelagent.driver.batch.executors.ray import ray_executor
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.workers import WorkerPool

MODULE = (
    "import torch\nfrom torch import nn\n\n\nclass Model(nn.Module):\n    def forward(self, x):\n"
    "        return torch.tanh(x * {number}.0).sum(-1) + {number}\n\n\n"
    "def get_inputs():\n    return [torch.randn(8, 32)]\n"
)


@contextmanager
def local(jobs: int, folder: Path, options: Options) -> Iterator[Executor]:
    with WorkerPool(sys.executable) as pool:
        for flavor in ("interpret", "compile"):
            pool.call("probe", {}, flavor=flavor)  # type: ignore[arg-type]
        yield LocalExecutor(pool, folder, options, jobs)


@contextmanager
def on_ray(jobs: int, folder: Path, options: Options) -> Iterator[Executor]:
    given = {"local": sys.executable, "tell_wait": lambda text: None, "cancel": CancelToken()}
    with ray_executor("local", None, jobs, **given) as executor:  # type: ignore[arg-type]
        executor.open_all()
        yield executor


def seconds(kind: str, jobs: int, asked: Path, options: Options) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "answers"
        opened = (local if kind == "local" else on_ray)(jobs, folder, options)
        with opened as executor:
            began = time.monotonic()
            summary = run_batch(problems([str(asked)]), options, folder=folder, executor=executor)
            took = time.monotonic() - began
        bad = [entry.reason for entry in summary.entries if entry.status == "failed"]
        if bad:
            raise SystemExit(f"{kind}, {jobs}: {bad[0]}")
        return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--verify", action="store_true", help="with verdicts; without, problems take a second each")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    given = parser.parse_args()
    options = Options(provider="builtin", verify=given.verify, device="cpu")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {given.problems} problems")
    with tempfile.TemporaryDirectory() as name:
        for number in range(given.problems):
            (Path(name) / f"m{number}.py").write_text(MODULE.format(number=number + 1), encoding="utf-8")
        first = 0.0
        for kind in ("local", "ray"):
            for jobs in given.workers:
                took = seconds(kind, jobs, Path(name), options)
                first = first or took
                rate = given.problems / took * 60
                print(f"{kind:5}  {jobs} at a time: {took:6.1f} s, {rate:6.1f}/min, {first / took:5.2f}x", flush=True)


if __name__ == "__main__":
    main()
