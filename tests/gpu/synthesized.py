"""Modules of ``tests/synth`` fused and judged on a real GPU: what the interpreter can't show of the generated kernels.

    python tests/gpu/synthesized.py --every 3      every third module of the table, in float32
    python tests/gpu/synthesized.py --dtypes       those that are tried in every dtype, in float16 and bfloat16

Needs an NVIDIA GPU, which continuous integration has not. Exits 1 when a module was not verified.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "pipeline")]

from kernelagent.contract.options import Options  # noqa: E402
from kernelagent.driver.pipeline import fuse  # noqa: E402
from kernelagent.driver.target import parse_target  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402

from tests.synth.cases import CASES, IN_EVERY_DTYPE  # noqa: E402
from tests.synth.run_case import module_text  # noqa: E402


def fused(pool: WorkerPool, folder: Path, name: str, dtype: str) -> tuple[str, str]:
    """The status, and what a reader needs to know when it isn't ``verified``."""
    folder.mkdir()
    case = CASES[name]
    text = module_text(case)
    if dtype != "float32":
        text = text.replace("    def forward(", f"        self.to(torch.{dtype})\n\n    def forward(", 1)
        cast = f"v.to(torch.{dtype}) if v.is_floating_point() else v"
        text = text.replace(f"return [{case.inputs}]", f"return [{cast} for v in ({case.inputs},)]")
    source = folder / "sample.py"
    source.write_text(text, encoding="utf-8")
    options = Options(device="cuda", arch=("sm_90",), run_dir=str(folder / "run"))
    started = time.monotonic()
    result = fuse(parse_target(f"{source}::Sample"), options, pool=pool)
    told = f"{time.monotonic() - started:.0f} s"
    if result.error is not None:
        return result.error.code, f"{told} {result.error.message}"
    if result.status != "verified" and result.verification is not None:
        failed = [f"{c.name}: {c.detail}" for c in result.verification.checks if not c.passed and not c.skipped]
        return result.status, f"{told} {'; '.join(failed)}"
    return result.status, told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take one module in so many")
    parser.add_argument("--dtypes", action="store_true", help="float16 and bfloat16 in place of float32")
    parser.add_argument("--jobs", type=int, default=4, help="modules at a time (default: 4)")
    given = parser.parse_args()
    wanted = [(name, "float32") for name in list(CASES)[:: given.every]]
    if given.dtypes:
        wanted = [(name, dtype) for name in IN_EVERY_DTYPE[:: given.every] for dtype in ("float16", "bfloat16")]
    counts: Counter[str] = Counter()
    with WorkerPool(sys.executable) as pool, tempfile.TemporaryDirectory() as scratch:
        pool.start()

        def one(number: int) -> tuple[str, str]:
            return fused(pool, Path(scratch) / str(number), *wanted[number])

        with ThreadPoolExecutor(given.jobs) as threads:
            for (name, dtype), (status, told) in zip(wanted, threads.map(one, range(len(wanted))), strict=True):
                counts[status] += 1
                if status != "verified":
                    print(f"{status}  {name}, {dtype}: {told}", flush=True)
    print(f"{len(wanted)} modules:", ", ".join(f"{count} {status}" for status, count in counts.most_common()))
    return 0 if counts["verified"] == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
