"""What another machine may do for this one: judge a kernel, and time it. Everything else happens here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.compute import Measured
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interpreter import Interpreter

Tell = Callable[[str], None]


class Far(Protocol):
    """Each raises what the same raises here, and ``ClusterLost``, ``GpuBusy`` and the errors of the way there."""

    def gpu(self, options: Options, cancel: CancelToken) -> dict[str, Any] | None:
        """The GPU there, as the task ``probe`` tells it."""
        ...

    def verify(
        self,
        kernel: Path,
        problem: Problem,
        options: Options,
        *,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        profile: str,
    ) -> Verification: ...

    def measure(
        self,
        kernel: Path,
        problem: Problem,
        extraction: Extraction,
        options: Options,
        *,
        compile_mode: str | None,
        tell: Tell,
        cancel: CancelToken,
    ) -> Benchmark: ...

    def beside_pytorch(
        self, kernel: Path, by_pytorch: Path, problem: Problem, options: Options, *, tell: Tell, cancel: CancelToken
    ) -> Measured: ...

    def close(self) -> None: ...


def far_for(remote: str | None, here: Interpreter) -> Far | None:
    """Who judges and times in place of ``here``; ``None``: nobody."""
    if remote is None:
        return None
    from kernelagent.driver.remote.remote_gpu import RemoteGpu

    return RemoteGpu(remote, {"torch": str(here.torch), "triton": str(here.triton)})
