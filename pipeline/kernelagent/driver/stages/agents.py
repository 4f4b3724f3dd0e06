"""``Extraction`` of one piece → a kernel file that a language model wrote and the judge verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import write_json
from kernelagent.contract.events import CandidateJudged, StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.race import race
from kernelagent.driver.agents.worker import Candidate, Judge, Verdicts, Worker
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run import Run
from kernelagent.driver.stages.dispatch import KernelsSummary, summarize
from kernelagent.driver.verification import Profile, verify


def agents(problem: Problem, extraction: Extraction, author: Author, run: Run) -> tuple[SubgraphResult, Candidate]:
    """Let ``--workers`` agents race for the one subgraph. Leaves kernels_out/: every prompt, reply and verdict.

    Returns its result and the winner. Raises ``NoVerifiedKernel`` and the provider's errors.
    """
    (subgraph,) = extraction.subgraphs
    name, options = author.provider.name, run.options
    with run.stage("dispatch", f"Asking {author.model.name} for a kernel") as report:
        versions = run.pool.versions()
        given = assignment(subgraph.id, problem, run.folder.graph, arch=options.arch, triton=versions.get("triton", ""))
        verdicts = Verdicts()
        workers = [
            Worker(
                number,
                given,
                author,
                _judge(problem, f"{name}/worker_{number + 1}", subgraph.id, run) if options.verify else None,
                run.folder.candidate(subgraph.id, f"{name}/worker_{number + 1}").parent,
                verdicts,
                lambda message: run.emit(StageProgress("dispatch", f"{subgraph.id}: {message}", 0, 0)),
            )
            for number in range(options.workers)
        ]
        winner = race(workers, options.max_iters, run.cancel)
        result = replace(
            summarize(subgraph, "verified" if winner.verification is not None else "unverified"), synthesizer=name
        )
        kernels = {subgraph.id: run.folder.relative(winner.kernel)}
        write_json(run.folder.kernels_summary, KernelsSummary((result,), kernels))
        report.message = f"{kernels[subgraph.id]}, for {author.account.cost.usd:.4f} USD"
        return result, winner


def _judge(problem: Problem, synthesizer: str, subgraph: str, run: Run) -> Judge:
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

        verification = once("quick")
        if verification.verdict == "pass":
            verification = once("full")
        run.emit(CandidateJudged(subgraph, synthesizer, verification.verdict, verification.summary))
        return verification

    return judge
