"""The pieces of a module that was cut by its operators → a verified kernel for each: the built-in synthesizer first
where it takes a piece, language models otherwise, many pieces at a time."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.driver.agents.assignment import piece_assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.standing import Entrant, told_to_beat
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run import Run
from kernelagent.driver.stages.agents import raced, standing_of, turns
from kernelagent.driver.stages.dispatch import SYNTHESIZER, KernelsSummary, Status, built_in, summarize
from kernelagent.driver.verification import verify
from kernelagent.errors import Cancelled, ModelRaised, NotRecorded, NoVerifiedKernel

T = TypeVar("T")


@dataclass(frozen=True)
class Written:
    kernel: Path
    synthesizer: str
    status: Status


def pieces(extraction: Extraction, author: Author, run: Run) -> tuple[SubgraphResult, ...]:
    """Leaves kernels_out/. Raises ``NoVerifiedKernel`` and the provider's errors of the first piece that has none;
    the others end then."""
    different = [subgraph for subgraph in extraction.subgraphs if subgraph.same_as is None]
    count = len(different)
    with run.stage("dispatch", f"Writing kernels for {count} subgraph{'s' * (count != 1)}") as report:
        in_turn = turns()
        written = in_parallel(
            {s.id: (functools.partial(_one, s, author, run, in_turn)) for s in different},
            run.options.dispatch_jobs or count,
            run.cancel,
        )
        results = tuple(
            replace(summarize(subgraph, found.status), synthesizer=found.synthesizer)
            for subgraph in extraction.subgraphs
            for found in (written[subgraph.same_as or subgraph.id],)
        )
        kernels = {s.id: run.folder.relative(written[s.same_as or s.id].kernel) for s in extraction.subgraphs}
        write_json(run.folder.kernels_summary, KernelsSummary(results, kernels))
        by_model = sum(found.synthesizer != SYNTHESIZER for found in written.values())
        report.message = (
            f"{count} kernels, {by_model} of them by {author.model.name}, for {author.account.cost.usd:.4f} USD"
        )
        return results


def in_parallel(work: dict[str, Callable[[CancelToken], T]], jobs: int, cancel: CancelToken) -> dict[str, T]:
    """All of ``work``, ``jobs`` at a time; the first that fails cancels the others, and its error is raised. Of a
    replay: one whose replies end, since it was cancelled when another failed, waits for that other."""
    token = CancelToken()
    unsubscribe = cancel.on_cancel(token.cancel)
    done: dict[str, T] = {}
    failure: BaseException | None = None
    try:
        with ThreadPoolExecutor(max(1, min(jobs, len(work))), thread_name_prefix="kernelagent-piece") as threads:
            futures = {threads.submit(_unless_cancelled, one, token): name for name, one in work.items()}
            for future in as_completed(futures):
                error = future.exception()
                if error is None:
                    done[futures[future]] = future.result()
                elif isinstance(error, NotRecorded):
                    failure = failure or error
                elif failure is None or isinstance(failure, (Cancelled, NotRecorded)):
                    failure = error
                    token.cancel()
    finally:
        unsubscribe()
    cancel.raise_if_cancelled()
    if failure is not None:
        raise failure
    return done


def _unless_cancelled(one: Callable[[CancelToken], T], token: CancelToken) -> T:
    token.raise_if_cancelled()
    return one(token)


def _one(subgraph: Subgraph, author: Author, run: Run, in_turn: threading.Semaphore, token: CancelToken) -> Written:
    try:
        return _written(subgraph, author, run, in_turn, token)
    except ModelRaised as exc:  # its inputs are this program's: what is never 0 in the module may be there
        raise NoVerifiedKernel(
            f"{subgraph.id} raises on inputs that were drawn like those that it is called with: {exc.message}",
            hint="--route direct has the whole module judged, on its own inputs.",
        ) from exc


def _written(subgraph: Subgraph, author: Author, run: Run, in_turn: threading.Semaphore, token: CancelToken) -> Written:
    problem = read_json(run.folder.subgraph_problem(subgraph.id), Problem)
    kernel, to_beat = run.folder.candidate(subgraph.id, SYNTHESIZER), None
    if not author.asked_for and not subgraph.refused:
        status = built_in(subgraph, run.options.verify, run, token)
        if status != "failed" and not (run.options.optimize and run.options.verify):
            return Written(kernel, SYNTHESIZER, status)
        to_beat = _standing(kernel, problem, run, token) if status == "verified" else None
    triton = run.pool.versions().get("triton", "")
    given = piece_assignment(subgraph, problem, arch=run.options.arch, triton=triton)
    if to_beat is not None:
        given = replace(given, besides=told_to_beat(to_beat))
    try:
        winner = raced(given, author, run, in_turn, token, to_beat=to_beat)
    except NoVerifiedKernel as exc:  # of several pieces it is to be known which
        raise NoVerifiedKernel(f"{subgraph.id}: {exc.message}", hint=exc.remedy) from exc
    synthesizer = SYNTHESIZER if winner.kernel == kernel else author.provider.name
    return Written(winner.kernel, synthesizer, "verified" if winner.verification is not None else "unverified")


def _standing(kernel: Path, problem: Problem, run: Run, token: CancelToken) -> Entrant | None:
    """The built-in synthesizer's kernel as the one to beat, judged on everything; ``None`` where that fails."""
    verification = verify(
        kernel,
        problem,
        run.options,
        pool=run.pool,
        work_dir=kernel.parent / "judge",
        on_event=lambda event: None,
        cancel=token,
        profile="full",
    )
    if verification.verdict == "fail":
        return None
    return Entrant(kernel, verification, standing_of(kernel, problem, verification, run))
