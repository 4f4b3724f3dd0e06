"""``orchestrator/fused.py``: each subgraph as a module in ATen operators, and the module that chains them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kernelagent.contract.result_structure import IMPORT, definition_lines, named_classes
from kernelagent.worker.capture.graph import Graph, GraphInput
from kernelagent.worker.synth.compose.module_forward import state_text
from kernelagent.worker.synth.compose.parameters import constant_name, given_texts, structure_text, tensor_texts
from kernelagent.worker.synth.compose.reference import argument_text, node_lines
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.ir import Buffer
from kernelagent.worker.synth.subgraphs import Piece
from kernelagent.worker.synth.synthesize import Result, Synthesis


def fused_source(synthesis: Synthesis, pieces: Sequence[Piece]) -> str:
    told = f"{synthesis.graph.class_name} cut into {len(pieces)} subgraph{'s' * (len(pieces) != 1)}, in ATen operators."
    return fused_file(told, synthesis.graph, pieces, _chain(synthesis, pieces))


def fused_file(told: str, graph: Graph, pieces: Sequence[Piece], chain: Sequence[str]) -> str:
    """The whole file: what it is, a module for each piece, and ``chain``, the lines of the module that chains them."""
    constants = [
        f"{constant_name(g)} = torch.tensor({argument_text(g.value, {})}, dtype=torch.{g.dtype})"
        for piece in pieces
        for g in piece.graph.inputs
        if g.kind == "constant"
    ]
    parts = ["\n".join(dict.fromkeys(constants))] if constants else []
    parts += ["\n".join(module_lines(p.graph)) for p in pieces]
    named = definition_lines(graph.output_structure)
    parts += ["\n".join(named)] if named else []
    parts.append("\n".join(chain))
    used = ["import math"] if re.search(r"\bmath\.", "\n".join(parts)) else []
    used += [IMPORT] if named else []
    used += [""] if used else []
    parts.insert(0, "\n".join([f'"""{told}"""', "", *used, "import torch", "from torch import nn"]))
    return "\n\n\n".join(parts) + "\n"


def module_lines(graph: Graph) -> list[str]:
    texts = {g.name: g.name for g in graph.inputs} | {n.name: n.name for n in graph.nodes}
    inputs = [g for g in graph.inputs if g.kind == "input"]
    lines = sorted({f"line {n.line}: {n.source}" for n in graph.nodes if n.line})
    out = [f"class {graph.class_name}(nn.Module):"]
    if lines:
        out += ['    """' + _escaped(lines[0]), *("    " + _escaped(line) for line in lines[1:]), '    """', ""]
    out.append(f"    def forward({', '.join(['self', *(g.name for g in inputs)])}):")
    body = node_lines(graph.nodes, texts)
    first = inputs[0].name if inputs else None
    out += [f"        {line}" for line in _size_lines(graph, inputs, "\n".join(body))]
    if first is not None and any("device=device" in line for line in body):
        out.append(f"        device = {first}.device")
    out += [f"        {g.name} = {constant_name(g)}" for g in graph.inputs if g.kind == "constant"]
    out += [f"        {line}" for line in body]
    out.append(f"        return {structure_text(graph.output_structure, list(graph.outputs))}")
    return out


def _size_lines(graph: Graph, inputs: Sequence[GraphInput], text: str) -> list[str]:
    if not any(re.search(rf"\b{f.symbol}\b", text) for f in graph.free_sizes):
        return []
    return size_assignments([(g.name, g.shape) for g in inputs])[0]


def _chain(synthesis: Synthesis, pieces: Sequence[Piece]) -> list[str]:
    graph = synthesis.graph
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
    out = [
        f"class {graph.class_name.rpartition('.')[2]}Fused(nn.Module):",
        '    """The subgraphs chained: equal to the original, whose parameters it uses."""',
        "",
        "    def __init__(self, original):",
        "        super().__init__()",
        "        self.original = original",
        *(f"        self.{p.id} = {p.class_name}()" for p in pieces),
        "",
        f"    def forward({', '.join(part for part in ('self', arguments) if part)}):",
    ]
    tensors = [(texts[g.name], g.shape) for g in graph.inputs if g.name in texts and g.kind != "constant"]
    out += [f"        {line}" for line in size_assignments(tensors)[0]]
    taken = {a.name for a in graph.forward} | {f.symbol for f in graph.free_sizes}
    taken |= {*named_classes(graph.output_structure)}
    values: dict[str, str] = {}
    for piece in pieces:
        for name in piece.outputs:
            values[name] = name if name not in taken else f"{name}_"
        passed = [
            values.get(source) or texts[source]
            for g, source in ((g, piece.sources[g.name]) for g in piece.graph.inputs)
            if g.kind == "input"
        ]
        targets = ", ".join(values[o] for o in piece.outputs)
        out.append(f"        {targets} = self.{piece.id}({', '.join(passed)})")
    buffers = {b: n for n, b in synthesis.program.buffers.items()}
    by_op = {op: name for piece in pieces for op, name in zip(piece.stored, piece.outputs, strict=True)}

    def text(result: Result) -> str:
        base = texts[buffers[result.base]] if isinstance(result.base, Buffer) else values[by_op[result.base]]
        return base + "".join(result.chain.of_any_layout)

    for name, updated in synthesis.updates:
        out.append(f"        {texts[name]}.copy_({text(updated)})")
    results = [text(result) for result in synthesis.results]
    out.append(f"        return {structure_text(graph.output_structure, results)}")
    return out


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")
