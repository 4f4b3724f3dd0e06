"""``kernelagent runs``: what ``.fuse`` holds, and runs that go on or are done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from kernelagent.cli.failure import print_json, show
from kernelagent.cli.progress import progress_reader
from kernelagent.cli.report import told
from kernelagent.cli.session_report import told_session
from kernelagent.cli.shared_options import agreed, json_option, more_attempts_options, spending_options
from kernelagent.contract.codec import read_json
from kernelagent.contract.result import Result
from kernelagent.contract.session import SessionResult
from kernelagent.driver import again, standalone
from kernelagent.driver.again import PastRun
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.pipeline import OnEvent
from kernelagent.driver.printable import printable
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER, SESSION
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.sessions.going_through import author_of_words, go_through
from kernelagent.driver.sessions.session_directory import RESULT, SessionDirectory
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption

T = TypeVar("T")
folder_option = click.option(
    "--folder", metavar="DIR", help="The folder of runs. Default: .fuse of the project around the current folder."
)


@click.group()
def command() -> None:
    """List past runs, show one, let one go on, or run one again from its recorded replies."""


@command.command("list")
@folder_option
@json_option
def list_runs(folder: str | None, as_json: bool) -> int:
    """List past runs, the newest first."""
    found = _results(_folder(folder))
    ended = {path for path, _ in found}
    begun = {path.parent for name in ("run.json", SESSION) for path in _folder(folder).glob(f"*/{name}")}
    if as_json:
        print_json([result for _, result in found])
        return 0
    for path in sorted(begun - ended, key=_when, reverse=True):
        click.echo(f"{path.name}  {_unfinished(path)}")
    if not found and not begun:
        click.echo(f"No runs in {_folder(folder)}.")
    for path, result in found:
        what = result.error.code if result.error is not None else result.status
        click.echo(printable(f"{path.name}  {what:12}  {result.elapsed_s:6.1f} s  {result.target}"))
    return 0


@command.command("show")
@click.argument("run_id")
@folder_option
@json_option
def show_run(run_id: str, folder: str | None, as_json: bool) -> int:
    """Show the report of one run; the beginning of its id is enough."""
    path = again.folder_of(_folder(folder), run_id)
    if (path / RESULT).is_file():
        return told_session(path, _read(path / RESULT, SessionResult), as_json)
    if not (path / "result.json").is_file():
        if as_json:
            print_json({"run": path.name, "status": "going" if is_going(path) else "interrupted"})
        else:
            click.echo(f"{path.name} {_unfinished(path)}.")
        return 0
    result = _read(path / "result.json", Result)
    if as_json:
        print_json(result)
    else:
        from kernelagent.cli.report import print_result

        if result.error is not None:
            show(result.error)
        print_result(printable(result))
    return 0


@command.command("resume")
@click.argument("run_id")
@folder_option
@more_attempts_options
@spending_options
@click.option("--yes", is_flag=True, help="Ask nothing: agree to sending code to a configured provider.")
@json_option
def resume_run(run_id: str, folder: str | None, yes: bool, as_json: bool, **changed: float | None) -> int:
    """Let a run go on that was killed, cancelled or out of attempts: what a model answered is not asked again.

    Its limits are still those of fuse, and what it has cost before counts, unless others are given here.
    """
    others: dict[str, float | None] = {name: value for name, value in changed.items() if value is not None}
    for name in {"workers", "max_iters"} & set(others):
        others[f"direct_{name}"] = None  # what is said here holds for either route
    found = again.folder_of(_folder(folder), run_id)
    if (found / SESSION).is_file():
        return _resume_session(SessionDirectory(found), yes, as_json, others)
    past = again.find_run(_folder(folder), run_id)
    yes = agreed(past.target.file, replace(past.request.options, yes=yes)).yes

    def go_on(pool: WorkerPool, on_event: OnEvent, cancel: CancelToken) -> Result:
        return again.resume(past, pool=pool, on_event=on_event, cancel=cancel, until="end", yes=yes, **others)

    return _again(past, as_json, go_on)


@command.command("replay")
@click.argument("run_id")
@folder_option
@json_option
def replay_run(run_id: str, folder: str | None, as_json: bool) -> int:
    """Run one again in a new directory, with the replies that it recorded: no network, no key, no cost."""
    past = again.find_run(_folder(folder), run_id)

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


def _unfinished(path: Path) -> str:
    return "is still going" if is_going(path) else f"did not end; `kernelagent runs resume {path.name}` lets it go on"


def _folder(chosen: str | None) -> Path:
    return Path(chosen) if chosen is not None else project_root(Path.cwd() / "here") / RUNS_FOLDER


def _results(folder: Path) -> list[tuple[Path, Result | SessionResult]]:
    """Finished runs and sessions, newest first; a folder whose result cannot be read is named on stderr."""
    found: list[tuple[Path, Result | SessionResult]] = []
    for path in (*folder.glob("*/result.json"), *folder.glob(f"*/{RESULT}")):
        try:
            ended = read_json(path, SessionResult) if path.name == RESULT else read_json(path, Result)
            found.append((path.parent, ended))
        except (OSError, ValueError) as exc:
            click.echo(f"{path} cannot be read: {exc}", err=True)
    return sorted(found, key=lambda entry: _when(entry[0]), reverse=True)


def _when(path: Path) -> str:
    """The time in its name, by which runs and sessions sort alike."""
    return path.name.removeprefix("session_").replace("_", "-")


def _read(path: Path, kind: type[T]) -> T:
    try:
        return read_json(path, kind)
    except (OSError, ValueError) as exc:
        anew = "session anew with generate_kernel" if kind is SessionResult else "run anew with fuse"
        raise BadOption(f"{path} cannot be read: {exc}.", hint=f"Start the {anew}.") from exc
