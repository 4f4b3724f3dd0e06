"""What is shown of a class, and of a line that a class runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kernelagent.contract.subgraph import Subgraph
from kernelagent.contract.survey import ClassSurvey, eager_bytes
from kernelagent.errors import sentences

from kernelagent_lsp.diagnostics.wording import for_editor
from kernelagent_lsp.surveys.board import Placed, Row
from kernelagent_lsp.surveys.roofline import Roofline
from kernelagent_lsp.surveys.table import Table
from kernelagent_lsp.surveys.wording import (
    amount,
    counted,
    escaped,
    gain,
    less,
    lines_of,
    operator_names,
    result,
    spoken,
    tensor_of,
)

MOST_ROWS = 12
MOST_CLASSES = 3
"""That run one line."""


def of_class(placed: Placed, roofline: Roofline, *, markdown: bool) -> str:
    survey = placed.survey
    parts = [_title(survey, gain(survey), markdown)]
    if survey.inputs or survey.outputs:
        given = ", ".join(f"{spec.name}: {tensor_of(spec)}" for spec in survey.inputs) or "no tensors"
        made = ", ".join(tensor_of(spec) for spec in survey.outputs)
        parts.append(_code(f"({given}) → {made}", markdown))
    if survey.error is not None:
        told = sentences(for_editor(survey.error.message), for_editor(survey.error.hint))
        parts.append(f"{survey.error.code}: {escaped(told) if markdown else told}")
    if survey.subgraphs:
        parts.append(_subgraphs(survey, roofline).text(markdown=markdown))
        parts.append(_basis(roofline, markdown))
    return "\n\n".join(parts)


def of_line(rows: Sequence[Row], roofline: Roofline, *, markdown: bool) -> str:
    parts = []
    for row in rows[:MOST_CLASSES]:
        if len(rows) > 1:
            parts.append(f"**{row.placed.survey.class_name}**" if markdown else row.placed.survey.class_name)
        table = _operators(row)
        if table.rows:
            parts.append(table.text(markdown=markdown))
        parts += [_subgraph(row.placed, graph, roofline, markdown) for graph in _different(row)]
    return "\n\n".join([*parts, _basis(roofline, markdown)])


def _title(survey: ClassSurvey, told: str, markdown: bool) -> str:
    name = f"**{survey.class_name}**" if markdown else survey.class_name
    return f"{name} · {told}" if told else name


def _code(text: str, markdown: bool) -> str:
    return f"`{_bare(text)}`" if markdown else text


def _bare(text: str) -> str:
    return text.replace("`", "'")


def _subgraphs(survey: ClassSurvey, roofline: Roofline) -> Table:
    groups: dict[str, list[Subgraph]] = {}
    for graph in survey.subgraphs:
        groups.setdefault(graph.same_as or graph.id, []).append(graph)
    shown = list(groups.values())[:MOST_ROWS]
    rows = [_subgraph_row(group, roofline) for group in shown]
    if len(groups) > len(shown):
        rows.append((f"… {len(groups) - len(shown)} more", "", "", "", "", ""))
    if len(survey.subgraphs) > 1:
        eager = amount(survey.eager_bytes, "B") if survey.is_comparable else ""
        total = (eager, amount(survey.bytes, "B"), amount(survey.flops, ""), roofline.total(survey.subgraphs))
        rows.append(("**all**", "", *total))
    at_best = f">at best on {roofline.device}" if roofline.device else ">at best"
    return Table(("subgraph", "operators", ">eager", ">fused", ">FLOP", at_best), tuple(rows))


def _subgraph_row(group: Sequence[Subgraph], roofline: Roofline) -> tuple[str, ...]:
    graph, times = group[0], f" ×{len(group)}" if len(group) > 1 else ""
    eager = eager_bytes(graph)
    fused = "not fused" if graph.refused else amount(graph.cost.bytes, "B")
    flops = amount(graph.cost.flops, "") if graph.cost.flops else ""
    moved = amount(eager, "B") if eager else ""
    return f"`{_bare(graph.id)}`{times}", operator_names(graph), moved, fused, flops, roofline.told(graph)


def _operators(row: Row) -> Table:
    """Equal ones, of layers that are built alike, are one row."""
    counts: Counter[tuple[str, ...]] = Counter()
    values: dict[tuple[str, ...], str] = {}
    graphs: dict[tuple[str, ...], dict[str, None]] = {}
    for node in row.nodes:
        if node.gives is None:
            continue  # a part of an operator, which stands at another of its nodes
        moved = amount(node.bytes, "B") if node.bytes else "view"
        flops = amount(node.flops, "") if node.flops else ""
        key = (spoken(node.called), tensor_of(node.gives), moved, flops)
        counts[key] += 1
        values[key] = max(values.get(key, ""), result(node.gives), key=len)
        graphs.setdefault(key, {}).update(dict.fromkeys(one.id for one in row.placed.survey.subgraphs_of(node)))
    rows = [
        (f"`{key[0]}`" + (f" ×{count}" if count > 1 else ""), f"`{_bare(values[key])}`", *key[2:], _listed(graphs[key]))
        for key, count in counts.items()
    ]
    shown = rows[:MOST_ROWS]
    if len(rows) > MOST_ROWS:
        shown.append((f"… {len(rows) - MOST_ROWS} more", "", "", "", ""))
    return Table(("operator", "result", ">eager reads + writes", ">FLOP", "subgraph"), tuple(shown))


def _listed(names: dict[str, None]) -> str:
    first = [f"`{_bare(name)}`" for name in list(names)[:2]]
    return ", ".join(first) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


def _different(row: Row) -> list[Subgraph]:
    found: dict[str, Subgraph] = {}
    for node in row.nodes:
        for graph in row.placed.survey.subgraphs_of(node):
            found.setdefault(graph.same_as or graph.id, graph)
    return list(found.values())[:MOST_CLASSES]


def _subgraph(placed: Placed, graph: Subgraph, roofline: Roofline, markdown: bool) -> str:
    name = _code(graph.id, markdown)
    if graph.refused:
        told = for_editor(graph.refused)
        return f"{name}: not fused. {escaped(told) if markdown else told}"
    eager = eager_bytes(graph)
    where = lines_of(placed.lines_of(graph.lines))
    operators = operator_names(graph) or graph.family
    told = f"{name}: {operators}" + (f" ({where})" if where else "")
    saved = less(eager, graph.cost.bytes)
    before = f"{amount(eager, 'B')} → " if eager else ""
    figures = [f"{before}{amount(graph.cost.bytes, 'B')}" + (f", {saved}" if saved else "")]
    if graph.launches > 1:
        figures.insert(0, counted(graph.launches, "kernel"))
    if graph.cost.flops:
        figures.append(amount(graph.cost.flops, "FLOP"))
    if estimated := roofline.told(graph):
        figures.append(f"at best {estimated}-bound")
    return f"{told} · {' · '.join(figures)}"


def _basis(roofline: Roofline, markdown: bool) -> str:
    told = f"At the example's sizes; eager: each operator a kernel of its own. Roofline: {roofline.basis}."
    return f"*{told}*" if markdown else told
