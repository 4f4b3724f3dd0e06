"""Fuses many problems, several at a time, and keeps each answer as soon as it is there.

Each problem is a run of its own (driver/pipeline.py) in a folder of its own, so what one does to itself, a crash, a
time-out, a full memory, is that one's answer and nothing to the others. Where it runs is the executor's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.batch import BatchEntry, BatchSummary
from kernelagent.contract.options import Options
from kernelagent.driver.batch.answering import Done
from kernelagent.driver.batch.elsewhere import Elsewhere
from kernelagent.driver.batch.executors.executor import Executor
from kernelagent.driver.batch.journal import Journal
from kernelagent.driver.batch.problems import Asked
from kernelagent.driver.batch.standing import author_of, holds, key_of
from kernelagent.driver.batch.summary import summarize
from kernelagent.driver.batch.task import Task, begun, folder_name
from kernelagent.driver.batch.watcher import Watcher
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.links import require_no_links
from kernelagent.driver.run_directory import disk_error


def run_batch(
    problems: Sequence[Asked],
    options: Options,
    *,
    folder: Path,
    executor: Executor,
    retry: bool = False,
    watch: Watcher | None = None,
    cancel: CancelToken | None = None,
) -> BatchSummary:
    """Fuse ``problems``; those that ``folder`` has an answer to that still holds are not done again (with ``retry``:
    only the verified ones are not). What was begun and has no answer goes on with the replies that it has.
    ``options.budget_usd`` and ``budget_tokens`` hold for all of them together. What another process is about to answer,
    under the same options, is done last, and mostly not at all: its answer is waited for, as ``watch`` is told.

    Raises ``DiskFull``, ``FolderNotWritable``, or ``BadOption`` for a link in ``folder``, and what the executor does; a
    problem's own error is its entry. When ``cancel`` is set, the problems under way end, and the summary has what was
    answered before.
    """
    open_folder(folder)
    token, tell = cancel or CancelToken(), watch or Watcher()
    journal = Journal(folder)
    answered, waiting = _kept(problems, options, journal.read(), folder, executor.versions(), retry=retry)
    elsewhere = Elsewhere(folder, tell.waits)

    def one(task: Task) -> Done:
        name = str(task.target)
        tell.begun(name)
        try:
            return executor.answer(task, token, lambda event: tell.event(name, event))
        finally:
            tell.left(name)

    def found(task: Task) -> bool:
        """Another process has answered it meanwhile."""
        entry = journal.newer().get(str(task.target))
        if entry is None or not holds(entry, task.target, task.key, task.author, folder, retry=retry):
            return False
        answered[entry.target] = entry
        tell.answered(entry, len(answered), len(problems))
        return True

    with ThreadPoolExecutor(executor.jobs, thread_name_prefix="kernelagent-batch") as threads:
        running: dict[Future[Done], Task] = {}

        def begin() -> None:
            # also where nothing waits: a problem that is lost needs a place
            room = 0 if token.cancelled else executor.room(len(running) + len(waiting))
            while waiting and len(running) < room and not token.cancelled:
                task = waiting.pop(0)
                if not found(task):
                    running[threads.submit(one, task)] = task

        try:
            while ((waiting or elsewhere.tasks) and not token.cancelled) or running:
                begin()
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                if not running:
                    token.wait(0.2)
                for task in elsewhere.over(found):
                    waiting.append(replace(task, goes_on=begun(folder, task.target, task.key)))
                ended = [(running.pop(future), future.result()) for future in done]
                begin()  # whoever has nothing to do is not to wait for the disk
                for task, end in ended:
                    entry = end.entry
                    if entry.status == "cancelled" or (end.met_another and elsewhere.takes(task, end.met_another)):
                        continue
                    try:
                        journal.add(entry)
                    except OSError as exc:
                        raise disk_error(exc, folder, "--folder") from exc
                    answered[entry.target] = entry
                    tell.answered(entry, len(answered), len(problems))
        except BaseException:
            token.cancel()  # what is under way ends before this does
            raise
    order = {str(asked.target): i for i, asked in enumerate(problems)}
    entries = sorted(answered.values(), key=lambda entry: order[entry.target])
    return summarize(str(folder), len(problems), entries, executor.cost)


def open_folder(folder: Path) -> None:
    """Make the batch's folder. Raises ``DiskFull``, ``FolderNotWritable``, and ``BadOption`` for a link in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise disk_error(exc, folder, "--folder") from exc
    require_no_links(folder, depth=1)  # each run looks at its own


def _kept(
    problems: Sequence[Asked],
    options: Options,
    known: Mapping[str, BatchEntry],
    folder: Path,
    versions: Mapping[str, str],
    *,
    retry: bool,
) -> tuple[dict[str, BatchEntry], list[Task]]:
    """The answers that still hold, by target, and the others."""
    answered: dict[str, BatchEntry] = {}
    waiting: list[Task] = []
    for asked in problems:
        target, its_options = asked.target, asked.options(options)
        key, author = key_of(target, its_options, versions), author_of(target, its_options)
        entry = known.get(str(target))
        if entry is not None and holds(entry, target, key, author, folder, retry=retry):
            answered[entry.target] = entry
        else:
            again = entry is not None and entry.key == key and entry.is_answer
            goes_on = not again and begun(folder, target, key)
            its_folder = str(folder / folder_name(target))
            its_options = replace(its_options, run_dir=its_folder)
            waiting.append(Task(target, key, author, goes_on, its_options, asked.inputs_belong, asked.package))
    return answered, waiting
