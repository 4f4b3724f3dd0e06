"""``Extraction`` → a verified kernel for each subgraph. Subgraphs with equal content share one."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.events import CandidateJudged, StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run import Run
from kernelagent.driver.stages.load import describe
from kernelagent.driver.verification import verify
from kernelagent.errors import Cancelled

SYNTHESIZER = "builtin"

Status = Literal["verified", "failed", "cancelled", "unverified"]
_UNVERIFIED: Status = "unverified"


@dataclass(frozen=True)
class KernelsSummary:
    """``kernels_out/summary.json``."""

    subgraphs: tuple[SubgraphResult, ...]
    kernels: dict[str, str]
    """Subgraph id → its kernel, relative to the run directory."""


def dispatch(extraction: Extraction, run: Run) -> tuple[SubgraphResult, ...]:
    """Write a kernel for each subgraph, several at a time. Leaves kernels_out/.

    Nothing races the built-in synthesizer here, so the verdict on the composed file, which takes all of them through
    all cases, serves (:mod:`.which_piece`). Where the run ends with this stage they are judged by themselves. That of a
    subgraph which is the whole graph is left to the next stage, which writes it anyway.
    """
    different = [subgraph for subgraph in extraction.subgraphs if subgraph.same_as is None]
    ends_here = run.options.until == "dispatch"
    judged = ends_here and run.options.verify
    is_whole = len(extraction.subgraphs) == 1 and not ends_here and run.options.compute == "triton"
    with run.stage("dispatch", f"Writing kernels for {len(different)} subgraph{'s' * (len(different) != 1)}") as report:
        statuses = {different[0].id: _UNVERIFIED} if is_whole else _in_parallel(different, judged, run)
        results = tuple(
            summarize(subgraph, statuses[subgraph.same_as or subgraph.id]) for subgraph in extraction.subgraphs
        )
        kernels = {
            s.id: run.folder.relative(run.folder.candidate(s.same_as or s.id, SYNTHESIZER))
            for s in extraction.subgraphs
        }
        write_json(run.folder.kernels_summary, KernelsSummary(results, kernels))
        passed = sum(status == "verified" for status in statuses.values())
        if is_whole:
            report.message = "The subgraph is the whole graph: its kernel is the composed file"
        elif judged:
            report.message = f"{passed} of {len(different)} kernels verified"
        else:
            report.message = f"{len(different)} kernel{'s' * (len(different) != 1)} written"
        return results


def summarize(subgraph: Subgraph, status: Status, synthesizer: str = SYNTHESIZER) -> SubgraphResult:
    return SubgraphResult(
        id=subgraph.id,
        ops=tuple(node.op for node in subgraph.nodes if node.op != "getitem"),
        inputs=tuple(describe(spec) for spec in subgraph.inputs),
        outputs=tuple(describe(spec) for spec in subgraph.outputs),
        synthesizer=synthesizer,
        status=status,
    )


def _in_parallel(subgraphs: list[Subgraph], judged: bool, run: Run) -> dict[str, Status]:
    workers = max(1, run.options.workers)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="kernelagent-dispatch") as pool:
        futures = {subgraph.id: pool.submit(built_in, subgraph, judged, run, run.cancel) for subgraph in subgraphs}
        try:
            done, _ = wait(futures.values(), return_when=FIRST_EXCEPTION)
            errors = [error for future in done if (error := future.exception()) is not None]
            if errors:  # the first cause, not the cancelling of the others that it led to
                raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])
        except BaseException:
            run.cancel.cancel()  # or leaving the block would wait for what is still running
            raise
        return {name: future.result() for name, future in futures.items()}


def built_in(subgraph: Subgraph, judged: bool, run: Run, cancel: CancelToken) -> Status:
    """The built-in synthesizer's kernel for one subgraph, and its verdict where it is ``judged``."""
    kernel = run.folder.candidate(subgraph.id, SYNTHESIZER)
    kernel.parent.mkdir(parents=True, exist_ok=True)
    run.emit(StageProgress("dispatch", f"{subgraph.id}: writing the kernel", 0, 0))
    run.call(
        "synthesize",
        {
            "problem": str(run.folder.subgraph_problem(subgraph.id)),
            "graph": str(run.folder.subgraph_graph(subgraph.id)),
            "arch": list(run.options.arch),
            "fp32": run.options.fp32,
            "allow_tf32": run.options.allow_tf32,
            "out": str(kernel),
        },
    )
    return judge(subgraph.id, run, cancel) if judged else "unverified"


def judge(subgraph: str, run: Run, cancel: CancelToken) -> Status:
    """What the example alone tells of the built-in synthesizer's kernel for one subgraph. Leaves verdict.json."""
    kernel = run.folder.candidate(subgraph, SYNTHESIZER)
    verification = verify(
        kernel,
        read_json(run.folder.subgraph_problem(subgraph), Problem),
        run.options,
        pool=run.pool,
        work_dir=kernel.parent / "judge",
        on_event=run.emit,
        cancel=cancel,
        profile="quick",
    )
    write_json(kernel.parent / "verdict.json", verification)
    run.emit(CandidateJudged(subgraph, SYNTHESIZER, verification.verdict, verification.summary))
    return "verified" if verification.verdict == "pass" else "failed"
