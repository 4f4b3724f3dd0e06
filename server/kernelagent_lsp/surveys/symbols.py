"""The outline: modules with their subgraphs, and in kernel files kernels and what launches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent.contract.survey import operators_of
from kernelagent.driver.modules import Function, ModuleClass
from lsprotocol import types

from kernelagent_lsp.diagnostics.board import line_range
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.modules import Modules
from kernelagent_lsp.surveys.board import Placed, View
from kernelagent_lsp.surveys.wording import amount, counted, gain


@dataclass(frozen=True)
class Symbol:
    """Lines are 1-based."""

    name: str
    kind: types.SymbolKind
    detail: str
    first: int
    last: int
    named_at: int
    children: tuple[Symbol, ...] = ()


def symbols(modules: Modules, view: View) -> tuple[Symbol, ...]:
    """Needs the text alone for all but subgraphs."""
    found = [*_classes(modules, view), *map(_function, modules.functions)]
    return tuple(sorted(found, key=lambda symbol: symbol.first))


def _classes(modules: Modules, view: View, around: ModuleClass | None = None) -> Iterator[Symbol]:
    for module in (*modules.classes, *modules.replaced):
        inside = around is None or around.line <= module.line <= around.end_line
        if module.name.rpartition(".")[0] == ("" if around is None else around.name) and inside:
            yield _class(module, modules, view)


def _class(module: ModuleClass, modules: Modules, view: View) -> Symbol:
    placed = None if module.is_replaced else view.of(module.name)
    inner = tuple(_classes(modules, view, module))
    graphs = () if placed is None else tuple(_subgraphs(placed, module))
    detail = "defined again below" if module.is_replaced else "" if placed is None else gain(placed.survey)
    name = module.name.rpartition(".")[2]
    kind = types.SymbolKind.Class
    return Symbol(name, kind, detail, module.line, module.end_line, module.line, (*inner, *graphs))


def _subgraphs(placed: Placed, module: ModuleClass) -> Iterator[Symbol]:
    """Where their lines lie in the class; at the class where they are another's."""
    for graph in placed.survey.subgraphs:
        lines = [line for line in placed.lines_of(graph.lines) if module.line <= line <= module.end_line]
        first, last = (min(lines), max(lines)) if lines else (module.line, module.line)
        operators = len(operators_of(graph))
        how = "not fused" if graph.refused else amount(graph.cost.bytes, "B")
        detail = f"{graph.family} · {counted(operators, 'op')} · {how}"
        yield Symbol(graph.id, types.SymbolKind.Module, detail, first, last, first)


def _function(function: Function) -> Symbol:
    detail = "Triton kernel" if function.is_kernel else f"launches {', '.join(function.launches)}"
    kind = types.SymbolKind.Function
    return Symbol(function.name, kind, detail, function.line, function.end_line, function.name_line)


def as_tree(symbol: Symbol, document: Document) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        name=symbol.name,
        kind=symbol.kind,
        detail=symbol.detail or None,
        range=_range(symbol, document),
        selection_range=line_range(document, symbol.named_at - 1),
        children=[as_tree(child, document) for child in symbol.children] or None,
    )


def as_list(symbol: Symbol, document: Document, container: str | None = None) -> Iterator[types.SymbolInformation]:
    yield types.SymbolInformation(
        name=symbol.name,
        kind=symbol.kind,
        location=types.Location(uri=document.uri, range=_range(symbol, document)),
        container_name=container,
    )
    for child in symbol.children:
        yield from as_list(child, document, symbol.name)


def _range(symbol: Symbol, document: Document) -> types.Range:
    return types.Range(
        start=line_range(document, symbol.first - 1).start, end=line_range(document, symbol.last - 1).end
    )
