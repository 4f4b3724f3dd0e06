"""The captured graph as PyTorch source: for the self-check of a composed file, and for ``orchestrator/fused.py``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from kernelagent.worker.capture.graph import Node
from kernelagent.worker.capture.rolled import LOOP, STEP, body_nodes, with_locals
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.size_text import parse_size


def node_lines(nodes: Sequence[Node], texts: Mapping[str, str]) -> list[str]:
    """One assignment for each node. ``texts`` gives each value its variable."""
    lines = []
    for node in nodes:
        if node.op == LOOP:
            lines += _loop_lines(node, texts)
        elif node.op == "getitem":
            source = node.args["source"]["node"]
            lines.append(f"{texts[node.name]} = {texts[source]}[{node.args['index']}]")
        else:
            given = ", ".join(_arguments(node, texts))
            if makes_tensor_from_nothing(node):
                given += ", device=device" if given else "device=device"
            # how an intermediate lies in memory may differ from the captured run's: `view` would refuse it
            op = "aten.reshape.default" if node.op in ("aten.view.default", "aten._unsafe_view.default") else node.op
            lines.append(f"{texts[node.name]} = torch.ops.{op}({given})")
    return lines


def _loop_lines(node: Node, texts: Mapping[str, str]) -> list[str]:
    body = [dataclasses.replace(n, args=with_locals(n.args)) for n in body_nodes(node)]
    states = node.args["states"]
    own = {n.name: n.name for n in body} | {s["held"]: s["held"] for s in states}
    kept = {name: f"{name}_kept" for name in node.args["kept"]}
    lines = [f"{s['held']} = {texts[s['first']['node']]}" for s in states]
    lines += [f"{listed} = []" for listed in kept.values()]
    lines.append(f"for {STEP} in range(1, {node.args['steps'] + 1}):")
    inside = node_lines(body, {**texts, **own})
    inside += [f"{listed}.append({name})" for name, listed in kept.items()]
    if states:
        inside.append(f"{', '.join(s['held'] for s in states)} = {', '.join(s['next'] for s in states)}")
    lines += ["    " + line for line in inside]
    results = [*(f"torch.stack({listed})" for listed in kept.values()), *(s["held"] for s in states)]
    return [*lines, f"{texts[node.name]} = ({', '.join(results)},)"]


def _arguments(node: Node, texts: Mapping[str, str]) -> list[str]:
    """Positional as far as the schema allows, by keyword from the first one that is left out."""
    shown = []
    positional = True
    for name, value in node.args.items():
        if not _shown(name, value) or (value is None and name in node.keywords):
            positional = False
            continue
        positional = positional and name not in node.keywords
        text = _passed(name, value, texts)
        shown.append(text if positional else f"{name}={text}")
    return shown


def _shown(name: str, value: Any) -> bool:
    """Placement is the inputs' affair."""
    return name not in ("layout", "pin_memory", "device")


def _passed(name: str, value: Any, texts: Mapping[str, str]) -> str:
    if name == "memory_format":
        return str(value) if str(value).startswith("torch.") else f"torch.{value}"
    return argument_text(value, texts)


def argument_text(value: Any, texts: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        if "node" in value:
            return texts[value["node"]]
        if "size" in value:
            return to_text(parse_size(value["size"]))
        return f"torch.{value['dtype']}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(argument_text(v, texts) for v in value)}]"
    if isinstance(value, str) and value in ("inf", "-inf", "nan"):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def makes_tensor_from_nothing(node: Node) -> bool:
    """Whether the operator has no tensor to take its device from."""
    return not _mentions_node(node.args)


def _mentions_node(value: Any) -> bool:
    if isinstance(value, dict):
        return "node" in value or any(_mentions_node(v) for v in value.values())
    return isinstance(value, (list, tuple)) and any(_mentions_node(v) for v in value)
