"""PyTorch's attention, found again where capture has taken ``scaled_dot_product_attention`` apart.

Its decomposition is recognised by ``_safe_softmax``, which comes of nothing else, and by what stands around it::

    softmax(q·√scale @ (kᵀ·√scale) + bias) @ v
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from kernelagent.worker.capture.graph import Node
from kernelagent.worker.synth.compose.pytorch_calls import ATTENTION


def with_attention(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    """The same computation, with one node for each attention. Nodes that nobody reads any more are left out."""
    by_name = {node.name: node for node in nodes}
    replaced = [_call(node, by_name) or node for node in nodes]
    by_name = {node.name: node for node in replaced}
    needed: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            waiting += _read(by_name[name].args)
    return [node for node in replaced if node.name in needed]


def _call(product: Node, nodes: Mapping[str, Node]) -> Node | None:
    """The attention whose last product this is."""
    if not _is(product, "matmul", "bmm"):
        return None
    weights, value = _operands(product, nodes)
    if weights is None or not _is(weights, "_safe_softmax") or weights.args.get("dim") != -1:
        return None
    scores, mask, is_causal = nodes.get(_source(weights, "self")), None, False
    if scores is not None and _is(scores, "add") and scores.args.get("alpha", 1) == 1:
        bias = nodes.get(_source(scores, "other"))
        mask = scores.args["other"]
        if bias is not None and _is(bias, "where"):
            mask = _mask_of(bias, nodes)
            if mask is None:
                return None
            is_causal = _is_causal(nodes.get(mask["node"]), nodes)
        scores = nodes.get(_source(scores, "self"))
    if scores is None or not _is(scores, "matmul", "bmm"):
        return None
    query, by_query = _scaled(scores.args.get("self"), nodes)
    keys, by_key = _scaled(scores.args.get("other", scores.args.get("mat2")), nodes)
    turned = nodes.get(keys["node"])
    if turned is None or not _is(turned, "transpose") or {turned.args["dim0"], turned.args["dim1"]} != {-2, -1}:
        return None
    scale = by_query * by_key
    width = product_width(query, nodes)
    usual = width is not None and math.isclose(scale, 1 / math.sqrt(width), rel_tol=1e-6)
    args: dict[str, Any] = {"query": query, "key": turned.args["self"], "value": value}
    args["attn_mask"] = None if is_causal else mask
    args["is_causal"] = True if is_causal else None
    args["scale"] = None if usual else scale
    return dataclasses.replace(product, op=f"aten.{ATTENTION}.default", args=args, keywords=("scale",))


def product_width(query: dict[str, str], nodes: Mapping[str, Node]) -> int | None:
    """How wide a head is, where that is known."""
    found = nodes.get(query["node"])
    return int(found.shape[-1]) if found is not None and found.shape[-1].isdecimal() else None


def _is(node: Node, *names: str) -> bool:
    return node.op.startswith("aten.") and node.op.split(".")[1] in names


def _source(node: Node, argument: str) -> str:
    given = node.args.get(argument)
    return given["node"] if isinstance(given, dict) and "node" in given else ""


def _operands(product: Node, nodes: Mapping[str, Node]) -> tuple[Node | None, Any]:
    return nodes.get(_source(product, "self")), product.args.get("other", product.args.get("mat2"))


def _scaled(value: Any, nodes: Mapping[str, Node]) -> tuple[dict[str, str], float]:
    """What is multiplied by a number, and the number; 1 where nothing is."""
    node = nodes.get(value["node"])
    if node is not None and _is(node, "mul") and isinstance(node.args.get("other"), (int, float)):
        return node.args["self"], float(node.args["other"])
    return value, 1.0


def _mask_of(bias: Node, nodes: Mapping[str, Node]) -> dict[str, str] | None:
    """Of a bias that is 0 where the mask is true, and minus infinity elsewhere."""
    zero, other = bias.args.get("self"), nodes.get(_source(bias, "other"))
    low = other.args.get("s") if other is not None and _is(other, "scalar_tensor") else bias.args.get("other")
    condition = bias.args["condition"]
    return condition if zero in (0, 0.0) and low in ("-inf", -math.inf) and "node" in condition else None


def _is_causal(mask: Node | None, nodes: Mapping[str, Node]) -> bool:
    if mask is None or not _is(mask, "tril") or mask.args.get("diagonal", 0) != 0:
        return False
    ones = nodes.get(_source(mask, "self"))
    return ones is not None and _is(ones, "ones") and len(ones.shape) == 2


def _read(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [value["node"]] if "node" in value else [n for v in value.values() for n in _read(v)]
    if isinstance(value, (list, tuple)):
        return [n for v in value for n in _read(v)]
    return []
