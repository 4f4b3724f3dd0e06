"""``runs resume`` and ``runs replay``: a run that goes on, and one that is done again from its recorded replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import click

from kernelagent.cli.of_runs.folder import folder_of_runs, folder_option
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.report import told
from kernelagent.cli.session_report import told_session
from kernelagent.cli.shared_options import agreed, json_option, more_attempts_options, spending_options
from kernelagent.contract.result import Result
from kernelagent.driver import again, standalone
from kernelagent.driver.again import PastRun
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.pipeline import OnEvent
from kernelagent.driver.printable import printable
from kernelagent.driver.run_directory import SESSION
from kernelagent.driver.sessions.going_through import author_of_words, go_through
from kernelagent.driver.sessions.session_directory import SessionDirectory
from kernelagent.driver.store.find_folder import folder_of
from kernelagent.driver.workers import WorkerPool


@click.command("resume")
@click.argument("run_id")
@folder_option
@more_attempts_options
@spending_options
@click.option("--yes", is_flag=True, help="Ask nothing: agree to sending code to a configured provider.")
@json_option
def resume_command(run_id: str, folder: str | None, yes: bool, as_json: bool, **changed: float | None) -> int:
    """Let a run go on that was killed, cancelled or out of attempts: what a model answered is not asked again.

    Its limits are still those of fuse, and what it has cost before counts, unless others are given here.
    """
    others: dict[str, float | None] = {name: value for name, value in changed.items() if value is not None}
    for name in {"workers", "max_iters"} & set(others):
        others[f"direct_{name}"] = None  # what is said here holds for either route
    found = folder_of(folder_of_runs(folder), run_id)
    if (found / SESSION).is_file():
        return _resume_session(SessionDirectory(found), yes, as_json, others)
    past = again.find_run(folder_of_runs(folder), run_id)
    yes = agreed(past.target.file, replace(past.request.options, yes=yes)).yes

    def go_on(pool: WorkerPool, on_event: OnEvent, cancel: CancelToken) -> Result:
        return again.resume(past, pool=pool, on_event=on_event, cancel=cancel, until="end", yes=yes, **others)

    return _again(past, as_json, go_on)


@click.command("replay")
@click.argument("run_id")
@folder_option
@json_option
def replay_command(run_id: str, folder: str | None, as_json: bool) -> int:
    """Run one again in a new directory, with the replies that it recorded: no network, no key, no cost."""
    past = again.find_run(folder_of_runs(folder), run_id)

    def repeat(pool: WorkerPool, on_event: OnEvent, cancel: CancelToken) -> Result:
        return again.replay(past, pool=pool, on_event=on_event, cancel=cancel)

    return _again(past, as_json, repeat)


def _resume_session(session: SessionDirectory, yes: bool, as_json: bool, others: dict[str, float | None]) -> int:
    request = session.asked()
    options = replace(request.options, yes=yes, **others)  # type: ignore[arg-type]  # limits are checked by Options
    request = replace(request, options=agreed(session.problem, options))
    author = author_of_words(session, request)
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(session.problem, request.options) as pool,
        progress_reader() as on_event,
    ):
        result = go_through(
            session,
            request,
            author,
            pool=pool,
            cancel=cancel,
            show=lambda text: click.echo(f"  {printable(text)}", err=True),
            on_event=on_event,
        )
    return told_session(session.path, result, as_json)


def _again(past: PastRun, as_json: bool, begin: Callable[[WorkerPool, OnEvent, CancelToken], Result]) -> int:
    for why in past.outdated:
        click.echo(f"  warning: {why}; what the model answered before is about the older text.", err=True)
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(past.target.file, past.request.options) as pool,
        progress_reader() as on_event,
    ):
        result = begin(pool, on_event, cancel)
    return told(result, as_json)
