"""``Problem`` → ``Route``: one kernel for the whole module, or a graph cut into pieces, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.contract.codec import from_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.route import Route
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.whole_module import whole
from kernelagent.driver.run import Run
from kernelagent.errors import BadOption, UnsupportedDtype, UnsupportedOperator


@dataclass(frozen=True)
class Plan:
    """The route, and the cut that it was decided on."""

    route: Route
    extraction: Extraction
    author: Author | None = None
    """The language model that writes the kernel; ``None``: the built-in synthesizer does."""


def plan(problem: Problem, run: Run) -> Plan:
    """Cut the graph, without running anything, and decide. Leaves route.json.

    A model is given the whole module: when it was asked for by name, or where the built-in synthesizer refuses.
    """
    with run.stage("route", "Cutting the graph into subgraphs") as report:
        found = _decided(problem, run)
        write_json(run.folder.route, found.route)
        report.message = f"{found.route.kind}: {found.route.reasons[0]}"
        return found


def hand_on(problem: Problem, run: Run, author: Author) -> Plan | None:
    """The other route, after the judge has not accepted what the built-in synthesizer wrote. Leaves route.json.

    ``None`` when ``--route fuser`` forbids it.
    """
    if run.options.route == "fuser":
        return None
    with run.stage("route", f"Handing the module on to {author.model.name}") as report:
        found = _by_model(problem, run, author, "the built-in synthesizer's kernel was not verified")
        write_json(run.folder.route, found.route)
        report.message = f"{found.route.kind}: {found.route.reasons[0]}"
        return found


def _decided(problem: Problem, run: Run) -> Plan:
    author = run.author
    if author is not None and author.asked_for:
        return _by_model(problem, run, author, f"asked for with --provider {author.provider.name}")
    try:
        extraction = _cut(problem, run)
    except (UnsupportedOperator, UnsupportedDtype) as exc:
        if author is None:
            raise
        return _by_model(problem, run, author, f"the built-in synthesizer does not take it: {exc.message}")
    return Plan(decide(extraction, run.options.route), extraction)


def _by_model(problem: Problem, run: Run, author: Author, reason: str) -> Plan:
    if run.options.route == "fuser":
        raise BadOption(
            f"--route fuser is the built-in synthesizer's; {author.provider.name} is given the whole module.",
            hint="Leave --route out, or use --provider builtin.",
        )
    return Plan(Route("direct", (reason,)), Extraction((whole(problem, run.folder.graph),), "problem.py", ""), author)


def _cut(problem: Problem, run: Run) -> Extraction:
    args = {"problem": to_json(problem), "graph": str(run.folder.graph), "out_dir": str(run.folder.path)}
    return from_json(Extraction, run.call("extract", args))


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
