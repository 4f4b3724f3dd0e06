"""``Route`` → ``Extraction``: the subgraphs as modules of their own, checked by execution against the original."""

from __future__ import annotations

from kernelagent.contract.codec import write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.run import Run
from kernelagent.driver.stages.route import Plan, cut


def extract(problem: Problem, plan: Plan, run: Run) -> Extraction:
    """Leaves orchestrator/fused.py and subgraphs.json. On the direct route the end-to-end verdict is the check."""
    with run.stage("extract", "Checking the subgraphs against the module") as report:
        extraction = plan.extraction if plan.route.kind == "direct" else cut(problem, run, check=True)
        write_json(run.folder.subgraphs, extraction)
        count = len(extraction.subgraphs)
        report.message = f"{count} subgraph{'s' * (count != 1)}. {extraction.checked}".rstrip()
        return extraction
