"""A warm pool, problems captured once, and verdicts on kernel files: what the campaign and its tests share."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Check
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.standalone import learned
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import Profile, verify
from kernelagent.driver.workers import WorkerPool

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"


def honest_kernels() -> dict[str, Path]:
    """Name → file of every honest kernel of the corpus."""
    return {path.stem: path for path in sorted((ADVERSARIAL / "honest").glob("*.py"))}


def target_of(path: Path) -> str:
    """``file::Class`` out of the header ``# problem: file::Class | ...``."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.partition("# problem: ")[2].partition(" | ")[0].strip()


class Judging:
    """Judges files against problems of the corpus. May be used by several threads."""

    def __init__(self, pool: WorkerPool, scratch: Path) -> None:
        self._pool = pool
        self._scratch = scratch
        self._problems: dict[str, Problem] = {}
        self._lock = threading.Lock()

    def problem(self, target: str) -> Problem:
        with self._lock:
            if target not in self._problems:
                file, _, name = target.partition("::")
                module = parse_target(f"{ADVERSARIAL / 'problems' / file}.py::{name}")
                folder = Path(tempfile.mkdtemp(dir=self._scratch))  # the problem's own copy of its file lies there
                self._problems[target] = learned(
                    module, Options(device="cpu"), pool=self._pool, folder=folder, cancel=CancelToken()
                )
            return self._problems[target]

    def failed(self, kernel: Path, target: str, profile: Profile, arch: tuple[str, ...], limit_s: float) -> list[Check]:
        """The checks that ``kernel`` fails; none: it is verified."""
        options = Options(device="cpu", arch=arch, budget_seconds=limit_s)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            verification = verify(
                kernel,
                self.problem(target),
                options,
                pool=self._pool,
                work_dir=Path(folder) / "judge",
                on_event=lambda event: None,
                cancel=CancelToken(),
                profile=profile,
            )
        failed = [check for check in verification.checks if not check.passed and not check.skipped]
        return failed if verification.verdict == "fail" else []
