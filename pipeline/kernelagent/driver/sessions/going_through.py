"""A session from its description to its result: a module of the words where there is none, the run, the caller's test,
``final_kernel.py``. What was answered before is not asked again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.events import Event
from kernelagent.contract.result import ErrorInfo, Result
from kernelagent.contract.session import SessionRequest, SessionResult, SessionStatus
from kernelagent.driver import again, pipeline
from kernelagent.driver.agents.author import Author, left_out, open_author
from kernelagent.driver.caller_test import run_caller_test
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.describing.from_words import THREE_WAYS, module_from_words
from kernelagent.driver.describing.source_in import source_in
from kernelagent.driver.kept_cost import cost_before, keep_cost
from kernelagent.driver.run_directory import RunDirectory, disk_error
from kernelagent.driver.run_lock import RunLock
from kernelagent.driver.sessions.session_directory import SessionDirectory
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.driver.target import Target
from kernelagent.driver.time_limit import time_limit
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, KernelAgentError, ProviderNotConfigured, TimedOut, sentences

_MAY_CHANGE = ("budget_usd", "budget_tokens", "budget_seconds", "yes", "max_iters", "workers")
"""Options of a session that goes on."""
LEAST_SECONDS = 0.1
"""Of the budget for the run, however long the words took: it ends with an error of its own then."""


def author_of_words(session: SessionDirectory, request: SessionRequest) -> Author | None:
    """Who makes a module of the words; ``None``: the description is one, or it was made before.

    Raises ``ProviderNotConfigured`` where nobody could, and what :func:`open_author` raises.
    """
    if source_in(request.description) is not None or session.run.request.exists():
        return None
    author = open_author(session.problem, request.options)
    if author is None:
        raise ProviderNotConfigured(left_out(session.problem, request.options) or THREE_WAYS, hint="")
    return author


def go_through(
    session: SessionDirectory,
    request: SessionRequest,
    author: Author | None,
    *,
    pool: WorkerPool,
    cancel: CancelToken,
    show: Callable[[str], None],
    on_event: Callable[[Event], None] | None = None,
) -> SessionResult:
    """The result, which is written down too; ``author`` makes a module of the words. Errors of the catalogue are in it.

    Raises ``StillGoing`` and ``FolderNotWritable`` for a session that is not this call's.
    """
    try:
        lock = RunLock(session.path)
    except OSError as exc:
        raise disk_error(exc, session.path) from exc
    started = time.monotonic()
    try:
        session.result.unlink(missing_ok=True)
        result = _result(session, request, author, pool, cancel, show, on_event)
    except KernelAgentError as exc:
        result = _failed(session, request, exc)
    except OSError as exc:
        result = _failed(session, request, disk_error(exc, Path(exc.filename or session.path)))
    finally:
        lock.release()
    cost = cost_before(session.run.cost if session.run.cost.exists() else session.cost)
    return _written(session, replace(result, cost=cost, elapsed_s=round(time.monotonic() - started, 3)))


def not_begun(session: SessionDirectory, request: SessionRequest, error: KernelAgentError) -> SessionResult:
    """The result of a session that ``error`` kept from beginning; it can go on once that is over."""
    return _written(session, _failed(session, request, error))


def _written(session: SessionDirectory, result: SessionResult) -> SessionResult:
    with contextlib.suppress(OSError):  # a full disk: the result is told all the same
        write_json(session.result, result)
    return result


def _result(
    session: SessionDirectory,
    request: SessionRequest,
    author: Author | None,
    pool: WorkerPool,
    cancel: CancelToken,
    show: Callable[[str], None],
    on_event: Callable[[Event], None] | None,
) -> SessionResult:
    has_run = session.run.request.exists()
    result, model = (
        _run_on(session, request, pool, cancel, on_event)
        if has_run
        else _first_run(session, request, author, pool, cancel, show, on_event)
    )
    if result.status != "verified":
        return _unverified(session, request, result)
    kernel, written_by = session.run.composed_kernel, _winner(session.run)
    if request.test_code is not None:
        tested = run_caller_test(
            kernel,
            request.test_code,
            request.options,
            pool=pool,
            scratch=session.path / "test",
            gpu=result.verification is not None and result.verification.mode == "gpu",
            timeout_s=request.test_timeout_s,
            cancel=cancel,
        )
        if not tested.passed:
            why = f"the judge accepts the kernel, the test does not: {tested.said}"
            return SessionResult(session.path.name, "failed", _title(request), why)
    session.kernel.write_bytes(kernel.read_bytes())
    made = f" The module it was compared with was made of the words by {model}: {session.problem}" if model else ""
    summary = result.verification.summary if result.verification is not None else ""
    found = SessionResult(session.path.name, "verified", _title(request), summary + made)
    return replace(found, kernel=session.kernel.name, worker_id=written_by[0], rounds=written_by[1])


def _first_run(
    session: SessionDirectory,
    request: SessionRequest,
    author: Author | None,
    pool: WorkerPool,
    cancel: CancelToken,
    show: Callable[[str], None],
    on_event: Callable[[Event], None] | None,
) -> tuple[Result, str | None]:
    """The result of the run, and the model that made its module of the words."""
    options, began = request.options, time.monotonic()
    if author is not None:
        text = _module(session, request, author, pool, cancel, show)
        session.problem.write_text(text, encoding="utf-8")
        if options.budget_seconds is not None:
            left = round(options.budget_seconds - (time.monotonic() - began), 1)
            options = replace(options, budget_seconds=max(LEAST_SECONDS, left))
    named = request.class_name if author is None else ""
    file = Path(request.file) if request.file else session.problem
    target = Target(file, named or None, by_model=author is not None)
    result = pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=cancel, author=author)
    return result, author.model.name if author is not None else None


def _run_on(
    session: SessionDirectory,
    request: SessionRequest,
    pool: WorkerPool,
    cancel: CancelToken,
    on_event: Callable[[Event], None] | None,
) -> tuple[Result, str | None]:
    """The same of a run that was begun before: the module is there, and the cost of the words is the run's."""
    past = again.find_run(session.path, str(session.run.path))
    changed = {name: getattr(request.options, name) for name in _MAY_CHANGE}
    result = again.resume(past, pool=pool, on_event=on_event, cancel=cancel, **changed)
    return result, past.request.model if past.request.by_model else None


def _module(
    session: SessionDirectory,
    request: SessionRequest,
    author: Author,
    pool: WorkerPool,
    cancel: CancelToken,
    show: Callable[[str], None],
) -> str:
    """Of the words. Raises ``TimedOut`` where the budget of seconds is over, and what ``module_from_words`` raises."""
    account = author.account
    account.on_change = lambda cost: keep_cost(account, session.cost)
    account.on_under_way = lambda: keep_cost(account, session.cost)
    account.goes_on_from(cost_before(session.cost))
    (session.path / "description.txt").write_text(request.description, encoding="utf-8")
    seconds = request.options.budget_seconds
    with time_limit(seconds, cancel) as (token, spent):
        try:
            return module_from_words(
                request.description,
                request.test_code,
                replace(author, memory="first"),
                request.options,
                pool=pool,
                folder=session.attempts,
                cancel=token,
                show=show,
            )
        except Cancelled:
            if not spent.is_set() or cancel.cancelled:
                raise
            raise TimedOut(
                f"the budget of {seconds:g} s is used up while a model made a module of the words.",
                hint="Raise --budget-seconds, or choose a faster model with --model.",
            ) from None


def _unverified(session: SessionDirectory, request: SessionRequest, result: Result) -> SessionResult:
    status: SessionStatus = "cancelled" if result.status == "cancelled" else "failed"
    if result.error is not None:
        why = sentences(result.error.message, result.error.hint)
    else:
        why = result.verification.summary if result.verification is not None else result.status
    return SessionResult(session.path.name, status, _title(request), why, error=result.error)


def _failed(session: SessionDirectory, request: SessionRequest, error: KernelAgentError) -> SessionResult:
    info = ErrorInfo(error.code, error.message, error.remedy, error.file, error.line)
    status: SessionStatus = "cancelled" if isinstance(error, Cancelled) else "failed"
    return SessionResult(session.path.name, status, _title(request), error.told, error=info)


def _title(request: SessionRequest) -> str:
    return request.description.strip().split("\n", 1)[0][:100]


def _winner(run: RunDirectory) -> tuple[int, int]:
    """Worker and attempt of the kernel, by its path ``.../worker_2/attempt_3/kernel.py``; 0 and 1 for the built-in."""
    path = next(iter(read_json(run.kernels_summary, KernelsSummary).kernels.values()))
    parts = dict(part.split("_", 1) for part in Path(path).parts if part.startswith(("worker_", "attempt_")))
    return int(parts.get("worker", 0)), int(parts.get("attempt", 1))
