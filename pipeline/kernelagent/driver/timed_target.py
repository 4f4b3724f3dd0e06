"""A target's module and a kernel, timed; the kernel is made first where none is named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.driver import pipeline, standalone
from kernelagent.driver.benchmark import first_gpu, measure
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import GpuNotFound, NotAKernelFile, from_json


def time_kernel(
    target: Target,
    kernel: Path | None,
    options: Options,
    *,
    pool: WorkerPool,
    on_event: Callable[[Event], None],
    cancel: CancelToken,
    tell: Callable[[str], None],
) -> Benchmark:
    """Raises ``GpuNotFound``, ``NotAKernelFile`` and what making the kernel ends with."""
    if not first_gpu(pool, cancel, options):
        where = "on the remote worker" if options.remote else "here"
        raise GpuNotFound(f"timing needs a GPU, and PyTorch sees none {where}.")
    if kernel is None:
        result = pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=cancel)
        if (told := result.error) is not None:
            raise from_json(
                {"code": told.code, "message": told.message, "hint": told.hint, "file": told.file, "line": told.line}
            )
        if result.benchmark is not None:
            return result.benchmark
        if result.kernel is None:
            raise NotAKernelFile("the run left no kernel to time.", hint="See its report: `kernelagent runs list`.")
        kernel = Path(result.artifacts["run_dir"]) / result.kernel
    if not kernel.is_file():
        raise NotAKernelFile(f"there is no file {kernel}.", hint="Name an existing kernel file.")
    with tempfile.TemporaryDirectory(prefix="kernelagent-bench-") as scratch:
        folder = Path(scratch)
        problem = standalone.capture(target, options, pool=pool, folder=folder, cancel=cancel)
        extraction = standalone.cut(problem, pool=pool, folder=folder, cancel=cancel)
        return measure(kernel.absolute(), problem, extraction, pool=pool, cancel=cancel, options=options, tell=tell)
