"""Eager, ``torch.compile`` and the kernel, timed one after the other on this machine's GPU, each in its own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.devices import estimate
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

_LIMIT_S = 300.0


def has_gpu(pool: WorkerPool, cancel: CancelToken) -> bool:
    return bool(pool.call("probe", {}, flavor="compile", cancel=cancel)["gpus"])


def measure(
    kernel: Path,
    problem: Problem,
    extraction: Extraction,
    *,
    pool: WorkerPool,
    cancel: CancelToken,
    tell: Callable[[str], None],
) -> Benchmark:
    """Time all three at the example's sizes. Raises ``GpuNotFound``; a module that ``torch.compile`` refuses is timed
    without it."""

    def timed(what: str) -> dict[str, Any]:
        tell(f"timing {what}")
        args = {"problem": to_json(problem), "what": what, "kernel": str(kernel)}
        return pool.call("measure", args, flavor="compile", timeout_s=_LIMIT_S, cancel=cancel)

    eager = timed("eager")
    try:
        compiled: dict[str, Any] | None = timed("compile")
    except KernelAgentError as exc:
        if exc.exit_status != 1:
            raise
        tell(f"torch.compile failed: {exc.message}")
        compiled = None
    own = timed("kernel")
    dtypes = {spec.dtype for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))}
    estimates = [estimate(subgraph, own["arch"]) for subgraph in extraction.subgraphs]
    floor_ms = sum(e.seconds for e in estimates if e is not None) * 1e3
    return Benchmark(
        device=own["device"],
        precision=", ".join(sorted(dtypes)) or "exact",
        eager_ms=from_json(Timing, eager),
        compile_ms=None if compiled is None else from_json(Timing, compiled),
        kernel_ms=from_json(Timing, own),
        speedup_eager=eager["median"] / own["median"],
        speedup_compile=None if compiled is None else compiled["median"] / own["median"],
        bytes=sum(subgraph.cost.bytes for subgraph in extraction.subgraphs),
        flops=sum(subgraph.cost.flops for subgraph in extraction.subgraphs),
        floor_ms=floor_ms,
        of_floor=floor_ms / own["median"],
    )
