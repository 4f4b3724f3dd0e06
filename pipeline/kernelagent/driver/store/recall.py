"""The same request again: answered at once with the kernel and the verdict of the run that answered it before.

    request ─▶ key ─▶ index ─▶ answer.json: sealed by this user? every file as it was? ─▶ what it hangs on: unchanged?
            ─▶ certificate: still standing? ─▶ a run directory of its own, with ``cached`` in its result

Anything else than a yes to all of these means that nothing is recalled, and the run is done.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.events import AnsweredBefore, Event, RunStarted
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Result
from kernelagent.driver import certificate, outcome, pipeline
from kernelagent.driver.agents.author import open_author
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interpreter import Interpreter, find_interpreter, probe
from kernelagent.driver.output_file import require_writable_parent, write_output
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import RUNS_FOLDER, RunDirectory, create_run_directory
from kernelagent.driver.stages import load
from kernelagent.driver.store import answers
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

_IN_THE_KEY = ("source", "problem")
"""What a certificate is bound to and the key says already, of an editor's text as of a file's."""


@dataclass(frozen=True)
class _Found:
    folder: RunDirectory
    answer: answers.Answer
    result: Result


def recall(
    target: Target,
    options: Options,
    *,
    on_event: Callable[[Event], None] | None = None,
    runs: Path | None = None,
) -> Result | None:
    """The result of an earlier run of the same request, in a run directory of its own; ``None`` where there is none
    that holds, or ``options.fresh`` asks for a new one. No worker is started and nothing is sent. ``runs``: where to
    look, by default in the project's ``.fuse``."""
    if options.fresh or not answers.may_recall(options):
        return None
    try:
        reading = load.read(target, options)
        interpreter = probe(*find_interpreter(target.file, options.interpreter))
        by_name = options.provider not in ("auto", "builtin")
        author = pipeline.named_author(open_author(target.file, options), options) if by_name else ""
        key = answers.key_of(reading.problem, vars(interpreter), options, author, interpreter.path)
        place = runs if runs is not None else project_root(target.file) / RUNS_FOLDER
        found = _find(place, key, target, interpreter) if key else None
        if found is None:
            return None
        if options.output is not None:
            require_writable_parent(Path(options.output), target.file)
        folder, lock = create_run_directory(target.file, reading.module.name, options.run_dir)
    except (KernelAgentError, OSError):
        return None  # the run itself meets it, and tells
    with WorkerPool(interpreter.path) as pool:  # nothing is started in it
        run = Run(folder, options, pool, CancelToken(), on_event or _ignore, None, lock)
        try:
            return _given_again(found, reading, key, run)
        except (KernelAgentError, OSError):
            return None
        finally:
            run.close()


def _find(runs: Path, key: str, target: Target, interpreter: Interpreter) -> _Found | None:
    from kernelagent.driver.store.run_store import RunStore

    if not runs.is_dir():
        return None
    with RunStore(runs, is_made=True) as store:
        store.refresh()
        rows = store.answering(key)
    for row in rows:
        folder = RunDirectory(runs / row.name)
        answer = answers.read(folder)
        if answer is None or answer.key != key or not answers.holds(answer, target.file):
            continue
        with contextlib.suppress(OSError, ValueError):
            result = read_json(folder.result, Result)
            if _stands(folder, result, target, interpreter):
                return _Found(folder, answer, result)
    return None


def _stands(folder: RunDirectory, result: Result, target: Target, interpreter: Interpreter) -> bool:
    verification = result.verification
    if result.status != "verified" or result.kernel is None or verification is None:
        return False
    bound = certificate.Certificate(verification, folder.path / result.kernel, target)
    bindings = certificate.standing(bound, interpreter, verification.device, {}).bindings
    return all(binding.holds for binding in bindings if binding.name not in _IN_THE_KEY)


def _given_again(found: _Found, reading: load.Reading, key: str, run: Run) -> Result:
    before = found.answer.run_id
    pipeline.begin(reading, run)
    run.emit(
        RunStarted(
            run.folder.run_id, str(replace(reading.target, class_name=reading.module.name)), str(run.folder.path)
        )
    )
    told = f"The same request was answered by the run {before}, and all that its verdict hangs on is as it was."
    run.emit(AnsweredBefore(before, told))
    for name in found.answer.files:
        copy = run.folder.path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found.folder.path / name, copy)
    problem = read_json(run.folder.problem, Problem)
    here = replace(problem, file=reading.problem.file, text_file=str(run.folder.problem_copy))
    write_json(run.folder.problem, here)
    if run.options.output is not None:
        write_output(run.folder.composed_kernel, Path(run.options.output))
    target = str(replace(reading.target, class_name=reading.module.name))
    result = outcome.write(replace(found.result, run_id=run.folder.run_id, target=target, cached=before), run)
    answers.keep(run.folder, result, key, before)
    return result


def _ignore(event: Event) -> None:
    """The reader when nobody watches."""
