"""A fusable piece of the graph, and the roofline figures of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kernelagent.contract.problem import TensorSpec


@dataclass(frozen=True)
class OperatorNode:
    """One ATen operator as the subgraph runs it. One with several results has no shape and dtype of its own, but
    ``results``; those that something uses are nodes ``getitem`` besides."""

    op: str
    """``aten.gelu.default``"""
    name: str
    """The value's name in the graph, after the source's own names where there are any."""
    shape: tuple[str, ...]
    dtype: str
    line: int | None = None
    """Line in the user's file (1-based)."""
    source: str = ""
    """The text of that line, stripped."""
    arguments: dict[str, str] = field(default_factory=dict)
    """All that it is called with, as text, by the names of its schema."""
    strides: tuple[str, ...] = ()
    """How its result lies in memory; empty where it is not known."""
    results: tuple[TensorSpec, ...] = ()
    """Of an operator with several: each, named by its place."""
    called: str = ""
    """The operator as the module calls it (``aten.layer_norm.default``), at one of the nodes that it was taken apart
    into; the next three are said there too."""
    gives: TensorSpec | None = None
    """Its result at the example's sizes, by the name of the variable that the source assigns it to."""
    bytes: int = 0
    """Read and written by it as a kernel of its own, as eager PyTorch runs it: 0 for a view."""
    flops: int = 0
    """Its part of what the subgraph counts."""


@dataclass(frozen=True)
class Cost:
    """Counted at the example's sizes."""

    bytes: int
    """Read and written by the kernel when each input is read once and each output written once."""
    flops: int
    eager_bytes: int
    """The same if every operator that the module calls were a kernel of its own, as eager PyTorch runs them."""


@dataclass(frozen=True)
class Subgraph:
    id: str
    """``sg0_softmax``: number in topological order and what it is."""
    family: str
    """``pointwise``, ``reduction``, ``contraction`` ..."""
    nodes: tuple[OperatorNode, ...]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    cost: Cost
    lines: tuple[int, ...] = ()
    same_as: str | None = None
    """Id of an earlier subgraph with equal content, whose kernel serves for this one too."""
    weights: dict[str, str] = field(default_factory=dict)
    """Its inputs that are parameters or buffers → their ``state_dict`` keys. Nothing is folded into them."""
    count: int = 1
    """How often it is in the module: itself, and those that are the same as it."""
    launches: int = 0
    """Of kernels in one call; 0 where not counted."""
    refused: str = ""
    """Why the built-in synthesizer does not take it; empty where it does."""


@dataclass(frozen=True)
class Extraction:
    """What ``extract`` leaves in ``subgraphs.json``; ``orchestrator/fused.py`` holds one module class for each."""

    subgraphs: tuple[Subgraph, ...]
    fused_file: str
    """Path relative to the run directory."""
    checked: str
    """How ``fused.py`` was checked against the original, in words with the error found."""
    passes: dict[str, str] = field(default_factory=dict)
    """The graph as text after each pass, in order: what ``inspect --passes`` prints; empty in a run."""
    launches: int = 0
    """Of kernels in one call of the built-in synthesizer's program, at the example's sizes; 0 where not counted."""


def plain_arguments(arguments: Mapping[str, object], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """As people write them: ``{"dim": "-1", "input": "hidden"}``. ``names`` has other names for values."""
    return {name: _plain(value, names or {}) for name, value in arguments.items()}


def _plain(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        if "node" in value:
            return names.get(value["node"], str(value["node"]))
        text = str(value.get("size", value.get("dtype", value)))
        other = {read["node"]: _plain(read, names) for read in value.get("reads", ())}
        return re.sub(r"\w+", lambda word: other.get(word[0], word[0]), text)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_plain(one, names) for one in value)}]"
    return str(value)
