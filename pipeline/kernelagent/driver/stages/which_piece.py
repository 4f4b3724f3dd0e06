"""The verdict on the composed file → what is known of each subgraph that the built-in synthesizer wrote.

A file that is right as a whole is right in its pieces. Where it is not, each piece is judged by itself, so that the
result tells which of them is wrong.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.run import Run
from kernelagent.driver.stages.dispatch import KernelsSummary, Status, judge
from kernelagent.driver.time_limit import time_limit
from kernelagent.errors import Cancelled

LIMIT_S = 60.0
"""For judging the pieces of a file that is wrong; those that are not reached stay ``unverified``."""


def settled(
    extraction: Extraction, subgraphs: tuple[SubgraphResult, ...], verification: Verification, run: Run
) -> tuple[SubgraphResult, ...]:
    """``subgraphs`` with their statuses, which kernels_out/summary.json says then, too."""
    if verification.verdict == "pass":
        settled = tuple(replace(one, status="verified") for one in subgraphs)
    elif len(subgraphs) == 1:
        settled = (replace(subgraphs[0], status="failed"),)
    else:
        found = _judged_by_themselves(extraction, run)
        same = {one.id: one.same_as or one.id for one in extraction.subgraphs}
        settled = tuple(replace(one, status=found[same[one.id]]) for one in subgraphs)
    summary = read_json(run.folder.kernels_summary, KernelsSummary)
    write_json(run.folder.kernels_summary, replace(summary, subgraphs=settled))
    return settled


def _judged_by_themselves(extraction: Extraction, run: Run) -> dict[str, Status]:
    """Subgraph id → the status that its own verdict gives, of those that differ."""
    different = [one.id for one in extraction.subgraphs if one.same_as is None]
    message = f"Looking which of {len(different)} kernels is wrong"
    with run.stage("verify", message) as report, time_limit(LIMIT_S, run.cancel) as (token, _):
        with ThreadPoolExecutor(max(1, run.options.workers), thread_name_prefix="kernelagent-which") as threads:
            statuses = dict(zip(different, threads.map(lambda name: _status(name, run, token), different), strict=True))
        wrong = [name for name, status in statuses.items() if status == "failed"]
        unknown = sum(status == "unverified" for status in statuses.values())
        report.message = f"Wrong by itself: {', '.join(wrong)}" if wrong else "None is wrong by itself"
        if unknown:
            report.message += f"; {unknown} not judged within {LIMIT_S:g} s"
        return statuses


def _status(subgraph: str, run: Run, token: CancelToken) -> Status:
    try:
        token.raise_if_cancelled()
        return judge(subgraph, run, token)
    except Cancelled:
        run.cancel.raise_if_cancelled()
        return "unverified"
