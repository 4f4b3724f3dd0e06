"""``kernelagent inspect TARGET``: graph, subgraphs, bytes, FLOPs and a roofline estimate. Generates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import json_option, module_options, resolve
from kernelagent.contract.problem import Problem
from kernelagent.contract.route import Route
from kernelagent.contract.subgraph import Subgraph
from kernelagent.driver import standalone
from kernelagent.driver.devices import DEVICES, Estimate, estimate
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.stages.load import describe
from kernelagent.driver.stages.route import by_fusion
from kernelagent.driver.target import parse_target


@dataclass(frozen=True)
class InspectedSubgraph:
    subgraph: Subgraph
    roofline: tuple[Estimate, ...]


@dataclass(frozen=True)
class Inspected:
    """What ``inspect --json`` prints."""

    target: str
    problem: Problem
    route: Route
    subgraphs: tuple[InspectedSubgraph, ...]
    passes: dict[str, str]


@click.command(epilog="Example:  kernelagent inspect model.py::Block --arch sm_90 --arch gfx942")
@click.argument("target", metavar="FILE.py[::CLASS]")
@click.option("--passes", is_flag=True, help="Also print the graph after each pass of the synthesizer.")
@module_options
@json_option
def command(target: str, passes: bool, as_json: bool, **given: Any) -> int:
    """Show a module's graph, how it would be cut, and how fast each piece could be.

    Captures the module and runs the partitioner; no kernel is written and nothing is left on disk.
    """
    options = resolve(given)
    parsed = parse_target(target)
    with cancelled_by_signals() as cancel, standalone.worker_pool(parsed.file, options) as pool:
        found = standalone.inspect(parsed, options, pool=pool, cancel=cancel, passes=passes)
    subgraphs = tuple(
        InspectedSubgraph(
            subgraph, tuple(e for e in (estimate(subgraph, arch) for arch in options.arch) if e is not None)
        )
        for subgraph in found.extraction.subgraphs
    )
    inspected = Inspected(
        target, found.problem, by_fusion(found.extraction, "auto"), subgraphs, found.extraction.passes
    )
    if as_json:
        print_json(inspected)
    else:
        _print(inspected, options.arch)
    return 0


def _print(inspected: Inspected, archs: tuple[str, ...]) -> None:
    from rich.table import Table

    from kernelagent.cli.report import report_console

    console = report_console()
    problem, route = inspected.problem, inspected.route
    console.print(f"{problem.class_name} in {problem.file}, line {problem.line}", style="bold", soft_wrap=True)
    for title, specs in (("inputs", problem.inputs), ("outputs", problem.outputs), ("state", problem.state)):
        console.print(f"  {title:8}{', '.join(describe(spec) for spec in specs) or 'none'}", soft_wrap=True)
    free = ", ".join(f"{size.symbol} = {size.example} ({size.where or 'free'})" for size in problem.free_sizes)
    console.print(f"  {'free':8}{free or 'none: every size is fixed'}", soft_wrap=True)
    console.print(f"  {'inputs from':12}{problem.example.origin}: {problem.example.inputs}", soft_wrap=True)
    console.print(f"\nroute {route.kind}: {'; '.join(route.reasons)}", soft_wrap=True)
    for piece in inspected.subgraphs:
        _print_subgraph(console, piece.subgraph)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("subgraph", "family"):
        table.add_column(heading)
    for heading in ("bytes", "FLOPs", "eager bytes", *(f"{arch} at best" for arch in archs)):
        table.add_column(heading, justify="right")
    for piece in inspected.subgraphs:
        cost, by_arch = piece.subgraph.cost, {e.arch: e for e in piece.roofline}
        figures = [_time(by_arch[arch]) if arch in by_arch else "no figures" for arch in archs]
        table.add_row(
            piece.subgraph.id,
            piece.subgraph.family,
            f"{cost.bytes:,}",
            f"{cost.flops:,}",
            f"{cost.eager_bytes:,}",
            *figures,
        )
    console.print()
    console.print(table)
    for arch in archs:
        if arch in DEVICES:
            console.print(f"{arch}: {DEVICES[arch].name}; {DEVICES[arch].source}", style="dim", soft_wrap=True)
    for name, text in inspected.passes.items():
        console.print(f"\n--- {name} ---", style="bold")
        console.print(text, soft_wrap=True)


def _print_subgraph(console: Any, subgraph: Subgraph) -> None:
    from rich.table import Table

    same = f", the same as {subgraph.same_as}" if subgraph.same_as else ""
    console.print(f"\n{subgraph.id} ({subgraph.family}{same})", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(justify="right", style="dim")
    table.add_column(style="dim", overflow="ellipsis", no_wrap=True)
    for node in subgraph.nodes:
        line = "" if node.line is None else f"line {node.line}"
        table.add_row(node.name, node.op, f"{node.dtype}[{', '.join(node.shape)}]", line, node.source)
    console.print(table)


def _time(figure: Estimate) -> str:
    gain = figure.eager_seconds / figure.seconds if figure.seconds else 1.0
    return f"{figure.seconds * 1e6:.3g} µs, {figure.bound}-bound, {gain:.1f}x eager's"
