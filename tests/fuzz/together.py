"""Programs that run together tell the same of every honest kernel of the corpus as those that run one by one.

    python -m tests.fuzz.together [--only PART,...] [--jobs N]

Each file is run on all of its cases in both ways, without a sandbox (so the wrong ones are left out): outputs have the
same bits, and every event and note of the judge's is the same. Prints each file that differs, and how many launches ran
together. Exits 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "fuzz"))
sys.path.insert(0, str(TESTS.parent / "pipeline"))

from judging import ADVERSARIAL, Judging, honest_kernels, target_of  # noqa: E402
from kernelagent.contract.codec import to_json  # noqa: E402
from kernelagent.driver.cancel import CancelToken  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402

LIMIT_S = 600.0


@dataclass
class Found:
    file: str
    differences: list[str] = field(default_factory=list)
    together: int = 0
    apart: int = 0


class Comparing:
    def __init__(self, pool: WorkerPool, scratch: Path) -> None:
        self._pool, self._scratch, self._judging = pool, scratch, Judging(pool, scratch)

    def compare(self, kernel: Path) -> Found:
        found = Found(kernel.relative_to(ADVERSARIAL).as_posix())
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            inputs = Path(folder) / "inputs"
            if not self._write_inputs(kernel, Path(folder)):
                return found
            told: dict[str, list[Any]] = {}
            for way in ("together", "apart"):
                told[way] = _events(kernel, inputs, Path(folder) / way, way)
        if not told["together"] or not told["apart"]:
            found.differences += [] if told["together"] == told["apart"] else ["only one of the two came to its end"]
            return found
        counted = told["together"][0]
        found.together, found.apart = counted["together"], counted["apart"]
        one, other = (told[way][1:] for way in ("together", "apart"))
        if len(one) != len(other):
            found.differences.append(f"{len(one)} events, not {len(other)}")
        for a, b in zip(one, other, strict=False):
            keys = [key for key in a.keys() | b.keys() if a.get(key) != b.get(key)]
            found.differences += [f"{a.get('entry')} {a.get('case')}: {k}: {a.get(k)} | {b.get(k)}" for k in keys]
        return found

    def _write_inputs(self, kernel: Path, folder: Path) -> bool:
        """What a candidate is handed, in ``folder / "inputs"``; ``False`` where the file is refused before."""
        static = self._pool.call("static_check", {"kernel": str(kernel)}, cancel=CancelToken(), timeout_s=60.0)
        if static["error"] is not None:
            return False
        for name in ("inputs", "expected", "together", "apart"):
            (folder / name).mkdir()
        args = {
            "problem": to_json(self._judging.problem(target_of(kernel))),
            "profile": "full",
            "only": [],
            "further": False,
            **{name: static[name] for name in ("constants", "compared", "groups", "persistent")},
            "kernel_sha256": "",
            "inputs_dir": str(folder / "inputs"),
            "expected_dir": str(folder / "expected"),
        }
        self._pool.call("reference", args, cancel=CancelToken(), timeout_s=LIMIT_S)
        return True


def _events(kernel: Path, inputs: Path, scratch: Path, way: str) -> list[Any]:
    """Empty where the process did not come to its end."""
    command = [sys.executable, "-m", "tests.fuzz.candidate_events", str(kernel), str(inputs), str(scratch), way]
    paths = os.pathsep.join((str(TESTS.parent / "pipeline"), str(TESTS.parent)))
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        cwd=scratch,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
    )
    lines = done.stdout.splitlines()
    return list(json.loads(lines[-1])) if done.returncode == 0 and lines else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="files at a time (default: 2)")
    parser.add_argument("--only", default="", help="files whose name contains one of these, separated by commas")
    given = parser.parse_args()
    parts = given.only.split(",")
    files = [path for path in honest_kernels().values() if any(part in path.name for part in parts)]
    found: list[Found] = []
    began = time.monotonic()
    with WorkerPool(sys.executable) as pool, tempfile.TemporaryDirectory() as scratch:
        pool.start()
        comparing = Comparing(pool, Path(scratch))
        with ThreadPoolExecutor(given.jobs) as threads:
            asked = {threads.submit(comparing.compare, path): path for path in files}
            for done in as_completed(asked):
                try:
                    one = done.result()
                except Exception as exc:  # noqa: BLE001  told, and the others go on
                    print(f"{asked[done].name}: not compared: {type(exc).__name__}: {exc}", flush=True)
                    continue
                found.append(one)
                for difference in one.differences:
                    print(f"{one.file}: {difference[:600]}", flush=True)
    wrong = [one for one in found if one.differences]
    print(
        f"{len(found)} files, {sum(one.together for one in found):,} launches together and "
        f"{sum(one.apart for one in found):,} not, {len(wrong)} files differ; {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
