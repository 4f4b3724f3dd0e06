"""How long the run store takes over a folder of 100,000 runs: ``python tests/bench/run_store.py [RUNS] [FOLDER]``.

Each question is asked as a command asks it, by a connection of its own, many times; printed are p50 and p95. The whole
command is measured as well, in a process of its own.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from kernelagent.driver.store import index
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.driver.store.told import tell
from past_runs import write_run

Took = tuple[float, float]
"""Milliseconds of the wall's clock, and of this process on the processor."""

PAGE = 50
TIMES = 40


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    base = kept or Path(tempfile.mkdtemp(prefix="kernelagent-runs-"))
    runs = base / ".fuse"
    try:
        names = fill(runs, count)
        index.remove(runs)
        began = time.perf_counter()
        with RunStore(runs) as store:
            store.refresh()
        print(f"{len(names):,} runs; the index made from nothing: {time.perf_counter() - began:.1f} s")
        print(f"index: {sum(file.stat().st_size for file in runs.glob('index.sqlite3*')) / 1e6:.0f} MB")
        time.sleep(2.5)
        ask(runs, lambda store: list(store.newest(Wanted(), PAGE)))  # the folder has settled
        chance = random.Random(0)
        told("list, first page", [ask(runs, page(Wanted())) for _ in range(TIMES)])
        told("list --status failed", [ask(runs, page(Wanted(("failed",)))) for _ in range(TIMES)])
        told("list --target, newest", [ask(runs, page(Wanted(target="net7.py"))) for _ in range(TIMES)])
        told("list --target, no such", [ask(runs, page(Wanted(target="nothing"))) for _ in range(TIMES)])
        told("look-up by id", [ask(runs, named(chance.choice(names))) for _ in range(TIMES)])
        told("look-up by request", [ask(runs, answering(f"{chance.randrange(count):064x}")) for _ in range(TIMES)])
        told("a run tells of itself", [timed(lambda: tell(runs / chance.choice(names))) for _ in range(TIMES)])
        fresh = []
        for at in range(8):
            new = write_run(runs, f"20990101-{at:06}-gate-{os.getpid() % 65536:04x}")
            fresh.append(ask(runs, page(Wanted())))
            shutil.rmtree(new)
        told("list after a new directory", fresh)
        time.sleep(2.5)
        ask(runs, page(Wanted()))
        for words in (["list"], ["show", names[7], "--json"]):
            command = [sys.executable, "-m", "kernelagent.cli", "runs", *words, "--folder", str(runs)]
            told(f"the command runs {words[0]}", [timed(lambda: run(command)) for _ in range(10)])  # noqa: B023
        told("Python alone", [timed(lambda: run([sys.executable, "-c", "pass"])) for _ in range(10)])
    finally:
        if kept is None:
            shutil.rmtree(base)


def fill(runs: Path, count: int) -> list[str]:
    """Copies of a few runs under other names, as fast as files can be written."""
    models = [
        write_run(runs, f"20200101-{at:06}-model-{at:04}", status=status, target=f"net{at}.py::Gate")
        for at, status in enumerate(["verified"] * 6 + ["failed"] * 3)
    ]
    texts = [[(name, (model / name).read_bytes()) for name in ("run.json", "result.json")] for model in models]
    names = []
    for at in range(count - len(models)):
        day, second = divmod(at, 86_400 // 8)
        clock = time.strftime("%H%M%S", time.gmtime(second * 8))
        name = f"{20260101 + day:08}-{clock}-gate-{at % 65536:04x}"
        names.append(name)
        folder = runs / name
        if folder.is_dir():
            continue
        os.mkdir(folder)
        is_good = at % len(texts) < 6
        for file, content in texts[at % len(texts)]:
            (folder / file).write_bytes(content)
        if is_good:
            (folder / "answer.json").write_text(f'{{"key": "{at:064x}"}}')
    return names


def page(wanted: Wanted) -> Callable[[RunStore], object]:
    return lambda store: list(store.newest(wanted, PAGE))


def named(name: str) -> Callable[[RunStore], object]:
    return lambda store: store.beginning_with(name)


def answering(key: str) -> Callable[[RunStore], object]:
    return lambda store: store.answering(key)


def ask(runs: Path, question: Callable[[RunStore], object]) -> Took:
    def asked() -> None:
        with RunStore(runs) as store:
            store.refresh()
            question(store)

    return timed(asked)


def run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def timed(work: Callable[[], object]) -> Took:
    began, computed = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - began) * 1e3, (time.process_time() - computed) * 1e3


def told(what: str, times: list[Took]) -> None:
    """Other work on the machine makes the wall's clock tell more than the processor's."""
    walls, computed = ([took[at] for took in times] for at in (0, 1))
    p95 = statistics.quantiles(walls, n=20)[-1]
    print(
        f"{what:28} p50 {statistics.median(walls):7.1f} ms   p95 {p95:7.1f} ms   "
        f"of its own processor time {statistics.median(computed):6.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
