"""The captured graph as plain data: what the synthesizer reads. Imports neither torch nor triton.

An argument is JSON: a number, a string, ``None``, a bool, a list of arguments, or one of the tagged dicts
``{"node": name}``, ``{"size": expression}``, ``{"dtype": name}``. Non-finite numbers are the strings of the codec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernelagent.contract.problem import FreeSize, SizeComparison

DRAWN = tuple(f"aten.{name}" for name in ("native_dropout", "bernoulli", "rand", "rand_like", "randn", "randn_like"))
"""Operators that draw numbers whose distribution the judge knows how to compare."""


@dataclass(frozen=True)
class Node:
    """One operator and the one tensor that it gives; an operator with several outputs has one node for each, of op
    ``getitem``."""

    name: str
    op: str
    """``aten.add.Tensor``, ``getitem``"""
    args: dict[str, Any]
    """By the names of the operator's schema, in its order, defaults filled in."""
    shape: tuple[str, ...]
    """Expressions over the free sizes."""
    dtype: str
    stride: tuple[str, ...] = ()
    line: int | None = None
    source: str = ""
    keywords: tuple[str, ...] = ()
    """Arguments that can be passed by keyword only."""
    shapes: tuple[tuple[str, ...], ...] = ()
    """Of an operator with several outputs: the shape of each, and, as the next two, dtype and strides; of one that is
    no tensor they are empty."""
    dtypes: tuple[str, ...] = ()
    strides: tuple[tuple[str, ...], ...] = ()
    label: str = ""
    """Name of the variable that the source assigns this value to, where it does."""
    module: str = ""
    """Path of the innermost module that computes it: ``features.5``; empty for the module itself."""
    called: str = ""
    """Name of the operator that the module calls and that it is a part of, before decompositions; empty: itself."""
    called_op: str = ""
    """What that operator is: ``aten.scaled_dot_product_attention.default``"""


@dataclass(frozen=True)
class Constructor:
    """What the example constructs the class with: what depends on it is built into the kernels. Empty where nobody has
    said how it was constructed."""

    plain: tuple[tuple[str, str], ...] = ()
    """Plain values among the arguments, as (name, ``repr``)."""
    objects: tuple[tuple[str, str], ...] = ()
    """Objects among them, of those whose ``repr`` tells one from another in any process."""
    positional: tuple[str, ...] = ()
    """Names of the parameters that may be given in order."""
    defaults: tuple[tuple[str, str], ...] = ()
    """Of those that have one: its ``repr``, where it is plain, else nothing."""
    untold: tuple[str, ...] = ()
    """Names of objects whose ``repr`` tells nothing, and of what takes any number where some are given."""


@dataclass(frozen=True)
class GraphInput:
    name: str
    """Name of the node that stands for it."""
    kind: str
    """``input``, ``parameter``, ``buffer``, ``constant``"""
    path: str
    """``x``, ``states.0``; ``fc1.weight``"""
    shape: tuple[str, ...]
    dtype: str
    stride: tuple[str, ...]
    value: Any = None
    """Of a constant: nested lists; ``None`` where it is too large to be written out."""
    source: str = ""
    """Of a buffer that is in no ``state_dict``: an expression that makes it, where one is known (``spelled.py``)."""


@dataclass(frozen=True)
class OwnParameter:
    """A parameter of the module, used or not; the other entries of its ``state_dict`` are buffers."""

    path: str
    requires_grad: bool
    same_as: str = ""
    """Path of the parameter before it that this one is: tied weights."""


@dataclass(frozen=True)
class ForwardArgument:
    """One parameter of ``forward``, as its signature has it."""

    name: str
    kind: str
    """``positional``, ``keyword``, ``var_positional``, ``var_keyword``"""
    default: str | None
    """Its default as source text; ``None`` where it has none."""
    structure: Any
    """The example's value with each tensor replaced by ``{"tensor": path}`` and each constant by ``{"const": value}``;
    ``{"absent": true}`` where the example leaves it out."""


@dataclass(frozen=True)
class Graph:
    class_name: str
    file: str
    inputs: tuple[GraphInput, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    """Names of nodes or inputs, flat."""
    output_structure: Any
    """The returned value with each tensor replaced by ``{"output": index}`` and constants by ``{"const": value}``."""
    mutations: dict[str, str]
    """Buffer path → name of the node that holds its new value."""
    forward: tuple[ForwardArgument, ...]
    free_sizes: tuple[FreeSize, ...]
    training: bool = False
    decides_by_mode: bool = False
    """In its other mode, of training or of evaluation, the module does something else."""
    constructor: Constructor = Constructor()
    attributes: tuple[str, ...] = ()
    """Paths of inputs of kind ``buffer`` that the module keeps as plain attributes: not in its ``state_dict``, and not
    moved with it to another device."""
    random: bool = False
    """Numbers are drawn while it runs."""
    comparisons: tuple[SizeComparison, ...] = ()
    """Outside of which the module does something else: the kernel has to refuse such sizes."""
    parameters: tuple[OwnParameter, ...] = ()


def draws(node: Node) -> bool:
    """Whether the operator draws random numbers; a recurrence does between its layers."""
    a = node.args
    between_layers = bool(a.get("dropout")) and a.get("train") is True and a.get("num_layers", 1) > 1
    return ".".join(node.op.split(".")[:2]) in DRAWN or between_layers
