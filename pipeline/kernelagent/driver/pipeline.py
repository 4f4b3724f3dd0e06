"""``fuse``: a target through all stages to a ``Result``, which is always written, whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kernelagent.contract.codec import write_json
from kernelagent.contract.compute import Compute
from kernelagent.contract.events import Event, RunFinished, RunStarted, Warned
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Result, SubgraphResult
from kernelagent.contract.run_request import RunRequest, anchored, seen_from
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.author import Author, Memory, open_author
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.kept_cost import cost_before
from kernelagent.driver.outcome import (
    budget_used_up,
    empty,
    failed,
    log,
    noted,
    told_of_route,
    with_what_was_left_out,
    with_what_was_tried,
    write,
)
from kernelagent.driver.output_file import not_compiled_there, require_writable_parent, write_output
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import create_run_directory, disk_error
from kernelagent.driver.stages import (
    agents,
    benchmark,
    choose,
    compose,
    dispatch,
    extract,
    load,
    pieces,
    route,
    verify,
    which_piece,
)
from kernelagent.driver.stages.compose_model import composed_by_model
from kernelagent.driver.stages.optimize import credited, faster, without_a_time
from kernelagent.driver.store import answers
from kernelagent.driver.store.told import tell
from kernelagent.driver.target import Target
from kernelagent.driver.time_limit import time_limit
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import (
    Cancelled,
    InternalError,
    KernelAgentError,
    NoFusedModule,
    NotAKernelFile,
    NoVerifiedKernel,
)

OnEvent = Callable[[Event], None]


@dataclass
class _Progress:
    """How far a run has come: what its result says at whatever point it ends."""

    result: Result


def fuse(
    target: Target,
    options: Options,
    *,
    pool: WorkerPool,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    author: Author | None = None,
    memory: Memory = "none",
    notes: Sequence[str] = (),
    within: Account | None = None,
) -> Result:
    """Fuse ``target`` with the model of ``author``, or the one that the options name, and return its result. Errors of
    the catalogue come back in ``result.error``.

    With a ``memory`` the directory ``options.run_dir`` is that of a run that was begun: see :data:`Memory`. ``notes``
    say what the result does not speak of. What is spent counts in ``within`` too, whose budget holds as well.
    Only ``KeyboardInterrupt`` and its like pass through, after result.json has been written. Events arrive in several
    threads, one at a time.
    """
    outer = cancel or CancelToken()
    on_events = on_event or _ignore
    started = time.monotonic()
    progress = _Progress(empty(target))
    try:
        outer.raise_if_cancelled()
        author = _remembering(author or open_author(target.file, options, within), memory)
        if options.output is not None:
            require_writable_parent(Path(options.output), target.file)
        reading = load.read(target, options)
        progress.result = replace(progress.result, target=str(replace(target, class_name=reading.module.name)))
        folder, lock = create_run_directory(target.file, reading.module.name, options.run_dir, goes_on=memory != "none")
    except KernelAgentError as exc:
        result = failed(progress.result, exc, time.monotonic() - started)
        on_events(RunFinished(result.status, exc.message, result.elapsed_s))
        return result
    progress.result = replace(progress.result, run_id=folder.run_id)
    asked = threading.Event()
    with time_limit(options.budget_seconds, outer) as (token, spent):
        if author is not None:
            account = author.account
            token.on_cancel(lambda: asked.set() if account.is_asking else None)
        run = Run(folder, options, pool, token, on_events, author, lock)
        try:
            begin(reading, run)
            _announce(progress.result.target, notes, run)
            _stages(reading, run, progress)
        except KernelAgentError as exc:
            error: KernelAgentError = exc if author is not None else with_what_was_left_out(exc, target.file, options)
            if isinstance(exc, Cancelled) and spent.is_set() and not outer.cancelled:
                error = budget_used_up(options, run, progress.result.route, asked.is_set())
            progress.result = failed(progress.result, error, run.elapsed_s)
            log(run, exc)
        except OSError as exc:
            progress.result = failed(progress.result, disk_error(exc, Path(exc.filename or folder.path)), run.elapsed_s)
            log(run, exc)
        except Exception as exc:  # noqa: BLE001  a defect of ours: it is logged whole and named as such
            error = InternalError(f"{type(exc).__name__}: {exc}")
            progress.result = failed(progress.result, error, run.elapsed_s)
            log(run, exc)
        except BaseException:
            progress.result = failed(progress.result, Cancelled("interrupted"), run.elapsed_s)
            raise
        finally:
            progress.result = write(noted(progress.result, (*notes, *_of_output(options))), run)
            _close(progress.result, reading, notes, run)
    return progress.result


def named_author(author: Author | None, options: Options) -> str:
    """The model that was asked for by name, as one line, for the key of a request; empty for what anybody may write."""
    if author is None or options.provider in ("auto", "builtin"):
        return ""
    return f"{author.provider.name}/{author.model.name} {author.provider.destination}"


def _close(result: Result, reading: load.Reading, notes: Sequence[str], run: Run) -> None:
    """Keep the answer for the same request another time, and let go of the directory."""
    try:
        _keep(result, reading, notes, run)
        tell(run.folder.path)
    finally:
        run.close()


def _keep(result: Result, reading: load.Reading, notes: Sequence[str], run: Run) -> None:
    verification, options = result.verification, run.options
    replays = run.author is not None and run.author.memory == "only"
    if verification is not None and result.status == "verified" and answers.may_recall(options) and not notes:
        author = named_author(run.author, options)
        if not replays:
            key = answers.key_of(reading.problem, verification.versions, options, author, run.pool.interpreter)
            answers.keep(run.folder, result, key, run.folder.run_id)


def _remembering(author: Author | None, memory: Memory) -> Author | None:
    return replace(author, memory=memory) if author is not None else None


def begin(reading: load.Reading, run: Run) -> None:
    """Write down what was asked for, before anything is made of it."""
    run.folder.problem_copy.write_text(reading.source.text, encoding="utf-8", newline="\n")
    write_json(run.folder.request, _request(reading, run))
    tell(run.folder.path)
    if run.author is not None and run.author.memory == "first":
        run.author.account.goes_on_from(cost_before(run.folder.cost))


def _request(reading: load.Reading, run: Run) -> RunRequest:
    author = run.author
    return RunRequest(
        file=reading.problem.file,
        class_name=reading.module.name,
        options=anchored(run.options),
        provider=author.provider.name if author is not None else None,
        model=author.model.name if author is not None else None,
        by_model=reading.target.by_model,
        from_run=seen_from(run.folder.path, reading.problem.file),
    )


def _stages(reading: load.Reading, run: Run, progress: _Progress) -> None:
    problem = load.load(reading, run)
    plan = route.plan(problem, run)
    tried: list[route.Plan] = []
    before: list[str] = []
    while True:
        failure: KernelAgentError | None = None
        try:
            extraction = _write_kernel(problem, plan, run, progress)
        except (NoFusedModule, NoVerifiedKernel, NotAKernelFile) as exc:
            failure = exc
        if failure is None and progress.result.status != "failed":
            route.remember(problem, plan, tried, run)
            if run.options.optimize and plan.author is None and run.author is not None:
                _optimize(problem, run.author.for_role("dispatch"), run, progress)
            break
        tried.append(plan)
        again = route.fallback(problem, tried, run)
        if again is None:
            if failure is not None:
                raise with_what_was_tried(failure, before)
            break
        if plan.author is not None:
            before.append(told_of_route(plan, failure, progress.result))
        plan = again
    if run.options.optimize:
        progress.result = without_a_time(progress.result)
    result = progress.result
    if result.verification is not None and result.verification.mode == "gpu" and result.status == "verified":
        timed = benchmark.benchmark(problem, extraction, run)
        best = choose.beside_the_better(result.compute, timed) if result.compute is not None else None
        progress.result = replace(result, benchmark=timed, compute=best)
    if run.options.output is not None and progress.result.kernel is not None and progress.result.status != "failed":
        write_output(run.folder.composed_kernel, Path(run.options.output))


def _written_by(plan: route.Plan, subgraph: Subgraph) -> str:
    """Who is to write it, before anybody has."""
    author = plan.author
    if author is None or not (plan.writer == "model" or author.asked_for or subgraph.refused):
        return dispatch.SYNTHESIZER
    return author.for_role("direct" if plan.writer == "model" else "dispatch").provider.name


def _unwritten(plan: route.Plan, extraction: Extraction) -> tuple[SubgraphResult, ...]:
    return tuple(dispatch.summarize(one, "unverified", _written_by(plan, one)) for one in extraction.subgraphs)


def _write_kernel(problem: Problem, plan: route.Plan, run: Run, progress: _Progress) -> Extraction:
    """From the plan to the verdict on the composed file, by whoever the plan says."""
    progress.result = replace(
        progress.result,
        status="failed",
        kernel=None,
        entry_points=None,
        verification=None,
        compute=None,
        route=plan.route,
        subgraphs=_unwritten(plan, plan.extraction),
    )
    extraction = extract.extract(problem, plan, run)
    if plan.writer == "rewrite":
        progress.result = replace(progress.result, subgraphs=_unwritten(plan, extraction))
    if run.options.compute == "best" and plan.author is not None:
        progress.result = replace(progress.result, compute=Compute("", (), choose.BUILT_IN_ONLY))
    if run.options.until == "extract":
        progress.result = replace(progress.result, status="unverified")
        return extraction
    judged: Verification | None = None
    if plan.author is None:
        subgraphs = dispatch.dispatch(extraction, run)
        progress.result = replace(progress.result, subgraphs=subgraphs)
        if run.options.until == "dispatch":
            progress.result = replace(progress.result, status="unverified")
            return extraction
        best = choose.choose(extraction, problem, run) if run.options.compute == "best" else None
        summary = compose.compose(problem, run, choose.wanted(best) if best is not None else {})
        if best is not None:
            best = choose.settled(best, summary.kept, summary.refused) if best.device else best
            subgraphs = choose.marked(subgraphs, best)
            progress.result = replace(progress.result, subgraphs=subgraphs, compute=best)
    elif plan.writer in ("pieces", "rewrite"):
        subgraphs = pieces.pieces(extraction, plan.author.for_role("dispatch"), run)
        progress.result = replace(progress.result, subgraphs=subgraphs)
        if run.options.until == "dispatch":
            progress.result = replace(progress.result, status="unverified")
            return extraction
        if plan.writer == "pieces":
            summary = compose.link(problem, run)
        else:
            one = composed_by_model(problem, extraction, plan.author.for_role("compose"), run)
            judged, summary = one.verification, compose.adopt(one.kernel, problem, run)
    else:
        written, winner = agents.agents(problem, extraction, plan.author.for_role("direct"), run)
        subgraphs, judged = (written,), winner.verification
        progress.result = replace(progress.result, subgraphs=subgraphs)
        summary = compose.adopt(winner.kernel, problem, run)
    progress.result = replace(progress.result, kernel=summary.kernel, entry_points=summary.entry_points)
    if not run.options.verify:
        progress.result = replace(progress.result, status="unverified")
        return extraction
    verification = verify.carry_over(judged, run) if judged is not None else verify.verify(problem, run)
    status: Literal["verified", "failed"] = "verified" if verification.verdict == "pass" else "failed"
    progress.result = replace(progress.result, verification=verification, status=status)
    if plan.author is None:
        subgraphs = which_piece.settled(extraction, subgraphs, verification, run)
    elif len(subgraphs) == 1:
        subgraphs = (replace(subgraphs[0], status=status),)
    progress.result = replace(progress.result, subgraphs=subgraphs)
    return extraction


def _optimize(problem: Problem, author: Author, run: Run, progress: _Progress) -> None:
    """Put a faster file by ``author`` in the place of the built-in synthesizer's, if one is found."""
    verification = progress.result.verification
    if verification is None:
        return
    winner = faster(problem, verification, author, run)
    if winner is None or winner.verification is None:
        return
    summary = compose.adopt(winner.kernel, problem, run)
    judged = verify.carry_over(winner.verification, run)
    subgraphs = credited(progress.result.subgraphs, winner, author, run)
    progress.result = replace(
        progress.result,
        kernel=summary.kernel,
        entry_points=summary.entry_points,
        verification=judged,
        subgraphs=subgraphs,
        compute=Compute("", (), choose.BUILT_IN_ONLY) if progress.result.compute is not None else None,
    )


def _announce(target: str, notes: Sequence[str], run: Run) -> None:
    run.emit(RunStarted(run.folder.run_id, target, str(run.folder.path)))
    for note in notes:
        run.emit(Warned("SourceChanged", note))
    for note in _of_output(run.options):
        run.emit(Warned("OutputName", note))


def _of_output(options: Options) -> tuple[str, ...]:
    """What there is to say of the file that ``--output`` names, before any is written."""
    note = not_compiled_there(Path(options.output), options.arch) if options.output is not None else ""
    return (note,) if note else ()


def _ignore(event: Event) -> None:
    """The reader of a run that nobody watches."""
