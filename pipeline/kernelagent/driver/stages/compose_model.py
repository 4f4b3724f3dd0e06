"""Verified kernels of a module that models rewrote → one file, put together by a model and judged as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import read_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.fences import fenced
from kernelagent.driver.agents.worker import Candidate
from kernelagent.driver.run import Run
from kernelagent.driver.stages.agents import raced, turns
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.static.kernel_file import without_self_check

LONGEST_KERNELS = 120_000
"""Characters of kernels in a prompt."""


def composed_by_model(problem: Problem, extraction: Extraction, author: Author, run: Run) -> Candidate:
    """Ask for one program from the pieces' kernels, and again with the judge's findings. Leaves compose_out/workers/.

    Raises ``NoVerifiedKernel`` and the provider's errors.
    """
    with run.stage("compose", f"Asking {author.model.name} for one program") as report:
        triton = run.pool.versions().get("triton", "")
        given = assignment("composed", problem, run.folder.graph, arch=run.options.arch, triton=triton)
        given = replace(given, besides=_pieces_told(extraction, run))
        folder = run.folder.composed_kernel.parent / "workers"
        winner = raced(given, author, run, turns(), run.cancel, folder)
        report.message = run.folder.relative(winner.kernel)
        return winner


def _pieces_told(extraction: Extraction, run: Run) -> str:
    kernels = read_json(run.folder.kernels_summary, KernelsSummary).kernels
    parts = [
        "This program in PyTorch was run beside the module, and equals it:",
        fenced(run.folder.fused.read_text(encoding="utf-8")),
        "Each of its pieces has a kernel that the judge has verified. Put them together into one program that reads "
        "as one: every helper once, nothing that is not used, names from the module. Change a kernel only where it "
        "has to be.",
    ]
    left = LONGEST_KERNELS
    for subgraph in extraction.subgraphs:
        if subgraph.same_as is not None:
            parts.append(f"{subgraph.id}: the same as {subgraph.same_as}")
            continue
        code = without_self_check((run.folder.path / Path(kernels[subgraph.id])).read_text(encoding="utf-8"))
        left -= len(code)
        parts.append(f"{subgraph.id}:\n{fenced(code)}" if left > 0 else f"{subgraph.id}: (left out)")
    return "\n".join(parts)
