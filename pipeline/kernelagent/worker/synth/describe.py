"""The graph as text after each pass: what ``inspect --passes`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.emit.kernels import kernel_origins
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.share import distinct
from kernelagent.worker.synth.index import Loaded
from kernelagent.worker.synth.ir import (
    Buffer,
    Contract,
    Loop,
    LoopResult,
    Map,
    Op,
    Operand,
    Position,
    Reduce,
    Scan,
    topological,
)
from kernelagent.worker.synth.subgraphs import references
from kernelagent.worker.synth.synthesize import Synthesis


def passes(synthesis: Synthesis) -> dict[str, str]:
    return {
        "capture": _captured(synthesis.graph),
        "lower": _lowered(synthesis),
        "fuse": _fused(synthesis),
        "emit": "\n\n".join(k.text.rstrip() for k in distinct(synthesis.kernels)),
    }


def _captured(graph: Graph) -> str:
    lines = [f"{g.name} = {g.kind} {g.path}: {g.dtype}[{', '.join(g.shape)}]" for g in graph.inputs]
    for node in graph.nodes:
        shape = f": {node.dtype}[{', '.join(node.shape)}]" if node.dtype else ""
        where = f"  # line {node.line}" if node.line else ""
        where += f"{', ' if where else '  # '}{node.module}" if node.module else ""
        lines.append(f"{node.name} = {node.op}({', '.join(references(node.args))}){shape}{where}")
    return "\n".join([*lines, f"return {', '.join(graph.outputs)}"])


def _names(synthesis: Synthesis) -> dict[Op, str]:
    roots = [r.base for r in (*synthesis.results, *(r for _, r in synthesis.updates))]
    names: dict[Op, str] = {}
    for number, op in enumerate(topological(roots)):
        names[op] = op.name if isinstance(op, Buffer) else f"%{number}"
    return names


def _lowered(synthesis: Synthesis) -> str:
    names = _names(synthesis)
    return "\n".join(f"{name} = {_node(op, names)}" for op, name in names.items() if not isinstance(op, Buffer))


def _node(op: Op, names: Mapping[Op, str]) -> str:
    shape = f"{op.dtype}[{', '.join(map(to_text, op.shape))}]"
    if isinstance(op, Map):
        inside = ", ".join(_operand(o, names) if isinstance(o, Operand) else repr(o) for o in op.operands)
        return f"{op.fn}({inside}): {shape}"
    if isinstance(op, Reduce):
        return f"reduce {op.fn} over {list(op.axes)} of {_operand(op.operand, names)}: {shape}"
    if isinstance(op, Scan):
        return f"scan {op.fn} along {op.axis} of {_operand(op.operand, names)}: {shape}"
    if isinstance(op, Contract):
        inner = ", ".join(map(to_text, op.inner))
        return f"contract {_operand(op.a, names)} with {_operand(op.b, names)} over [{inner}]: {shape}"
    if isinstance(op, Loop):
        return f"loop of {to_text(op.count)} steps, reads {', '.join(names[o] for o in op.reads)}"
    if isinstance(op, LoopResult):
        return f"{'every step' if op.every_step else 'last step'} of {names[op.loop]}: {shape}"
    assert isinstance(op, Position)
    return f"position {to_text(op.expression)}: {shape}"


def _operand(operand: Operand, names: Mapping[Op, str]) -> str:
    return f"{names[operand.op]}[{', '.join(_index(e, names) for e in operand.index)}]"


def _index(expression: Any, names: Mapping[Op, str]) -> str:
    """One entry of an index; a value in it is shown as it is read."""
    read = {
        atom: f"{names[atom.args[0].op]}[{', '.join(_index(e, names) for e in atom.args[1:])}]"
        for atom in expression.atoms(Loaded)
    }
    return to_text(expression, read)


def _fused(synthesis: Synthesis) -> str:
    names = _names(synthesis)
    lines: list[str] = []
    for kernel, source in zip(synthesis.plan.kernels, synthesis.kernels, strict=True):
        domain: list[Any] = [to_text(s) for s in kernel.domain]
        axes = f", reduces axes {list(kernel.axes)}" if kernel.axes else ""
        times = "" if kernel.times == 1 else f", {to_text(kernel.times)} times"
        lines.append(f"{source.name}: {kernel.kind} over [{', '.join(domain)}]{axes}{times}")
        lines.append(f"    from  {', '.join(o.op for o in kernel_origins(kernel, synthesis.plan))}")
        lines.append(f"    reads {', '.join(names.get(op, '?') for op in kernel.loads)}")
        lines.append(f"    writes {', '.join(names.get(op, '?') for op in kernel.stores)}")
    return "\n".join(lines)
