"""Judge the whole corpus twice, in the interpreter and on this machine's GPU, and compare the verdicts.

    python tests/gpu/corpus_in_both_modes.py --jobs 12 --out both_modes.jsonl

Needs a GPU that PyTorch can use, which continuous integration has not: run it by hand wherever one can be had. Prints
every file that is judged wrongly in either mode, and a table; exits 1 when there is any. What ``--out`` holds already
is not judged again, unless it was judged wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "fuzz"))
sys.path.insert(0, str(TESTS.parent / "pipeline"))

from judging import Judging, target_of  # noqa: E402
from kernelagent.contract.options import Options  # noqa: E402
from kernelagent.driver.cancel import CancelToken  # noqa: E402
from kernelagent.driver.verification import verify  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402

ADVERSARIAL = TESTS / "adversarial"
DEVICES: dict[str, Any] = {"interpreter": "cpu", "gpu": "cuda"}


def in_header(path: Path, key: str) -> str:
    """What the file's first line says after ``key``; nothing if it doesn't."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.partition(f"| {key}: ")[2].partition(" | ")[0].strip()


class Both:
    """Judges one file in both modes."""

    def __init__(self, pool: WorkerPool, scratch: Path, modes: tuple[str, ...]) -> None:
        self._pool, self._scratch, self._judging = pool, scratch, Judging(pool, scratch)
        self._modes = modes

    def judge(self, path: Path) -> dict[str, Any]:
        wanted = in_header(path, "caught by")
        row: dict[str, Any] = {"file": path.relative_to(ADVERSARIAL).as_posix(), "caught by": wanted}
        row["said on a GPU"] = in_header(path, "said on a GPU")
        for mode in self._modes:
            row[mode] = self._in_mode(path, DEVICES[mode], wanted)
        return row

    def _in_mode(self, path: Path, device: Any, wanted: str) -> dict[str, Any]:
        started = time.monotonic()
        compute: Any = in_header(path, "compute") or "triton"
        limit = 20.0 if wanted == "runs" else 240.0
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            try:
                found = verify(
                    path,
                    self._judging.problem(target_of(path)),
                    Options(device=device, arch=("sm_90",), budget_seconds=limit, compute=compute),
                    pool=self._pool,
                    work_dir=Path(folder) / "judge",
                    on_event=lambda event: None,
                    cancel=CancelToken(),
                )
            except Exception as exc:  # noqa: BLE001  one row of the table; the others go on
                return {"verdict": f"{type(exc).__name__}: {exc}", "failed": {}, "seconds": time.monotonic() - started}
        return {
            "verdict": found.verdict,
            "failed": {c.name: c.detail for c in found.checks if not c.passed and not c.skipped},
            "precision": found.precision,
            "max_abs_err": found.max_abs_err,
            "sandbox": list(found.sandbox),
            "not_checked": list(found.not_checked),
            "seconds": time.monotonic() - started,
        }


def is_right(row: dict[str, Any], mode: str) -> bool:
    """Bad ones fail, honest ones pass; what works on a GPU and nowhere else may pass there if the verdict says so."""
    found = row[mode]
    if mode == "gpu" and row["said on a GPU"] and found["verdict"] == "pass":
        return any(row["said on a GPU"] in said for said in found["not_checked"])
    return bool(found["verdict"] == ("fail" if row["caught by"] else "pass"))


def told(row: dict[str, Any], mode: str) -> str:
    found = row[mode]
    failed = "; ".join(f"{name}: {detail}" for name, detail in found["failed"].items())
    return f"    {mode:12} {found['verdict']} {found['seconds']:.1f} s  {failed}"


def judged_before(out: Path | None, modes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """File → its last row in ``out``, where it was judged rightly in all ``modes``."""
    if out is None or not out.exists():
        return {}
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    last = {row["file"]: row for row in rows if all(mode in row for mode in modes)}
    return {name: row for name, row in last.items() if all(is_right(row, mode) for mode in modes)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=4, help="verdicts at a time (default: 4)")
    parser.add_argument("--only", default="", help="files whose name contains one of these, separated by commas")
    parser.add_argument("--out", type=Path, help="write one JSON line for each file")
    parser.add_argument("--part", default="1/1", help="which part of how many: 2/4 is the second quarter")
    parser.add_argument("--mode", choices=["both", *DEVICES], default="both")
    given = parser.parse_args()
    modes = tuple(DEVICES) if given.mode == "both" else (given.mode,)
    files = [*sorted(ADVERSARIAL.glob("*.py")), *sorted((ADVERSARIAL / "honest").glob("*.py"))]
    files = [path for path in files if any(part in path.name for part in given.only.split(","))]
    part, parts = (int(number) for number in given.part.split("/"))
    files = files[part - 1 :: parts]
    before = judged_before(given.out, modes)
    rows = [before[name] for path in files if (name := path.relative_to(ADVERSARIAL).as_posix()) in before]
    with WorkerPool(sys.executable) as pool, tempfile.TemporaryDirectory() as scratch:
        pool.start()
        both = Both(pool, Path(scratch), modes)
        with ThreadPoolExecutor(given.jobs) as threads:
            waiting = [path for path in files if path.relative_to(ADVERSARIAL).as_posix() not in before]
            for judged in as_completed([threads.submit(both.judge, path) for path in waiting]):
                row = judged.result()
                rows.append(row)
                if given.out:
                    with given.out.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps(row) + "\n")
                if not all(is_right(row, mode) for mode in modes):
                    print(row["file"], f"(must be caught by {row['caught by']})" if row["caught by"] else "(honest)")
                    print(*(told(row, mode) for mode in modes), sep="\n", flush=True)
    for kind, chosen in (
        ("bad", [r for r in rows if r["caught by"]]),
        ("honest", [r for r in rows if not r["caught by"]]),
    ):
        right = ", ".join(f"{mode} {sum(is_right(row, mode) for row in chosen)}" for mode in modes)
        print(f"{kind}: {len(chosen)} files; judged rightly: {right}")
    return 0 if all(is_right(row, mode) for row in rows for mode in modes) else 1


if __name__ == "__main__":
    sys.exit(main())
