"""A verified file of the built-in synthesizer → a faster one by a model, where there is one."""

from __future__ import annotations

from dataclasses import replace

from kernelagent.contract.codec import write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Result, SubgraphResult
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.race import ONE_WORKERS_OWN
from kernelagent.driver.agents.standing import Entrant, told_to_beat
from kernelagent.driver.agents.worker import Candidate
from kernelagent.driver.run import Run
from kernelagent.driver.stages.agents import raced, standing_of, turns
from kernelagent.driver.stages.dispatch import SYNTHESIZER, KernelsSummary
from kernelagent.errors import Cancelled

NO_TIME = (
    "which of the verified files is the fastest: without a GPU no time was taken, and they were put in an order by "
    "what the compiler says of them"
)


def faster(problem: Problem, verification: Verification, author: Author, run: Run) -> Candidate | None:
    """A candidate that stands before the composed file, or ``None``. Leaves compose_out/optimize/.

    What ends the models (a limit, the budget, no better idea) ends the attempt and not the run.
    """
    with run.stage("compose", f"Asking {author.model.name} for a faster kernel") as report:
        kernel = run.folder.composed_kernel
        to_beat = Entrant(kernel, verification, standing_of(kernel, problem, verification, run))
        triton = run.pool.versions().get("triton", "")
        given = assignment("optimized", problem, run.folder.graph, arch=run.options.arch, triton=triton)
        given = replace(given, besides=told_to_beat(to_beat))
        try:
            winner = raced(
                given, author, run, turns(), run.cancel, run.folder.composed_kernel.parent / "optimize", to_beat
            )
        except (*ONE_WORKERS_OWN, Cancelled) as exc:
            run.cancel.raise_if_cancelled()
            report.message = f"The kernel stays: {exc.message}"
            return None
        if winner.kernel == kernel:
            before = "is faster" if to_beat.standing.is_time else "stands before it"
            report.message = f"The kernel stays: nothing verified {before} ({to_beat.standing.words})"
            return None
        before = "is faster" if to_beat.standing.is_time else "stands before it, by what the compiler says"
        report.message = f"{run.folder.relative(winner.kernel)} {before}"
        return winner


def credited(
    subgraphs: tuple[SubgraphResult, ...], winner: Candidate, author: Author, run: Run
) -> tuple[SubgraphResult, ...]:
    """``subgraphs``, and kernels_out/summary.json, as they are when the winner's one file does what all of them did."""
    done = tuple(replace(one, synthesizer=author.provider.name, status="verified") for one in subgraphs)
    kernel = run.folder.relative(winner.kernel)
    write_json(run.folder.kernels_summary, KernelsSummary(done, {one.id: kernel for one in done}))
    return done


def without_a_time(result: Result) -> Result:
    """Says so where models have raced for the fastest file, and no time was taken."""
    verification = result.verification
    by_model = any(one.synthesizer != SYNTHESIZER for one in result.subgraphs)
    if verification is None or verification.mode == "gpu" or not by_model:
        return result
    told = replace(verification, not_checked=(*verification.not_checked, NO_TIME))
    return replace(result, verification=told)
