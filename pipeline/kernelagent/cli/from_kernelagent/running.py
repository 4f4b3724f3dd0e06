"""Run the pipeline for one of KernelAgent's commands, and put what it leaves where that command's users look."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.cli.from_kernelagent.flags import Agreement, log_level
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.shared_options import question, warn
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import again, pipeline, standalone
from kernelagent.driver.agents.author import doors, open_author, require_agreement, why_not
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.run_directory import RUNS_FOLDER, RunDirectory, new_run_id
from kernelagent.driver.target import Target
from kernelagent.errors import Cancelled, ConsentNeeded, FolderNotWritable, KernelAgentError, sentences

ELSEWHERE = "Run it in a folder that can be written to; Fuser.pipeline can also be given one with --out-root."


def fuse(problem: Path, options: Options, agreement: Agreement, out_root: Path | None = None) -> Result:
    """The whole way, in ``.fuse`` of the current folder, as KernelAgent's; errors come back in the result."""
    root = out_root or Path.cwd() / RUNS_FOLDER
    options = replace(options, run_dir=str(root / new_run_id(problem.stem)))
    target = Target(problem, None)
    logging.basicConfig(level=log_level(), stream=sys.stderr, format="%(message)s")
    try:
        options = agreed(problem, options, agreement)
        with (
            cancelled_by_signals() as cancel,
            standalone.worker_pool(problem, options) as pool,
            progress_reader() as on_event,
        ):
            result = pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=cancel)
            if result.error is not None and result.error.code == FolderNotWritable.__name__:
                result = replace(result, error=replace(result.error, hint=ELSEWHERE))  # there is no --run-dir here
    except KernelAgentError as exc:
        return failed_result(target, exc)
    try:
        _pack(result)
    except OSError as exc:
        print(f"code.py.tgz is not there: {exc.strerror or exc}.", file=sys.stderr)
    return result


def go_on(run: Path, agreement: Agreement, **changed: Any) -> Result:
    """The next part of the run in the directory ``run``. Raises ``TargetNotFound``, ``BadOption`` and
    ``BadConfiguration``."""
    past = again.find_run(run.parent, str(run))
    changed["yes"] = agreed(past.target.file, replace(past.request.options, **changed), agreement).yes
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(past.target.file, past.request.options) as pool,
        progress_reader() as on_event,
    ):
        return again.resume(past, pool=pool, on_event=on_event, cancel=cancel, **changed)


def agreed(problem: Path, options: Options, agreement: Agreement) -> Options:
    """``options`` with what the user agreed to, who is asked where that is not said and somebody sits there. Where no
    code may be sent, stderr says how to agree, and the built-in synthesizer works alone. Raises ``BadConfiguration``.
    """
    through = doors(problem, options)
    foreign = options.relay_url is not None or any(door.address_from_file for door in through)
    named = agreement == "to the model's provider" and options.model is not None and not foreign
    options = replace(options, yes=agreement == "yes" or named)
    with contextlib.suppress(ConsentNeeded):
        if open_author(problem, options) is not None:
            return options
    missing = why_not(problem, options).rstrip(".")
    why = f"{options.model} can't be used ({missing}; see `kernelagent models`)" if options.model is not None else ""
    try:
        options = require_agreement(through, problem, options, question(), warn)
    except ConsentNeeded as exc:
        why = f"{exc.told} Until then"
    if why and open_author(problem, options) is None:
        print(f"{why}: the built-in synthesizer works alone.", file=sys.stderr)
    return options


def folder_of(result: Result) -> RunDirectory | None:
    """``None``: none could be made."""
    path = result.artifacts.get("run_dir")
    return RunDirectory(Path(path)) if path is not None else None


def why(result: Result) -> str:
    """What a failed run says."""
    if result.error is not None:
        return sentences(result.error.message, result.error.hint)
    return result.verification.summary if result.verification is not None else result.status


def status(result: Result) -> int:
    """The exit status: 0 where the kernel is verified, and 130 where somebody has cancelled, so that a script that goes
    through many problems ends too."""
    if result.status == "cancelled":
        return Cancelled.exit_status
    return 0 if result.status == "verified" else 1


def _pack(result: Result) -> None:
    """``orchestrator/code.py.tgz``: the refactored module as KernelAgent packs it."""
    folder = folder_of(result)
    if folder is None or not folder.fused.is_file():
        return
    fused = folder.fused
    content = fused.read_bytes()
    with tarfile.open(fused.parent / "code.py.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("code.py")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
