"""Free sizes of a piece that its inputs tell: behind a convolution of stride 2 an input has ``s1 // 2`` rows, which say
nothing of ``s1``. Such a dimension is a size of the piece's own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from kernelagent.contract.problem import FreeSize
from kernelagent.worker.capture.graph import GraphInput, Node
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.index import size_symbol
from kernelagent.worker.synth.size_text import parse_size

Parts = tuple[tuple[GraphInput, ...], tuple[Node, ...], tuple[FreeSize, ...]]


def with_sizes_of_its_own(inputs: Sequence[GraphInput], nodes: Sequence[Node], free: Iterable[FreeSize]) -> Parts:
    """The same inputs and nodes, with a new symbol for each dimension of an input that is made of sizes which the
    inputs don't tell, wherever it stands; and the sizes that are free then, of ``free``, those of the whole graph."""
    known = {f.symbol: f for f in free}  # s0, s1 and so on
    told = size_assignments([(g.name, g.shape) for g in inputs])[1]
    own: dict[Any, FreeSize] = {}
    for given in inputs:
        for axis, size in enumerate(given.shape):
            expression = parse_size(size)
            if expression in own or not expression.free_symbols - told:
                continue
            example, least = (
                evaluate_dim(size, {s: getattr(f, field) for s, f in known.items()}) for field in ("example", "minimum")
            )
            where = f"{given.path}.shape[{axis}]"
            own[expression] = FreeSize(f"s{len(known) + len(own)}", example, max(least, 1), where=where)
    if not own:
        return tuple(inputs), tuple(nodes), tuple(_used(inputs, nodes, known.values()))
    symbols = {expression: size_symbol(free_size.symbol) for expression, free_size in own.items()}

    def written(text: str) -> str:
        expression = parse_size(text)
        found = expression.subs(symbols, simultaneous=True)
        return text if found == expression else to_text(found)

    new_inputs = tuple(_with_sizes(g, written) for g in inputs)
    new_nodes = tuple(_with_sizes(n, written) for n in nodes)
    return new_inputs, new_nodes, tuple(_used(new_inputs, new_nodes, (*known.values(), *own.values())))


def _used(inputs: Sequence[GraphInput], nodes: Sequence[Node], free: Iterable[FreeSize]) -> Iterator[FreeSize]:
    text = " ".join([*(str(n.shape) + str(n.args) for n in nodes), *(str(g.shape) for g in inputs)])
    return (f for f in free if re.search(rf"\b{f.symbol}\b", text))


def _with_sizes(part: Any, written: Callable[[str], str]) -> Any:
    """An input or a node."""

    def each(sizes: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(written, sizes))

    changed = dataclasses.replace(part, shape=each(part.shape), stride=each(part.stride))
    if not isinstance(part, Node):
        return changed
    return dataclasses.replace(
        changed,
        args=_arguments(part.args, written),
        shapes=tuple(map(each, part.shapes)),
        strides=tuple(map(each, part.strides)),
    )


def _arguments(value: Any, written: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("size"), str):
            return {**value, "size": written(value["size"])}
        return {key: _arguments(item, written) for key, item in value.items()}
    return [_arguments(item, written) for item in value] if isinstance(value, (list, tuple)) else value
