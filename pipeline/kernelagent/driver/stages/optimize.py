"""A verified file of the built-in synthesizer → a faster one by a model, where there is one."""

from __future__ import annotations

from dataclasses import replace

from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.race import ONE_WORKERS_OWN
from kernelagent.driver.agents.standing import Entrant, told_to_beat
from kernelagent.driver.agents.worker import Candidate
from kernelagent.driver.run import Run
from kernelagent.driver.stages.agents import raced, standing_of, turns
from kernelagent.errors import Cancelled


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
            report.message = f"The kernel stays: nothing verified is faster ({to_beat.standing.words})"
            return None
        report.message = f"{run.folder.relative(winner.kernel)} is faster"
        return winner
