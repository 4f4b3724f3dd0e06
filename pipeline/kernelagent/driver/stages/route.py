"""``Problem`` → ``Route``: one kernel for the whole module, or a graph cut into pieces, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.contract.codec import from_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.route import Route
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.run import Run


@dataclass(frozen=True)
class Plan:
    """The route, and the cut that it was decided on."""

    route: Route
    extraction: Extraction


def plan(problem: Problem, run: Run) -> Plan:
    """Cut the graph, without running anything, and decide. Leaves route.json."""
    with run.stage("route", "Cutting the graph into subgraphs") as report:
        extraction = cut(problem, run, check=False)
        route = decide(extraction, run.options.route)
        write_json(run.folder.route, route)
        report.message = f"{route.kind}: {route.reasons[0]}"
        return Plan(route, extraction)


def cut(problem: Problem, run: Run, *, check: bool) -> Extraction:
    """The worker's ``extract``; ``check`` runs the pieces against the original."""
    value = run.call(
        "extract",
        {
            "problem": to_json(problem),
            "graph": str(run.folder.graph),
            "out_dir": str(run.folder.path),
            "check": check,
        },
    )
    return from_json(Extraction, value)


def decide(extraction: Extraction, wanted: str) -> Route:
    """``direct`` for one subgraph, ``fuser`` for more, or what ``--route`` says."""
    count = len(extraction.subgraphs)
    names = ", ".join(subgraph.id for subgraph in extraction.subgraphs)
    fact = (
        f"everything fuses into one kernel ({names})"
        if count == 1
        else f"fusion by bytes moved leaves {count} kernels ({names})"
    )
    if wanted == "direct":
        return Route("direct", ("asked for with --route direct", fact))
    if wanted == "fuser":
        return Route("fuser", ("asked for with --route fuser", fact))
    repeated = sum(subgraph.same_as is not None for subgraph in extraction.subgraphs)
    reasons = [fact]
    if repeated:
        reasons.append(f"{repeated} of them equal an earlier one and share its kernel")
    return Route("direct" if count == 1 else "fuser", tuple(reasons))
