"""``--sanitize`` on a real GPU: honest kernels must pass, those that reach outside their tensors must not.

    python tests/gpu/sanitizer.py                 a dozen kernels of the corpus, judged with compute-sanitizer
    python tests/gpu/sanitizer.py --diagnose      what the tool does here: outside of the sandbox, then inside

Needs an NVIDIA GPU and compute-sanitizer, which continuous integration has not. Exits 1 when anything is not as it
should be.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fuzz"), str(TESTS.parent / "pipeline")]

from judging import Judging, target_of  # noqa: E402
from kernelagent.contract.codec import to_json  # noqa: E402
from kernelagent.contract.options import Options  # noqa: E402
from kernelagent.driver import sanitizer  # noqa: E402
from kernelagent.driver.cancel import CancelToken  # noqa: E402
from kernelagent.driver.verification import verify  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402
from kernelagent.errors import KernelAgentError  # noqa: E402

ADVERSARIAL = TESTS / "adversarial"
HONEST = (
    *("atomic_total", "batch_norm_train", "block_pointers", "bmm_3d_grid", "causal_flash", "group_norm_three_kernels"),
    *("half_product", "integer_division_floor", "exact_double", "largest_named_tuple"),
)
BAD = (
    *("reads_past_the_end", "reads_before_the_start", "writes_one_too_many", "unmasked_tail", "width_of_the_example"),
)
"""They reach outside of a tensor: memcheck must see it, whatever else does."""


def judged(pool: WorkerPool, judging: Judging, scratch: Path, path: Path) -> bool:
    honest = path.parent.name == "honest"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        try:
            found = verify(
                path,
                judging.problem(target_of(path)),
                Options(device="cuda", arch=("sm_90",), sanitize=True),
                pool=pool,
                work_dir=Path(folder) / "judge",
                on_event=lambda event: None,
                cancel=CancelToken(),
            )
        except KernelAgentError as exc:
            print(f"{path.name}: {exc.code}: {exc.message}\n{exc.details}", flush=True)
            return False
    seen = [check for check in found.checks if check.family == "sanitizer"]
    right = found.verdict == "pass" if honest else any(not check.passed for check in seen)
    print(
        f"{'right' if right else 'WRONG'}  {path.name}: {found.verdict}, {time.monotonic() - started:.0f} s", flush=True
    )
    for check in seen if right else found.checks:
        if check in seen or not check.passed:
            print(f"       {'✓' if check.passed else '✗'} {check.name}: {check.detail} (line {check.line})")
            for note in check.notes[:4]:
                print(f"           {note}")
    return right


def diagnose(pool: WorkerPool, judging: Judging, scratch: Path) -> int:
    """The tool on one honest kernel: its sockets and files while it runs, its log, and the same inside the sandbox."""
    tool = sanitizer.find(sys.executable)
    print(f"compute-sanitizer: {tool}")
    if tool is None:
        return 1
    print(subprocess.run([str(tool), "--version"], capture_output=True, text=True, check=False).stdout)
    kernel = ADVERSARIAL / "honest" / "atomic_total.py"
    inputs, expected = scratch / "inputs", scratch / "expected"
    for folder in (inputs, expected):
        folder.mkdir()
    reference: dict[str, Any] = {"problem": to_json(judging.problem(target_of(kernel))), "profile": "full", "only": []}
    reference |= {"inputs_dir": str(inputs), "expected_dir": str(expected)}
    pool.call("reference", reference)
    worst = 0
    for level in ("outside", "namespaces", "limits"):
        shut_in = {"level": "limits" if level == "limits" else "namespaces", "inside": ""}
        args = sanitizer.arguments(
            tool, kernel, inputs, scratch / level, expected, limit_s=120.0, shut_in=shut_in, device="cuda"
        )
        print(f"\n===== {level}")
        try:
            value = outside(args) if level == "outside" else pool.call("sanitize", args, flavor="compile")
        except KernelAgentError as exc:
            print(f"{exc.code}: {exc.message}\n{exc.details}")
            worst = 1
            continue
        for run in value["runs"]:
            print({key: run[key] for key in run if key not in ("log", "last_words")})
            print(run["log"][:3000], run["last_words"], sep="\n-- last words:\n")
            worst |= level != "limits" and not run["completed"]
    return worst


def outside(args: dict[str, Any]) -> dict[str, Any]:
    """The task without its sandbox, in this process; what its processes have open is looked at meanwhile."""
    from kernelagent.worker.tasks import sanitize

    over, seen = threading.Event(), set()

    def look() -> None:
        while not over.wait(0.05):
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and b"memcheck" in _read(process / "cmdline") + _read(process / "environ"):
                    seen.update(_open_files(process))

    os.environ["TRITON_CACHE_DIR"] = f"{args['scratch']}/triton"
    watcher = threading.Thread(target=look)
    watcher.start()
    manifest = json.loads(Path(args["inputs_dir"], "manifest.json").read_text(encoding="utf-8"))
    cases = list(sanitize.telling(manifest["cases"]))
    try:
        runs = [sanitize.run_under(tool, args, Path(args["scratch"]), cases, "") for tool in args["tools"]]
    finally:
        over.set()
        watcher.join()
    print("open meanwhile:", *sorted(seen), sep="\n    ")
    for table in ("tcp", "unix"):
        print(f"/proc/net/{table}:", _read(Path("/proc/net", table)).decode()[:1500])
    return {"runs": runs}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _open_files(process: Path) -> set[str]:
    try:
        links = [os.readlink(fd) for fd in (process / "fd").iterdir()]
    except OSError:
        return set()
    return {link for link in links if "nvidia" not in link and not link.endswith((".py", ".so"))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--diagnose", action="store_true")
    parser.add_argument("--only", default="", help="kernels whose name contains this")
    given = parser.parse_args()
    with WorkerPool(sys.executable) as pool, tempfile.TemporaryDirectory() as scratch:
        pool.start()
        judging = Judging(pool, Path(scratch))
        if given.diagnose:
            return diagnose(pool, judging, Path(scratch))
        paths = [ADVERSARIAL / "honest" / f"{name}.py" for name in HONEST] + [
            ADVERSARIAL / f"{name}.py" for name in BAD
        ]
        right = [judged(pool, judging, Path(scratch), path) for path in paths if given.only in path.stem]
    print(f"{sum(right)} of {len(right)} as they should be")
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
