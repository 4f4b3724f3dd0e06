"""Every kernel of a plan as source, with names and comments that lead back to the user's lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.attention import Attention
from kernelagent.worker.synth.compose.parameters import parameters
from kernelagent.worker.synth.emit.attention_kernel import write_attention
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.contraction_kernel import write_contraction
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.pointwise_kernel import write_pointwise
from kernelagent.worker.synth.emit.reduction_kernel import write_reduction
from kernelagent.worker.synth.emit.scan_kernel import write_scan
from kernelagent.worker.synth.emit.siblings import join_siblings
from kernelagent.worker.synth.emit.text import unique
from kernelagent.worker.synth.emit.transposing_kernel import write_transposing
from kernelagent.worker.synth.emit.window_kernel import slides, write_windows
from kernelagent.worker.synth.ir import Buffer, Loop, Op, Origin, operands, topological
from kernelagent.worker.synth.lowering.program import Program
from kernelagent.worker.synth.lowering.values import Value
from kernelagent.worker.synth.machine import Machine
from kernelagent.worker.synth.plan import Kernel, Plan

MAX_NAMED = 4
"""Operators in a kernel's name; more are told by the comment."""


def write_kernels(
    graph: Graph, program: Program, plan: Plan, hints: Mapping[Any, int], machine: Machine
) -> list[KernelSource]:
    labels = value_labels(graph, program)
    taken = {p.name for p in parameters(graph)}
    sources = []
    for kernel in plan.kernels:
        origins = kernel_origins(kernel, plan)
        name = unique("attention_kernel" if kernel.attention is not None else kernel_name(origins), taken)
        comment = kernel_comment(graph, origins)
        body = Body(kernel, plan, labels if kernel.attention is None else _with_roles(labels, kernel.attention))
        if kernel.kind == "pointwise":
            sources.append(write_pointwise(name, body, comment))
        elif kernel.kind == "transposing":
            sources.append(write_transposing(name, body, hints, comment))
        elif kernel.kind == "scan":
            sources.append(write_scan(name, body, comment))
        elif kernel.kind == "reduction" and slides(kernel, plan):
            sources.append(write_windows(name, body, comment))
        elif kernel.kind == "reduction":
            sources.append(write_reduction(name, body, hints, comment))
        elif kernel.attention is not None:
            sources.append(write_attention(name, body, kernel.attention, hints, machine, comment))
        else:
            sources.append(write_contraction(name, body, hints, machine, comment))
    return _renumbered(join_siblings(sources, plan), {p.name for p in parameters(graph)})


def _renumbered(sources: Sequence[KernelSource], taken: set[str]) -> list[KernelSource]:
    """Kernels whose names have a number are counted anew: of those that were made, many have become one."""
    names: dict[str, str] = {}
    for source in sources:
        if source.name not in names:
            names[source.name] = unique(re.sub(r"_kernel_\d+$", "_kernel", source.name), taken)
    made: dict[int, KernelSource] = {}
    for source in sources:
        text = re.sub(rf"^def {source.name}\(", f"def {names[source.name]}(", source.text, flags=re.M)
        made.setdefault(id(source), replace(source, name=names[source.name], text=text))
    return [made[id(source)] for source in sources]


def _with_roles(labels: Mapping[Op, str], attention: Attention) -> dict[Op, str]:
    """Values that the source has no name for are called by what they are to the attention."""
    roles: dict[Op, str] = {}
    for role, operand in (("q", attention.queries), ("k", attention.keys), ("v", attention.values)):
        op = operand.op
        if not isinstance(op, Buffer) and (op.origin is None or labels.get(op, "") != op.origin.label):
            roles[op] = roles.get(op, "") + role
    return {**labels, **roles}


def value_labels(graph: Graph, program: Program) -> dict[Op, str]:
    """Names for values: the source's variable where it names one, else the operator."""
    labels: dict[Op, str] = {}
    pending = [v.op for value in program.values.values() for v in _values(value)]
    while pending:
        found = topological(pending)
        labels |= {op: op.name for op in found if not isinstance(op, Buffer) and op.name}
        pending = [root for op in found if isinstance(op, Loop) for root in (*(s.next for s in op.states), *op.kept)]
    for node in graph.nodes:
        value = program.values.get(node.name)
        if isinstance(value, Value) and not isinstance(value.op, Buffer):
            label = node.label or (node.op.split(".")[1].strip("_") if "." in node.op else "")
            if label and (node.label or value.op not in labels):
                labels[value.op] = label
    for path, name in graph.mutations.items():
        value = program.values[name]
        if isinstance(value, Value) and not isinstance(value.op, Buffer):
            labels[value.op] = f"new_{path.rpartition('.')[2]}"
    return labels


def _values(value: Any) -> Sequence[Value]:
    return [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, Value)]


def kernel_origins(kernel: Kernel, plan: Plan) -> list[Origin]:
    """Where the values computed in a kernel stem from, producers first, each graph node once."""
    found: dict[str, Origin] = {}
    seen: set[Op] = set()

    def visit(op: Op) -> None:
        if op in seen or isinstance(op, Buffer):
            return
        seen.add(op)
        if plan.is_loaded(op, kernel):
            return
        for operand in operands(op):
            visit(operand.op)
        if op.origin is not None:
            found.setdefault(op.origin.node, op.origin)

    for op in [*kernel.heavies, *kernel.stores]:
        visit(op)
    return list(found.values())


def spoken(operator: str) -> str:
    """The name that people have for an operator: ``_native_batch_norm_legit_functional`` is ``batch_norm``."""
    return re.sub(r"_legit(_functional|_no_training)?$", "", operator.strip("_").removeprefix("native_"))


def kernel_name(origins: Sequence[Origin]) -> str:
    names: list[str] = []
    for origin in origins:
        name = spoken(origin.op)
        if not names or names[-1] != name:
            names.append(name)
    shown = names if len(names) <= MAX_NAMED else [*names[: MAX_NAMED - 1], names[-1]]
    return "_".join(shown or ["copy"]) + "_kernel"


def kernel_comment(graph: Graph, origins: Sequence[Origin]) -> list[str]:
    lines = {o.line for o in origins if o.line}
    text = {node.line: node.source for node in graph.nodes if node.line in lines}
    return [f"line {line}: {text[line]}" for line in sorted(text) if line is not None]
