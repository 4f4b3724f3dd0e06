"""Run the pipeline for one of KernelAgent's commands, and put what it leaves where that command's users look."""

from __future__ import annotations

import io
import logging
import os
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.cli.from_kernelagent.flags import variable
from kernelagent.cli.progress import progress_reader
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import again, pipeline, standalone
from kernelagent.driver.agents.author import open_author
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.run_directory import RUNS_FOLDER, RunDirectory, new_run_id
from kernelagent.driver.target import Target
from kernelagent.errors import KernelAgentError


def fuse(problem: Path, options: Options, out_root: Path | None = None) -> Result:
    """The whole way, in ``.fuse`` of the current folder, as KernelAgent's; errors come back in the result."""
    root = out_root or Path.cwd() / RUNS_FOLDER
    options = replace(options, run_dir=str(root / new_run_id(problem.stem)))
    target = Target(problem, None)
    logging.basicConfig(level=(variable("LOG_LEVEL") or "INFO").upper(), stream=sys.stderr, format="%(message)s")
    try:
        if options.model is not None and open_author(problem, options) is None:
            told = f"{options.model} can't be used (see `kernelagent models`): the built-in synthesizer works alone."
            print(told, file=sys.stderr)
        with (
            cancelled_by_signals() as cancel,
            standalone.worker_pool(problem, options) as pool,
            progress_reader() as on_event,
        ):
            result = pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=cancel)
    except KernelAgentError as exc:
        return pipeline.failed_result(target, exc)
    _pack(result)
    return result


def go_on(run: Path, **changed: Any) -> Result:
    """The next part of the run in the directory ``run``. Raises ``TargetNotFound`` and ``BadOption``."""
    past = again.find_run(run.parent, str(run))
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(past.target.file, past.request.options) as pool,
        progress_reader() as on_event,
    ):
        return again.resume(past, pool=pool, on_event=on_event, cancel=cancel, **changed)


def folder_of(result: Result) -> RunDirectory:
    return RunDirectory(Path(result.artifacts.get("run_dir", os.curdir)))


def why(result: Result) -> str:
    """What a failed run says."""
    if result.error is not None:
        return f"{result.error.message} {result.error.hint}"
    return result.verification.summary if result.verification is not None else result.status


def _pack(result: Result) -> None:
    """``orchestrator/code.py.tgz``: the refactored module as KernelAgent packs it."""
    fused = folder_of(result).fused
    if not fused.is_file():
        return
    content = fused.read_bytes()
    with tarfile.open(fused.parent / "code.py.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("code.py")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
