"""What a run ended in: its result, its error in words, and what is left of both on the disk."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import write_json
from kernelagent.contract.events import RunFinished, Stage
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost, ErrorInfo, Result
from kernelagent.contract.route import Route
from kernelagent.driver.agents.author import Author, Role, left_out
from kernelagent.driver.printable import printable
from kernelagent.driver.report import of_result, write_page
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import disk_error
from kernelagent.driver.stages import route
from kernelagent.driver.target import Target
from kernelagent.errors import Cancelled, KernelAgentError, NotExportable, TimedOut, UnsupportedOperator


def empty(target: Target) -> Result:
    return Result(
        run_id="",
        status="failed",
        target=str(target),
        route=None,
        subgraphs=(),
        kernel=None,
        entry_points=None,
        verification=None,
        benchmark=None,
        cost=Cost(),
        elapsed_s=0.0,
    )


def failed(result: Result, error: KernelAgentError, elapsed_s: float) -> Result:
    info = ErrorInfo(error.code, error.message, error.remedy, error.file, error.line)
    cancelled = isinstance(error, Cancelled)
    return replace(result, status="cancelled" if cancelled else "failed", error=info, elapsed_s=elapsed_s)


def failed_result(target: Target, error: KernelAgentError) -> Result:
    """The result of a run that could not begin."""
    return failed(empty(target), error, 0.0)


def budget_used_up(options: Options, run: Run, way: Route | None, was_asking: bool) -> TimedOut:
    """``was_asking``: a model had been asked, and had not answered yet."""
    told = f"the budget of {options.budget_seconds:g} s is used up."
    if run.author is not None and was_asking:
        author = _asked_in(run.stage_now, way, run.author)
        return TimedOut(
            f"{told[:-1]}, in the stage {run.stage_now}, while {author.model.name} "
            f"({author.provider.name}) was answering.",
            hint="Raise --budget-seconds, or choose a faster model with --model.",
        )
    if run.stage_now != "load":
        return TimedOut(f"{told[:-1]}, in the stage {run.stage_now}.")
    return TimedOut(
        told, hint="PyTorch was still being imported, or the module read, which takes seconds: raise --budget-seconds."
    )


def _asked_in(stage: Stage, way: Route | None, author: Author) -> Author:
    """Whose model is asked in the stage."""
    of_dispatch: Role = "direct" if way is not None and way.kind == "direct" else "dispatch"
    roles: dict[Stage, Role] = {"route": "router", "extract": "extract", "dispatch": of_dispatch, "compose": "compose"}
    return author.for_role(roles[stage]) if stage in roles else author


def with_what_was_left_out(exc: KernelAgentError, file: Path, options: Options) -> KernelAgentError:
    """A model might have written what the built-in synthesizer does not: why none was asked that is set up."""
    why = left_out(file, options) if isinstance(exc, (UnsupportedOperator, NotExportable)) else ""
    if not why:
        return exc
    return type(exc)(exc.message, hint=f"{exc.remedy} {why}".strip(), file=exc.file, line=exc.line)


def told_of_route(plan: route.Plan, failure: KernelAgentError | None, result: Result) -> str:
    """What became of a route that led to no verified kernel."""
    summary = result.verification.summary if result.verification is not None else "nothing was verified."
    return f"on the route {plan.route.kind}: {failure.message if failure is not None else summary}"


def with_what_was_tried(failure: KernelAgentError, before: Sequence[str]) -> KernelAgentError:
    """``failure`` of the last route is all that a result can have: it speaks of those ``before``, too."""
    if not before:
        return failure
    told = "; ".join(one.rstrip(".") for one in before)
    whole = type(failure)(
        f"{failure.message.rstrip('.')}. Before that, {told}.",
        hint=failure.remedy,
        file=failure.file,
        line=failure.line,
    )
    whole.details = failure.details
    return whole


def noted(result: Result, notes: Sequence[str]) -> Result:
    """With ``notes`` where people look first: in the sentence of the verdict, and among what it does not speak of."""
    verification = result.verification
    if verification is None or not notes:
        return result
    told = replace(
        verification,
        summary=" ".join((verification.summary, *notes)),
        not_checked=(*notes, *verification.not_checked),
    )
    return replace(result, verification=told)


def write(result: Result, run: Run) -> Result:
    """Write the report and result.json, then tell that the run is over. A disk that refuses result.json is reported in
    the result instead; a report that can't be written is left out."""
    result = replace(result, elapsed_s=run.elapsed_s, cost=run.cost, artifacts=run.folder.artifacts())
    result = replace(result, route=printable(result.route), error=printable(result.error))
    write_page(run.folder.path, of_result(result))
    result = replace(result, artifacts=run.folder.artifacts())
    try:
        write_json(run.folder.result, result)
        run.emit(RunFinished(result.status, _closing_words(result), result.elapsed_s))
    except OSError as exc:
        return failed(result, disk_error(exc, run.folder.result), result.elapsed_s)
    except KernelAgentError as exc:
        return failed(result, exc, result.elapsed_s)
    return result


def _closing_words(result: Result) -> str:
    if result.error is not None:
        return result.error.message
    return result.verification.summary if result.verification is not None else "Not verified, as asked."


def log(run: Run, exc: BaseException) -> None:
    """Leave the traceback and a worker's last words in error.log, for a report of the defect."""
    details = exc.details if isinstance(exc, KernelAgentError) else ""
    if isinstance(exc, Cancelled) or (isinstance(exc, KernelAgentError) and exc.exit_status == 2 and not details):
        return
    text = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__)) + ("\n" + details if details else "")
    with contextlib.suppress(OSError):  # the error itself is told in any case
        run.folder.error_log.write_text(text, encoding="utf-8")
