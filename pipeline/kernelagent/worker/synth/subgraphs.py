"""Cut a synthesis along its kernels: each piece is a graph of its own, in the graph's own operators."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.contract.codec import dumps
from kernelagent.contract.problem import FreeSize
from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.graph import ForwardArgument, Graph, GraphInput, Node, draws
from kernelagent.worker.synth.compose.parameters import parameters
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.emit.kernels import kernel_origins, spoken
from kernelagent.worker.synth.index import dim
from kernelagent.worker.synth.ir import Buffer, LoopResult, Map, Op, operands
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.synthesize import Synthesis


@dataclass(frozen=True)
class Piece:
    id: str
    class_name: str
    kernels: tuple[Kernel, ...]
    graph: Graph
    """Its inputs are all of kind ``input`` (or ``constant``), named as ``forward`` of its module names them."""
    sources: dict[str, str]
    """Name of a piece's input → name of the node or input of the whole graph that it stands for."""
    outputs: tuple[str, ...]
    """Nodes of the whole graph that it gives."""
    stored: tuple[Op, ...]
    """The values behind ``outputs``."""
    content: str
    """Hash of what it computes; equal for pieces that differ in names only."""


def cut(synthesis: Synthesis) -> list[Piece]:
    """One piece for each kernel; kernels that hand each other something that is no value of the graph stay together,
    and
    everything stays together where a piece could not know its sizes."""
    stored_as = _graph_values(synthesis)
    groups = _groups(synthesis, stored_as)
    pieces = [_piece(synthesis, number, group, stored_as) for number, group in enumerate(groups)]
    if all(_sizes_known(p.graph) for p in pieces):
        return pieces
    return [_piece(synthesis, 0, list(synthesis.plan.kernels), stored_as)]


def _graph_values(synthesis: Synthesis) -> dict[Op, str]:
    """Stored value → the graph node that is exactly it."""
    found: dict[Op, str] = {}
    for node in synthesis.graph.nodes:
        value = synthesis.program.values.get(node.name)
        if isinstance(value, Value) and _is_whole(value):
            found.setdefault(value.op, node.name)
    results = [*zip(synthesis.graph.outputs, synthesis.results, strict=True)]
    results += zip(synthesis.graph.mutations.values(), (r for _, r in synthesis.updates), strict=True)
    for name, result in results:
        if not isinstance(result.base, Buffer):
            found.setdefault(result.base, name)
    return found


def _is_whole(value: Value) -> bool:
    op = value.op
    if isinstance(op, Buffer) or tuple(op.shape) != tuple(value.shape):
        return False
    return all(i == dim(p) or value.shape[p] == 1 for p, i in enumerate(value.index))


def _groups(synthesis: Synthesis, stored_as: dict[Op, str]) -> list[list[Kernel]]:
    kernels = synthesis.plan.kernels
    group = {id(k): i for i, k in enumerate(kernels)}
    together = [
        (kernel, synthesis.plan.home[op])
        for kernel in kernels
        for op in kernel.loads
        if not isinstance(op, Buffer) and (op not in stored_as or _copies(kernel, op))
    ]
    for planned in synthesis.plan.loops:
        inner = [*(s.first for s in planned.loop.states), *(s.of for s in planned.loop.slices)]
        makers = [synthesis.plan.home[op] for op in inner if not isinstance(op, Buffer) and op not in stored_as]
        together += [(planned.kernels[0], other) for other in (*planned.kernels, *makers)]
    for kernel, other in together:
        old, new = group[id(kernel)], group[id(other)]
        group = {k: (min(old, new) if g in (old, new) else g) for k, g in group.items()}
    ordered: dict[int, list[Kernel]] = {}
    for kernel in kernels:
        ordered.setdefault(group[id(kernel)], []).append(kernel)
    return _each_after_its_sources(list(ordered.values()), synthesis)


def _each_after_its_sources(groups: list[list[Kernel]], synthesis: Synthesis) -> list[list[Kernel]]:
    """The groups so that each only reads what earlier ones made; those that wait for each other are one."""
    of = {id(k): i for i, group in enumerate(groups) for k in group}
    home = synthesis.plan.home
    waits = [{of[id(home[op])] for k in group for op in k.loads if op in home} - {i} for i, group in enumerate(groups)]
    left, done, found = list(range(len(groups))), set[int](), list[list[Kernel]]()
    while left:
        following = next((i for i in left if waits[i] <= done), None)
        taken = left if following is None else [following]
        found.append([k for i in taken for k in groups[i]])
        done |= {*taken}
        left = [i for i in left if i not in done]
    launched = {id(k): i for i, k in enumerate(synthesis.plan.kernels)}
    return [sorted(group, key=lambda k: launched[id(k)]) for group in found]


def _copies(kernel: Kernel, op: Op) -> bool:
    """Whether the kernel gives what a loop leaves as it is: the graph has no operator for that."""
    copied = [o.op for made in kernel.stores if isinstance(made, Map) and made.fn == "cast" for o in operands(made)]
    return isinstance(op, LoopResult) and op in copied


def _piece(synthesis: Synthesis, number: int, group: list[Kernel], stored_as: dict[Op, str]) -> Piece:
    graph, program = synthesis.graph, synthesis.program
    made = [op for k in group for op in (*k.stores, *k.results)]
    mine = set(made)
    plan = synthesis.plan
    foreign = {
        op: name for op, name in stored_as.items() if op in plan.storage and op not in mine and op not in plan.own
    }
    needed_elsewhere = {op for k in synthesis.plan.kernels if k not in group for op in k.loads}
    needed_elsewhere |= {r.base for r in (*synthesis.results, *(r for _, r in synthesis.updates))}
    stored = tuple(op for op in made if op in needed_elsewhere)
    outputs = tuple(stored_as[op] for op in stored)
    nodes = {n.name: n for n in graph.nodes}
    given = {g.name: g for g in graph.inputs}
    used: dict[str, None] = {}
    kept: dict[str, None] = {}
    aliases: dict[str, str] = {}

    def visit(name: str) -> None:
        if name in kept or name in used or name in aliases:
            return
        if name in given:
            used[name] = None
            return
        value = program.values.get(name)
        if isinstance(value, Value) and _is_whole(value) and value.op in foreign:
            canonical = foreign[value.op]
            used[canonical] = None
            if canonical != name:
                aliases[name] = canonical
            return
        for inner in references(nodes[name].args):
            visit(inner)
        kept[name] = None

    for name in outputs:
        visit(name)
    names = input_names(graph, used)
    inputs = tuple(as_input(names[n], given.get(n), nodes.get(n)) for n in used)
    rename = {n: names[n] for n in used} | {a: names[c] for a, c in aliases.items()}
    body = tuple(dataclasses.replace(n, args=renamed_references(n.args, rename)) for n in graph.nodes if n.name in kept)
    structure: Any = [{"output": i} for i in range(len(outputs))]
    forward = tuple(
        ForwardArgument(g.name, "positional", None, {"tensor": g.path}) for g in inputs if g.kind == "input"
    )
    ops = _operator_names(group, synthesis)
    identifier = f"sg{number}_{ops}"
    text = dumps([n.shape for n in body]) + dumps([g.shape for g in inputs])
    sizes = sizes_of(inputs, (f for f in graph.free_sizes if re.search(rf"\b{f.symbol}\b", text)))
    piece = Graph(
        class_name="".join(part.capitalize() for part in identifier.split("_")),
        file=graph.file,
        inputs=inputs,
        nodes=body,
        outputs=outputs,
        output_structure={"output": 0} if len(outputs) == 1 else {"tuple": structure},
        mutations={},
        forward=forward,
        free_sizes=sizes,
        random=any(draws(n) for n in body),
    )
    sources = {names[n]: n for n in used}
    return Piece(identifier, piece.class_name, tuple(group), piece, sources, outputs, stored, content_of(piece))


def sizes_of(inputs: Sequence[GraphInput], sizes: Iterable[FreeSize]) -> tuple[FreeSize, ...]:
    """``sizes`` with where they are among a piece's own ``inputs``."""
    return tuple(dataclasses.replace(size, where=_where(inputs, size.symbol) or size.where) for size in sizes)


def _where(inputs: Sequence[GraphInput], symbol: str) -> str | None:
    """As it is, else as a part of a size (``2*s0``)."""
    places = [(g, axis, size) for g in inputs for axis, size in enumerate(g.shape)]
    for g, axis, size in places:
        if size == symbol:
            return f"{g.path}.shape[{axis}]"
    for g, axis, size in places:
        if re.search(rf"\b{symbol}\b", size):
            return f"{g.path}.shape[{axis}], which is {size}"
    return None


def references(value: Any) -> Iterable[str]:
    """Names of the nodes that an argument mentions."""
    if isinstance(value, dict):
        if isinstance(value.get("node"), str):
            yield value["node"]
        else:
            for item in value.values():
                yield from references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from references(item)


def renamed_references(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("node"), str):
            return {"node": names.get(value["node"], value["node"])}
        if "reads" in value:
            text = re.sub(r"\b[A-Za-z_]\w*", lambda found: names.get(found[0], found[0]), value["size"])
            return {"size": text, "reads": renamed_references(value["reads"], names)}
        return {k: renamed_references(v, names) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed_references(v, names) for v in value]
    return value


def input_names(graph: Graph, used: Iterable[str]) -> dict[str, str]:
    """Names for a piece's inputs: those that ``kernel_function`` of the whole gives its own, and the nodes' names."""
    own = {p.given.name: p.name for p in parameters(graph) if p.given is not None}
    by_node = {g.name: re.sub(r"\W", "_", g.path) for g in graph.inputs if g.kind == "input"}
    labels = {n.name: n.label for n in graph.nodes if n.label}
    taken: set[str] = {n.name for n in graph.nodes} | {f.symbol for f in graph.free_sizes}
    names: dict[str, str] = {}
    for node in used:
        name = free_name(own.get(node) or by_node.get(node) or labels.get(node) or node, taken)
        taken.add(name)
        names[node] = name
    return names


def as_input(name: str, given: GraphInput | None, node: Node | None) -> GraphInput:
    if given is not None:
        kind = "constant" if given.kind == "constant" else "input"
        return dataclasses.replace(given, name=name, path=name, kind=kind)
    assert node is not None
    return GraphInput(name, "input", name, node.shape, node.dtype, node.stride)


def _operator_names(group: list[Kernel], synthesis: Synthesis) -> str:
    names: list[str] = []
    for kernel in group:
        for origin in kernel_origins(kernel, synthesis.plan):
            name = spoken(origin.op)
            if name not in names:
                names.append(name)
    return "_".join(names[:3] if len(names) <= 3 else [*names[:2], names[-1]]) or "copy"


def _sizes_known(graph: Graph) -> bool:
    _, known = size_assignments([(g.name, g.shape) for g in graph.inputs if g.kind == "input"])
    return {f.symbol for f in graph.free_sizes} <= {str(s) for s in known}


def content_of(graph: Graph) -> str:
    order = {g.name: f"i{i}" for i, g in enumerate(graph.inputs)}
    order |= {n.name: f"n{i}" for i, n in enumerate(graph.nodes)}
    inputs = [(g.kind, g.shape, g.dtype, g.stride, g.value) for g in graph.inputs]
    nodes = [(n.op, renamed_references(n.args, order), n.shape, n.dtype) for n in graph.nodes]
    text = dumps([inputs, nodes, [order[o] for o in graph.outputs]])
    return hashlib.sha256(text.encode()).hexdigest()
