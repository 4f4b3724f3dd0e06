"""``Route`` → ``Extraction``: the subgraphs as modules of their own, checked by execution against the original."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.codec import read_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.rewriting.orchestrator import rewrite
from kernelagent.driver.rewriting.trial import cases_of
from kernelagent.driver.run import Run
from kernelagent.driver.stages.route import Plan


def extract(problem: Problem, plan: Plan, run: Run) -> Extraction:
    """Leaves subgraphs.json. On the direct route the end-to-end verdict is the check; a module that does not export is
    rewritten by models."""
    words = "Rewriting the module" if plan.writer == "rewrite" else "Checking the subgraphs against the module"
    with run.stage("extract", words) as report:
        extraction = plan.extraction
        if plan.writer == "rewrite":
            assert plan.author is not None
            try:
                extraction = rewrite(problem, plan.author.for_role("extract"), cases_of(run), run)
            finally:
                shutil.rmtree(run.folder.cases, ignore_errors=True)  # made again by a run that goes on
        elif plan.route.kind == "fuser":
            extraction = replace(extraction, checked=_run_beside(problem, extraction, run))
        write_json(run.folder.subgraphs, extraction)
        count = len(extraction.subgraphs)
        report.message = f"{count} subgraph{'s' * (count != 1)}. {extraction.checked}".rstrip()
        return extraction


def _run_beside(problem: Problem, extraction: Extraction, run: Run) -> str:
    """What came of it, in a sentence. The pieces' examples are then like what they were called with."""
    different = [one.id for one in extraction.subgraphs if one.same_as is None]
    parts = {name: read_json(run.folder.subgraph_problem(name), Problem) for name in different}
    args = {"fused": str(run.folder.fused), "parts": {name: to_json(part) for name, part in parts.items()}}
    with tempfile.TemporaryDirectory(dir=run.folder.path, prefix="check-") as scratch:
        found = run.call_with_module("check_fused", problem, args, Path(scratch))
    for name, part in parts.items():
        example = replace(part.example, inputs=str(found["calls"][name]))
        write_json(run.folder.subgraph_problem(name), replace(part, example=example))
    return str(found["checked"])
