"""Pieces that were cut by operators, chained again: as the module of ``fused.py``, and as a composed file's wrapper."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.module_forward import state_text
from kernelagent.worker.synth.compose.parameters import given_texts, structure_text, tensor_texts
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.fused_source import fused_file
from kernelagent.worker.synth.subgraphs import Piece


def chain_lines(
    graph: Graph,
    pieces: Sequence[Piece],
    texts: Mapping[str, str],
    call: Callable[[Piece, list[str]], str],
    reserved: Collection[str] = (),
) -> list[str]:
    """The statements that run ``pieces`` one after the other and return what ``graph`` returns.

    ``texts`` has the expression of each input of the graph; ``call`` says how a piece is called; what is ``reserved``
    is no name for a variable.
    """
    taken = {a.name for a in graph.forward} | {f.symbol for f in graph.free_sizes} | {*texts.values(), *reserved}
    names: dict[str, str] = {}
    labels = {n.name: n.label for n in graph.nodes if n.label}
    for piece in pieces:
        for output in piece.outputs:
            names[output] = free_name(labels.get(output) or output, taken)
            taken.add(names[output])
    lines = []
    for piece in pieces:
        passed = [
            names.get(piece.sources[g.name]) or texts[piece.sources[g.name]]
            for g in piece.graph.inputs
            if g.kind == "input"
        ]
        lines.append(f"{', '.join(names[o] for o in piece.outputs)} = {call(piece, passed)}")
    paths = {g.path: g.name for g in graph.inputs}
    for path, node in graph.mutations.items():
        lines.append(f"{texts[paths[path]]}.copy_({names.get(node) or texts[node]})")
    results = [names.get(name) or texts[name] for name in graph.outputs]
    return [*lines, f"return {structure_text(graph.output_structure, results)}"]


def fused_by_operators(graph: Graph, pieces: Sequence[Piece]) -> str:
    """``orchestrator/fused.py``: a module in ATen operators for each piece, and the one that chains them."""
    count = len(pieces)
    told = f"{graph.class_name} cut by its operators into {count} subgraph{'s' * (count != 1)}, in ATen operators."
    return fused_file(told, graph, pieces, _chained(graph, pieces))


def _chained(graph: Graph, pieces: Sequence[Piece]) -> list[str]:
    texts = tensor_texts(graph) | given_texts(graph, {})
    texts |= {
        given.name: state_text("self.original", given, graph.attributes)
        for given in graph.inputs
        if given.kind in ("parameter", "buffer")
    }
    arguments = ", ".join(
        {"var_positional": f"*{a.name}", "var_keyword": f"**{a.name}"}.get(
            a.kind, a.name if a.default is None else f"{a.name}={a.default}"
        )
        for a in graph.forward
    )
    tensors = [(texts[g.name], g.shape) for g in graph.inputs if g.name in texts and g.kind != "constant"]
    body = [
        *size_assignments(tensors)[0],
        *chain_lines(graph, pieces, texts, lambda piece, passed: f"self.{piece.id}({', '.join(passed)})"),
    ]
    return [
        f"class {graph.class_name.rpartition('.')[2]}Fused(nn.Module):",
        '    """The subgraphs chained: equal to the original, whose parameters it uses."""',
        "",
        "    def __init__(self, original):",
        "        super().__init__()",
        "        self.original = original",
        *(f"        self.{piece.id} = {piece.class_name}()" for piece in pieces),
        "",
        f"    def forward({', '.join(part for part in ('self', arguments) if part)}):",
        *(f"        {line}" for line in body),
    ]
