"""``Extraction`` of one piece → a kernel file that a language model wrote and the judge verified."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import write_json
from kernelagent.contract.events import CandidateJudged, StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import Assignment, assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.race import ONE_WORKERS_OWN, race
from kernelagent.driver.agents.standing import Entrant, Leaders, Standing, by_compilation
from kernelagent.driver.agents.winner import note_winner, place_of, recorded_winner
from kernelagent.driver.agents.worker import Candidate, Judge, Verdicts, Worker
from kernelagent.driver.benchmark import measure
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run import Run
from kernelagent.driver.stages.dispatch import KernelsSummary, summarize
from kernelagent.driver.verification import Profile, verify
from kernelagent.errors import NotAKernelFile, NoVerifiedKernel, TimedOutputsDiffer

SHARE_OF_RACE = 0.7
PROCESSES_OF_A_VERDICT = 2
"""Kept busy at a time by the judge: more verdicts at once than cores for them would only meet their time limits."""


def agents(problem: Problem, extraction: Extraction, author: Author, run: Run) -> tuple[SubgraphResult, Candidate]:
    """Let ``--workers`` agents race for the one subgraph. Leaves kernels_out/: every prompt, reply and verdict.

    Returns its result and the winner. Raises ``NoVerifiedKernel`` and the provider's errors.
    """
    (subgraph,) = extraction.subgraphs
    with run.stage("dispatch", f"Asking {author.model.name} for a kernel") as report:
        triton = run.pool.versions().get("triton", "")
        given = assignment(subgraph.id, problem, run.folder.graph, arch=run.options.arch, triton=triton)
        options = run.options
        counts = options.direct_workers or options.workers, options.direct_max_iters or options.max_iters
        winner = raced(given, author, run, turns(), run.cancel, counts=counts)
        result = replace(
            summarize(subgraph, "verified" if winner.verification is not None else "unverified"),
            synthesizer=author.provider.name,
        )
        kernels = {subgraph.id: run.folder.relative(winner.kernel)}
        write_json(run.folder.kernels_summary, KernelsSummary((result,), kernels))
        report.message = f"{kernels[subgraph.id]}, for {author.account.cost.usd:.4f} USD"
        return result, winner


def turns() -> threading.Semaphore:
    """One for each verdict that may be made at a time."""
    return threading.Semaphore(max(1, (os.cpu_count() or 1) // PROCESSES_OF_A_VERDICT))


def raced(
    given: Assignment,
    author: Author,
    run: Run,
    in_turn: threading.Semaphore,
    cancel: CancelToken,
    folder: Path | None = None,
    to_beat: Entrant | None = None,
    counts: tuple[int, int] | None = None,
) -> Candidate:
    """The winner of several agents for one assignment; ``folder`` is where they leave what they do. ``counts`` are
    their number and that of attempts of each, ``--workers`` and ``--max-iters`` if not given.

    Raises ``NoVerifiedKernel`` and the provider's errors.
    """
    name, options = author.provider.name, run.options
    root = folder or run.folder.candidate(given.subgraph, name).parent
    count, attempts = counts or (options.workers, options.max_iters)

    def tell(message: str) -> None:
        run.emit(StageProgress(run.stage_now, f"{given.subgraph}: {message}", 0, 0))

    def workers(numbers: Iterable[int]) -> list[Worker]:
        verdicts = Verdicts()
        judges = [
            _judge(given.problem, f"{name}/worker_{n}", given.subgraph, in_turn, run) for n in range(1, count + 1)
        ]
        return [
            Worker(
                *(number, given, author, judges[number] if options.verify else None),
                *(root / f"worker_{number + 1}", verdicts, tell, options.samples),
            )
            for number in numbers
        ]

    before = recorded_winner(root, count) if author.memory != "none" else None
    if options.optimize and options.verify:
        leaders = Leaders(lambda kernel, verdict: standing_of(kernel, given.problem, verdict, run), to_beat)
        found = race(workers(range(count)), attempts, cancel, leaders, _seconds_left(run))
    else:
        if before is not None:
            try:
                return race(workers([before.worker - 1]), min(before.attempt, attempts), cancel)
            except (NoVerifiedKernel, *ONE_WORKERS_OWN) as exc:
                tell(f"worker {before.worker}, who won when this ran before, does not now: {exc.message}")
        found = race(workers(range(count)), attempts, cancel)
    place = place_of(found.kernel, root)
    if before is not None and place is not None and place != before:
        tell(f"worker {place.worker} wins with attempt {place.attempt}; before it was worker {before.worker}")
    note_winner(root, place)
    return found


def standing_of(kernel: Path, problem: Problem, verification: Verification, run: Run) -> Standing:
    """Measured where the judge ran it on a GPU, else by what the compiler says."""
    if verification.mode != "gpu":
        return by_compilation(kernel, verification)
    try:
        found = measure(
            kernel,
            problem,
            Extraction((), "", ""),
            pool=run.pool,
            cancel=run.cancel,
            options=run.options,
            tell=lambda message: None,
        )
    except (NotAKernelFile, TimedOutputsDiffer) as exc:
        return Standing(math.inf, f"it could not be timed: {exc.message}")
    return Standing(found.kernel_ms.median, f"{found.kernel_ms.median:.4g} ms on {found.device}", True)


def _seconds_left(run: Run) -> float | None:
    """For a race that goes on: what the budget leaves it, less a part for composing and judging."""
    budget = run.options.budget_seconds
    return None if budget is None else max(0.0, (budget - run.elapsed_s) * SHARE_OF_RACE)


def _judge(problem: Problem, synthesizer: str, subgraph: str, in_turn: threading.Semaphore, run: Run) -> Judge:
    """The example first; what passes it, on everything and compiled for the targets."""

    def judge(kernel: Path, cancel: CancelToken) -> Verification:
        def once(profile: Profile) -> Verification:
            return verify(
                kernel,
                problem,
                run.options,
                pool=run.pool,
                work_dir=kernel.parent / "judge",
                on_event=lambda event: None,
                cancel=cancel,
                profile=profile,
            )

        while not in_turn.acquire(timeout=0.05):
            cancel.raise_if_cancelled()
        try:
            verification = once("quick")
            if verification.verdict == "pass":
                verification = once("full")
        finally:
            in_turn.release()
        run.emit(CandidateJudged(subgraph, synthesizer, verification.verdict, verification.summary))
        return verification

    return judge
