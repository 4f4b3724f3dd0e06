"""``Problem`` → ``Route``: one kernel for the whole module, or a graph cut into pieces, with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.contract.route import Route
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.whole_module import unseen
from kernelagent.driver.routing.advice import advised
from kernelagent.driver.routing.cache import RouterCache, key_of
from kernelagent.driver.routing.decision import Decision, decide
from kernelagent.driver.routing.facts import Facts, graph_facts, source_facts
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import runs_folder
from kernelagent.errors import UnsupportedDtype, UnsupportedOperator

_BEFORE = "as decided before for the same content"


@dataclass(frozen=True)
class Plan:
    """The route, the cut that it was decided on, and who writes kernels."""

    route: Route
    extraction: Extraction
    writer: Literal["builtin", "model", "pieces", "rewrite"] = "builtin"
    """The built-in synthesizer from the graph; a model for the whole module; both, for the pieces of one; the same
    after models have rewritten it as pieces."""
    author: Author | None = None
    """The language model, unless the built-in synthesizer writes everything."""
    key: str = ""
    """Of the decision in the router's cache; empty where none was made."""


def plan(problem: Problem, run: Run) -> Plan:
    """Cut the graph, without running anything, and decide. Leaves route.json.

    A model is asked when it was named, or where the built-in synthesizer refuses.
    """
    with run.stage("route", "Cutting the graph into subgraphs") as report:
        found = _first(problem, run)
        write_json(run.folder.route, found.route)
        report.message = f"{found.route.kind}: {found.route.reasons[0]}"
        return found


def fallback(problem: Problem, tried: Sequence[Plan], run: Run) -> Plan | None:
    """What is left to try after the plans ``tried`` have led to no verified kernel. Leaves route.json.

    ``None``: nothing, or ``--route`` or ``--no-fallback`` forbids it.
    """
    author = run.author
    if author is None or not run.options.fallback:
        return None
    last = tried[-1]
    if last.writer == "builtin" and run.options.route != "fuser":
        reason = "the built-in synthesizer's kernel was not verified"
        return _announced(run, author, lambda: _by_author(problem, run, author, reason))
    if run.options.route != "auto":
        return None
    kind: Literal["direct", "fuser"] = "fuser" if last.route.kind == "direct" else "direct"
    if any(one.author is not None and one.route.kind == kind for one in tried):
        return None
    decision = Decision(kind, (f"the route {last.route.kind} led to no verified kernel",))
    return _announced(run, author, lambda: replace(_planned(problem, run, author, decision, ""), key=last.key))


def remember(problem: Problem, found: Plan, tried: Sequence[Plan], run: Run) -> None:
    """Keep the decision that led to a verified kernel after others did not: it is tried first the next time."""
    if found.key and tried:
        told = f"it led to a verified kernel after {tried[-1].route.kind} had not"
        _cache(problem, run).keep(found.key, Decision(found.route.kind, (told,)))


def _announced(run: Run, author: Author, plan: Callable[[], Plan]) -> Plan | None:
    with run.stage("route", f"Handing the module on to {author.model.name}") as report:
        try:
            found = plan()
        except UnsupportedOperator as exc:
            report.message = f"There is no other route: {exc.message}"
            return None
        if found.writer == "pieces" and len(found.extraction.subgraphs) < 2 and run.options.route == "auto":
            report.message = "It is one piece: there is no other route"
            return None
        write_json(run.folder.route, found.route)
        report.message = f"{found.route.kind}: {found.route.reasons[0]}"
        return found


def _first(problem: Problem, run: Run) -> Plan:
    author = run.author
    if author is not None and problem.not_exported:
        return _by_author(problem, run, author, "")
    if author is not None and author.asked_for:
        return _by_author(problem, run, author, f"asked for with --provider {author.provider.name}")
    try:
        extraction = _cut(problem, run, "extract")
    except (UnsupportedOperator, UnsupportedDtype) as exc:
        if author is None:
            raise
        return _by_author(problem, run, author, f"the built-in synthesizer does not take it: {exc.message}")
    return Plan(by_fusion(extraction, run.options.route), extraction)


def _by_author(problem: Problem, run: Run, author: Author, reason: str) -> Plan:
    wanted = run.options.route
    if wanted != "auto":
        return _planned(problem, run, author, Decision(wanted, (f"asked for with --route {wanted}",)), reason)
    source = Path(problem.text_file or problem.file).read_text(encoding="utf-8")
    facts = Facts(
        source_facts(source, problem.class_name),
        None if problem.not_exported else graph_facts(run.folder.graph),
        problem.not_exported,
        refused=reason,
    )
    router = author.for_role("router")
    key = key_of(facts, problem, run.pool.versions(), f"{router.provider.name}/{router.model.name}")
    cache = _cache(problem, run)
    decision = cache.find(key) if author.memory == "none" else _decided_before(run)
    was_decided = decision is not None
    if decision is None:
        decision = decide(facts)
        if not decision.is_sure:
            decision = advised(facts, decision, source, router, run.folder.router, run.cancel)
        if decision.is_sure:  # without the advice that failed, this run alone goes that way
            cache.keep(key, decision)
    write_json(run.folder.decision, decision)
    if was_decided and _BEFORE not in decision.reasons:
        decision = replace(decision, reasons=(*decision.reasons, _BEFORE))
    try:
        found = _planned(problem, run, author, decision, reason)
    except UnsupportedOperator as exc:  # of sizes that no graph of a piece can hold
        whole = Decision("direct", (f"it can't be cut: {exc.message}", *decision.reasons))
        return replace(_planned(problem, run, author, whole, reason), key=key)
    if found.writer == "pieces" and len(found.extraction.subgraphs) < 2:
        one = Decision("direct", ("cut by its operators it stays one piece", *decision.reasons))
        found = _planned(problem, run, author, one, reason)
    return replace(found, key=key)


def _decided_before(run: Run) -> Decision | None:
    try:
        return read_json(run.folder.decision, Decision)
    except (OSError, ValueError):
        return None


def _planned(problem: Problem, run: Run, author: Author, decision: Decision, reason: str) -> Plan:
    route = Route(decision.kind, (*((reason,) if reason else ()), *decision.reasons))
    if decision.kind == "direct":
        extraction = Extraction((_whole(problem, run),), "problem.py", "")
        return Plan(route, extraction, "model", author)
    if problem.not_exported:
        return Plan(route, Extraction((), run.folder.relative(run.folder.fused), ""), "rewrite", author)
    return Plan(route, _cut(problem, run, "cut_by_operators"), "pieces", author)


def _whole(problem: Problem, run: Run) -> Subgraph:
    """All of the graph; of a module that does not export, what was seen of it from outside."""
    if problem.not_exported:
        return unseen(problem)
    return from_json(
        Subgraph, run.call("describe_whole", {"problem": to_json(problem), "graph": str(run.folder.graph)})
    )


def _cut(problem: Problem, run: Run, task: Literal["extract", "cut_by_operators"]) -> Extraction:
    args = {"problem": to_json(problem), "graph": str(run.folder.graph), "out_dir": str(run.folder.path)}
    return from_json(Extraction, run.call(task, args))


def _cache(problem: Problem, run: Run) -> RouterCache:
    if not run.options.router_cache:
        return RouterCache(None)
    try:
        return RouterCache(runs_folder(Path(problem.file)) / "router_cache.json")
    except OSError:
        return RouterCache(None)  # a project that may only be read


def by_fusion(extraction: Extraction, wanted: str) -> Route:
    """``direct`` for one subgraph of the built-in synthesizer's, ``fuser`` for more, or what ``--route`` says."""
    count = len(extraction.subgraphs)
    names = ", ".join(subgraph.id for subgraph in extraction.subgraphs)
    fact = (
        f"the whole graph is one subgraph ({names})"
        if count == 1
        else f"fusion by bytes moved leaves {count} subgraphs ({names})"
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
