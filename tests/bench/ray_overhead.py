"""What Ray takes beside the work, with workers that sleep; and that each problem is answered once, whoever dies.

    python -m tests.bench.ray_overhead --workers 64 --problems 256 --seconds 4
    python -m tests.bench.ray_overhead --workers 8 --problems 200 --seconds 0.5 --kill-every 1

The first prints how much longer the batch took than its problems would on so many workers; the second kills a worker
that has a problem every second. Workers are started before the clock is: on a small machine 64 take minutes.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import re
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernelagent.contract.events import Event, StageStarted
from kernelagent.contract.options import Options
from kernelagent.driver.batch.batch import run_batch
from kernelagent.driver.batch.executors.ray import RayExecutor
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.batch.watcher import Watcher
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.cluster import cluster

REHEARSAL = Path(__file__).parent / "rehearsal"
WORK = "rehearsal:Sleeping"
MODEL = "from torch import nn\n\n\nclass Model(nn.Module):\n    def forward(self, x):\n        return x\n\n\n"
INPUTS = "def get_inputs():\n    return []\n"


class InHand(Watcher):
    """Which processes have which problem."""

    def __init__(self) -> None:
        self.pids: dict[str, int] = {}

    def event(self, target: str, event: Event) -> None:
        if isinstance(event, StageStarted) and (found := re.search(r"process (\d+)", event.message)):
            self.pids[target] = int(found[1])

    def left(self, target: str) -> None:
        self.pids.pop(target, None)


def zoo(folder: Path, count: int, seconds: float) -> Path:
    """``count`` problems that sleep."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"p{number}_{seconds}.py").write_text(MODEL + INPUTS, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    return folder


@contextmanager
def killing(in_hand: InHand, every_s: float, seed: int = 0, most: int | None = None) -> Iterator[list[int]]:
    """Kill a worker that has a problem, again and again but ``most`` times, with SIGKILL. Gives those killed."""
    over, killed, chance = threading.Event(), list[int](), random.Random(seed)

    def kill() -> None:
        wait_s = every_s
        while not over.wait(wait_s) and (most is None or len(killed) < most):
            at_work = sorted(set(in_hand.pids.values()) - set(killed))
            wait_s = every_s if at_work else min(every_s, 0.02)  # between two problems nobody has one
            if at_work:
                killed.append(chance.choice(at_work))
                os.kill(killed[-1], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    if every_s > 0:
        thread.start()
    try:
        yield killed
    finally:
        over.set()
        if every_s > 0:
            thread.join()


def answered_once(answers: Path, count: int) -> list[str]:
    """What is wrong with the journal: nothing, if each of ``count`` problems has one line."""
    lines = [json.loads(line) for line in (answers / "results.jsonl").read_bytes().splitlines()]
    times = collections.Counter(line["target"] for line in lines)
    wrong = [f"{name}: {number} answers" for name, number in times.items() if number != 1]
    return wrong + ([f"{len(times)} of {count} are answered"] if len(times) != count else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--problems", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--kill-every", type=float, default=0.0, help="seconds; 0: nobody is killed")
    parser.add_argument("--address", default="local")
    parser.add_argument("--folder", help="where the problems and answers are kept, to go on after a kill")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given.folder or scratch)
        asked = problems([str(zoo(folder / "zoo", given.problems, given.seconds))])
        began = time.monotonic()
        cancel, in_hand = CancelToken(), InHand()
        with cluster(given.address, cpus=given.workers, packages=(REHEARSAL,)) as ray:
            executor = RayExecutor(ray, None, given.workers, print, cancel, WORK)
            executor.open_all()
            print(f"{given.workers} workers after {time.monotonic() - began:.1f} s", flush=True)
            options = Options(provider="builtin")
            began = time.monotonic()
            with killing(in_hand, given.kill_every) as killed:
                run_batch(asked, options, folder=folder / "answers", executor=executor, watch=in_hand, cancel=cancel)
            took = time.monotonic() - began
            executor.close()
        ideal = given.problems * given.seconds / given.workers
        print(f"{given.problems} problems in {took:.2f} s; {ideal:.2f} s of work for each worker: ", end="")
        print(f"overhead {took / ideal - 1:.1%}; {len(killed)} workers killed")
        wrong = answered_once(folder / "answers", given.problems)
        print("\n".join(wrong) or "each problem is answered once")
        return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
