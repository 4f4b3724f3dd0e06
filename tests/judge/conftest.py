"""One warm pool for all tests of the judge, and problems captured once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.isolation import Wanted
from kernelagent.driver.standalone import learned
from kernelagent.driver.target import parse_target
from kernelagent.driver.verification import Profile, verify
from kernelagent.driver.workers import WorkerPool

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"

Judge = Callable[..., Verification]
Capture = Callable[[str], Problem]


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as started:
        started.start()
        yield started


@pytest.fixture(scope="session")
def capture(pool: WorkerPool, tmp_path_factory: pytest.TempPathFactory) -> Capture:
    """The captured problem of ``file::Class`` under ``tests/adversarial/problems``."""
    known: dict[str, Problem] = {}
    lock = threading.Lock()

    def find(target: str) -> Problem:
        with lock:
            if target not in known:
                file, _, name = target.partition("::")
                module = parse_target(f"{ADVERSARIAL / 'problems' / file}.py::{name}")
                folder = tmp_path_factory.mktemp("problem")
                known[target] = learned(module, Options(device="cpu"), pool=pool, folder=folder, cancel=CancelToken())
            return known[target]

    return find


@pytest.fixture
def judge(pool: WorkerPool, capture: Capture, tmp_path: Path) -> Judge:
    """Judge a kernel file on a problem given as ``file::Class``."""

    def run(
        kernel: Path,
        target: str,
        *,
        arch: tuple[str, ...] = ("sm_90",),
        profile: Profile = "full",
        budget_seconds: float | None = None,
        sandbox: Wanted = "auto",
        compute: Literal["triton", "best"] = "triton",
    ) -> Verification:
        options = Options(device="cpu", arch=arch, budget_seconds=budget_seconds, sandbox=sandbox, compute=compute)
        return verify(
            kernel,
            capture(target),
            options,
            pool=pool,
            work_dir=tmp_path / "judge",
            on_event=lambda event: None,
            cancel=CancelToken(),
            profile=profile,
        )

    return run
