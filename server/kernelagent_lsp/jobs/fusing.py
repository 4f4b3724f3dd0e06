"""What a fuse job's thread does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.events import Event, RunStarted
from kernelagent.driver.run_directory import disk_error
from kernelagent.driver.target import Target
from kernelagent.errors import InternalError, KernelAgentError, from_json

from kernelagent_lsp.diagnostics.wording import for_editor
from kernelagent_lsp.jobs.job import Fused, Job, Outcome, Refused
from kernelagent_lsp.jobs.made_from import made_from
from kernelagent_lsp.jobs.trouble import internal_error
from kernelagent_lsp.pools import Pools


def fuse_work(pools: Pools) -> Callable[[Job, Callable[[Event], None]], Outcome]:
    """The pipeline on the buffer's text, with the pool of the file's interpreter."""

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        from kernelagent.driver.pipeline import fuse
        from kernelagent.driver.report import of_result, write_page
        from kernelagent.driver.store.recall import recall

        asked = job.asked
        run_dir: list[Path] = []

        def on_event(event: Event) -> None:
            if isinstance(event, RunStarted):
                run_dir.append(Path(event.run_dir))
            emit(event)

        options = asked.settings.run_options()
        if asked.settings.run_directory is not None:
            options = dataclasses.replace(options, run_dir=str(Path(asked.settings.run_directory) / job.id))
        try:
            job.token.raise_if_cancelled()
            target = Target(Path(asked.path), asked.class_name, asked.text)
            kept = None if asked.settings.run_directory is None else Path(asked.settings.run_directory)
            result = recall(target, options, on_event=on_event, runs=kept)
            if result is None:
                pool = pools.get(asked.settings.interpreter, asked.path, asked.settings.remote)
                result = fuse(target, options, pool=pool, on_event=on_event, cancel=job.token)
        except KernelAgentError as exc:
            return _refused(job, exc, run_dir)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it ends this job and not the server
            return _refused(job, internal_error(exc), run_dir)
        if not run_dir:  # it ended before it had one
            error = result.error
            return _refused(job, from_json(dataclasses.asdict(error)) if error else _no_directory(), run_dir)
        kernel = None
        if result.kernel is not None:
            try:
                kernel = (run_dir[0] / result.kernel).read_text(encoding="utf-8")
            except OSError as exc:
                return _refused(job, disk_error(exc, run_dir[0]), run_dir)
        page = write_page(run_dir[0], of_result(result, for_editor))
        return Fused(result, run_dir[0], kernel, page, made_from(asked.text, asked.class_name))

    return work


def _no_directory() -> KernelAgentError:
    return InternalError("The pipeline named neither a run directory nor an error.")


def _refused(job: Job, error: KernelAgentError, run_dir: list[Path]) -> Refused:
    from kernelagent.driver.report import of_error, write_page

    folder = run_dir[0] if run_dir else None
    report = None if folder is None else write_page(folder, of_error(job.asked.class_name, error, for_editor))
    return Refused(error, folder, report)
