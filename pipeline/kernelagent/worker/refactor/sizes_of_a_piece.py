"""Free sizes of a piece that its inputs tell: behind a convolution of stride 2 an input has ``s1 // 2`` rows, which say
nothing of ``s1``. Such a dimension is a size of the piece's own, and what follows from it is told by it."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kernelagent.contract.problem import FreeSize
from kernelagent.worker.capture.graph import GraphInput, Node
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.refactor.sizes_by_others import by_divided_others, by_others
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.index import size_symbol
from kernelagent.worker.synth.size_text import parse_size

Parts = tuple[tuple[GraphInput, ...], tuple[Node, ...], tuple[FreeSize, ...]]


def with_sizes_of_its_own(
    inputs: Sequence[GraphInput], nodes: Sequence[Node], outputs: Sequence[str], free: Iterable[FreeSize]
) -> Parts:
    """The same inputs and nodes, with a new symbol for each dimension of an input that is made of sizes which the
    inputs don't tell, and of an output that does not follow from theirs, wherever it stands; and the sizes that are
    free then, of ``free``, those of the whole graph."""
    known = {f.symbol: f for f in free}  # s0, s1 and so on
    told = size_assignments([(g.name, g.shape) for g in inputs])[1]
    places = _places(((g.path, g.shape) for g in inputs), told)
    own = _numbered(_independent(tuple(places), told), len(known))
    by_name = {node.name: node.shape for node in nodes}
    results = ((f"output.{place}", by_name.get(name, ())) for place, name in enumerate(outputs))
    beyond = {e: where for e, where in _places(results, told).items() if by_divided_others(e, own, told) is None}
    places |= beyond
    own |= _numbered(tuple(beyond), len(known) + len(own))
    multiples: dict[Any, int] = {}

    @functools.cache
    def written(text: str) -> str:
        expression = parse_size(text)
        if expression.free_symbols <= told:
            return text
        found = by_others(expression, own, told)
        if found is None:
            found, used = by_divided_others(expression, own, told) or (expression.subs(own, simultaneous=True), {})
            multiples.update(used)
        return text if found == expression else to_text(found)

    if own:
        inputs, nodes = [_with_sizes(g, written) for g in inputs], [_with_sizes(n, written) for n in nodes]
    sizes = [_free_size(symbol, places[e], known, multiples.get(symbol, 1)) for e, symbol in own.items()]
    return tuple(inputs), tuple(nodes), tuple(_used(inputs, nodes, (*known.values(), *sizes)))


def _places(shapes: Iterable[tuple[str, Sequence[str]]], told: Collection[Any]) -> dict[Any, tuple[str, str]]:
    """The dimensions that are not made of ``told`` symbols alone → where each is first, and its text."""
    found: dict[Any, tuple[str, str]] = {}
    for name, shape in shapes:
        for axis, size in enumerate(shape):
            expression = parse_size(size)
            if expression.free_symbols - set(told):
                found.setdefault(expression, (f"{name}.shape[{axis}]", size))
    return found


def _independent(expressions: Sequence[Any], told: Collection[Any]) -> tuple[Any, ...]:
    """Those from which all others follow, the first ones where there is a choice."""
    kept = list(expressions)
    for expression in reversed(expressions):
        others = _numbered([other for other in kept if other != expression], 0, "other")
        if by_others(expression, others, told) is not None:
            kept.remove(expression)
    return tuple(kept)


def _numbered(expressions: Sequence[Any], first: int, letter: str = "s") -> dict[Any, Any]:
    """Expression → a symbol for it."""
    return {expression: size_symbol(f"{letter}{number}") for number, expression in enumerate(expressions, first)}


def _free_size(symbol: Any, place: tuple[str, str], known: Mapping[str, FreeSize], multiple: int) -> FreeSize:
    where, text = place
    example, least = (evaluate_dim(text, {s: getattr(f, field) for s, f in known.items()}) for field in _ENDS)
    return FreeSize(str(symbol), example, max(least, multiple), multiple_of=multiple, where=where)


_ENDS = ("example", "minimum")


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
