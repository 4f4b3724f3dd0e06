"""Facts → a route with its reasons, or that the facts do not decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kernelagent.driver.routing.facts import Facts, GraphFacts

VERSION = 1
"""Of these rules: a decision that was cached under another one is made again."""
MANY_ANCHORS = 5
"""So many operators that kernels are built around are more than a model gets right in one file at a time."""
SHORT = 12
"""Operators of an attention that stands by itself: three projections would make it longer."""

Kind = Literal["direct", "fuser"]


@dataclass(frozen=True)
class Decision:
    kind: Kind
    reasons: tuple[str, ...]
    is_sure: bool = True
    """``False``: the facts don't decide, and ``kind`` is what is done without advice."""


def decide(facts: Facts) -> Decision:
    """For a model as the author. Every rule is a sentence of ``reasons``."""
    if facts.graph is None:
        return Decision("fuser", (f"it does not export, so it is rewritten as modules that do: {facts.not_exported}",))
    graph = facts.graph
    count = len(graph.anchors)
    if count <= 1:
        what = f"everything fuses with the one {graph.anchors[0]}" if count else "every operator fuses with the next"
        return Decision("direct", (what,))
    if _lone_attention(graph):
        return Decision("direct", ("it is an attention by itself, which is one kernel",))
    told = f"{count} operators that kernels are built around ({_counted(graph)})"
    if graph.chain == 1:
        return Decision("direct", (f"{told}, none of which waits for another",), is_sure=count <= 3)
    if count >= MANY_ANCHORS:
        return Decision("fuser", (f"{told}, {graph.chain} of them in a chain",))
    for families, word in (
        (("transposed convolution",), "a transposed convolution has an index rule of its own"),
        (("recurrence",), "a recurrence stays whole, and what is around it does not fit in its kernel"),
        (("attention",), "the attention is one kernel, and what is around it another"),
    ):
        if graph.count(*families):
            return Decision("fuser", (told, word))
    if graph.count("normalisation") and graph.count("convolution", "pooling", "product") and graph.chain >= 3:
        return Decision("fuser", (told, "a normalisation needs all of what is before it"))
    if facts.source.control_flow:
        flow = "; ".join(facts.source.control_flow[:3])
        return Decision("fuser", (told, f"control flow in forward ({flow})"))
    return Decision("direct", (told, "which facts alone don't decide about"), is_sure=False)


def _lone_attention(graph: GraphFacts) -> bool:
    if graph.operators > SHORT:
        return False
    families = list(graph.anchors)
    return families in (["attention"], ["product", "softmax", "product"])


def _counted(graph: GraphFacts) -> str:
    counts = {family: graph.anchors.count(family) for family in graph.anchors}
    return ", ".join(f"{count} {family}" for family, count in counts.items())
