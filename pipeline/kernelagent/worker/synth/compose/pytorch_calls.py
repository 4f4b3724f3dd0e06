"""A graph's operators as a person calls them in PyTorch: ``torch.nn.functional.linear(x, weight, bias)``.

One statement for each operator that computes, with names and numbers for arguments, as the judge wants declared calls
(``static/declared.py``); views are methods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kernelagent.static.torch_operators import FUNCTIONAL, PLAIN
from kernelagent.worker.capture.graph import Node
from kernelagent.worker.capture.rolled import LOOP
from kernelagent.worker.synth.compose.reference import argument_text
from kernelagent.worker.synth.result_views import gives_pieces, is_view, view_text

ATTENTION = "scaled_dot_product_attention"

ROW_MAJOR = frozenset({"linear", "mm", "addmm", "bmm", "baddbmm", "matmul"})
"""What gives row-major results however its operands lie."""
_ALLOCATE = ("ones", "zeros", "full", "arange", "scalar_tensor")
_FLOAT = re.compile(r'float\("(-?)(inf|nan)"\)')
_PLAIN_VALUE = re.compile(r"-?[A-Za-z_][\w.]*|-?[\d.]+(e[+-]?\d+)?|'[^'\\\n]*'", re.ASCII)


class NoSuchCall(Exception):
    """A node that cannot be written as a call of PyTorch's; the message says which and why."""


@dataclass(frozen=True)
class Call:
    """``torch.nn.functional.linear`` and its arguments as text."""

    operator: str
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.operator}({', '.join(self.arguments)})"


@dataclass(frozen=True)
class Step:
    """What one node becomes."""

    text: str
    operator: str | None
    """The call that is declared; ``None`` for what only looks, copies or allocates."""


def statements(
    nodes: Sequence[Node], texts: dict[str, str], name: Callable[[Node, str], str], device: str
) -> list[tuple[str, str | None]]:
    """One line for each node but a view of which only another view is taken, and the operator that it calls, if any.
    ``texts`` has the inputs' variables, and gets those that ``name`` gives to nodes, from the name that would say what
    they are. Raises ``NoSuchCall``."""
    by_name = {node.name: node for node in nodes}
    users: dict[str, list[Node]] = {}
    for node in nodes:
        for read in _references(node.args):
            users.setdefault(read, []).append(node)
    lines = []
    for node in nodes:
        if gives_pieces(node):
            continue  # each piece says what it is of
        read_by = users.get(node.name, [])
        made = step(node, texts, by_name, read_by, device)
        if made.operator is None and (made.text.isidentifier() or (len(read_by) == 1 and _follows(read_by[0]))):
            texts[node.name] = made.text
            continue
        texts[node.name] = name(node, _meaning(node, read_by))
        lines.append((f"{texts[node.name]} = {made.text}", made.operator))
    return lines


def step(node: Node, texts: Mapping[str, str], nodes: Mapping[str, Node], users: Sequence[Node], device: str) -> Step:
    """``texts``: the variables of earlier values, each a plain name. ``users``: the nodes that read it. Raises
    ``NoSuchCall``."""
    if (view := view_text(node, nodes)) is not None:
        source, method = view
        return Step(f"{texts[source]}{method}", None)
    if node.op == "getitem":
        source = node.args["source"]["node"]
        if source in texts:
            chosen = "" if _is_single(nodes[source]) else f"[{node.args['index']}]"
            return Step(f"{texts[source]}{chosen}", None)
    if node.op == LOOP:
        raise NoSuchCall("a loop over steps is none of PyTorch's operators")
    name = node.op.split(".")[1]
    if name == "clone":
        form = node.args.get("memory_format")
        contiguous = form is not None and "contiguous" in str(form)
        return Step(f"{texts[node.args['self']['node']]}{'.contiguous()' if contiguous else '.clone()'}", None)
    if name == "_to_copy":
        return Step(f"{texts[node.args['self']['node']]}.to(torch.{node.dtype})", None)
    if name in _ALLOCATE:
        arguments = _by_schema(node, texts)
        return Step(f"torch.{name}({', '.join([*arguments, f'device={device}'])})", None)
    call = _call(name, node, texts, users)
    call = replace(call, arguments=tuple(_FLOAT.sub(r"\1torch.\2", argument) for argument in call.arguments))
    for argument in call.arguments:
        if not _is_plain(argument.partition("=")[2] if re.match(r"\w+=", argument) else argument):
            raise NoSuchCall(f"{node.op} is called with {argument}, which has to be computed first")
    return Step(call.text, call.operator)


def _is_plain(text: str) -> bool:
    """Names, numbers, and lists of them."""
    inner = text[1:-1] if text[:1] + text[-1:] in ("[]", "()") else text
    return all(_PLAIN_VALUE.fullmatch(part.strip()) for part in inner.split(",") if part.strip())


def folded(line: str, width: int = 112) -> list[str]:
    """A call that is too long for a line, one argument in each."""
    if len(line) <= width or not line.endswith(")"):
        return [line]
    head, _, inner = line.partition("(")
    arguments = re.split(r", (?![^\[(]*[\])])", inner[:-1])
    return [f"{head}(", *(f"    {argument}," for argument in arguments), ")"]


def _follows(node: Node) -> bool:
    """Whether it is written behind what it is taken of."""
    return (is_view(node) and not gives_pieces(node)) or node.op.partition(".")[2].partition(".")[0] in (
        "clone",
        "_to_copy",
    )


def _meaning(node: Node, users: Sequence[Node]) -> str:
    for user in users:
        for argument in ("query", "key", "value") if ATTENTION in user.op else ():
            if user.args[argument] == {"node": node.name}:
                return argument
    name = node.op.partition(".")[2].partition(".")[0] or "part"
    return node.label or name.strip("_").removeprefix("native_")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(value.get("node"), str):
        yield value["node"]
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _references(item)


def _is_single(node: Node) -> bool:
    """An operator with several results of which PyTorch's function gives the first alone."""
    return node.op.split(".")[1] in _FIRST_ALONE


_FIRST_ALONE = frozenset(
    {"native_layer_norm", "native_group_norm", "_native_batch_norm_legit_no_training", "max_pool2d_with_indices"}
)


def _call(name: str, node: Node, texts: Mapping[str, str], users: Sequence[Node]) -> Call:
    special = _SPECIAL.get(name)
    if special is not None:
        if _is_single(node) and any(user.args.get("index") != 0 for user in users):
            raise NoSuchCall(f"{node.op} gives more than PyTorch's own function does")
        return special(node, texts)
    if name in PLAIN:
        return Call(f"torch.{name}", tuple(_by_schema(node, texts)))
    if name in FUNCTIONAL:
        return Call(f"torch.nn.functional.{name}", tuple(_by_schema(node, texts)))
    raise NoSuchCall(f"{node.op} has no function of PyTorch's that a file may declare")


def _by_schema(node: Node, texts: Mapping[str, str]) -> list[str]:
    """Positional in the schema's order, and by keyword what can be given so only; what is left at ``None`` is not
    said."""
    hidden = ("layout", "pin_memory", "device", "memory_format")
    positional = [(n, v) for n, v in node.args.items() if n not in node.keywords and n not in hidden]
    while positional and positional[-1][1] is None:
        positional.pop()
    shown = [argument_text(value, texts) for _, value in positional]
    by_name = [(n, v) for n, v in node.args.items() if n in node.keywords and n not in hidden and v is not None]
    return shown + [f"{n}={argument_text(v, texts)}" for n, v in by_name if not (n == "alpha" and v == 1)]


def _named(node: Node, texts: Mapping[str, str], first: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    """``first`` by position, and of ``named`` what there is."""
    given = node.args
    shown = [argument_text(given[n], texts) for n in first]
    return (*shown, *(f"{n}={argument_text(given[n], texts)}" for n in named if given.get(n) is not None))


def _convolution(node: Node, texts: Mapping[str, str]) -> Call:
    a = node.args
    rank = len(node.shape) - 2
    if not 1 <= rank <= 3:
        raise NoSuchCall(f"{node.op} of {rank} dimensions")
    transposed = a.get("transposed") is True
    name = f"conv{'_transpose' if transposed else ''}{rank}d"
    defaults: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1}
    defaults |= {"output_padding": 0} if transposed else {}
    shown = [argument_text(a[n], texts) for n in ("input", "weight")]
    shown += [argument_text(a["bias"], texts)] if a.get("bias") is not None else []
    for key, usual in defaults.items():
        if any(value != usual for value in a[key]):
            values = [argument_text(value, texts) for value in a[key]]
            shown.append(f"{key}={values[0]}" if len(set(values)) == 1 else f"{key}=({', '.join(values)})")
    shown += [f"groups={a['groups']}"] if a["groups"] != 1 else []
    return Call(f"torch.nn.functional.{name}", tuple(shown))


def _layer_norm(node: Node, texts: Mapping[str, str]) -> Call:
    given = _named(node, texts, ("input", "normalized_shape"), ("weight", "bias", "eps"))
    return Call("torch.nn.functional.layer_norm", given)


def _batch_norm(node: Node, texts: Mapping[str, str]) -> Call:
    a = node.args
    shown = [argument_text(a[n], texts) for n in ("input", "running_mean", "running_var")]
    shown += [f"{n}={argument_text(a[n], texts)}" for n in ("weight", "bias", "eps") if a.get(n) is not None]
    return Call("torch.nn.functional.batch_norm", tuple(shown))


def _vector_norm(node: Node, texts: Mapping[str, str]) -> Call:
    return Call("torch.linalg.vector_norm", tuple(_by_schema(node, texts)))


def _group_norm(node: Node, texts: Mapping[str, str]) -> Call:
    shown = [argument_text(node.args["input"], texts), str(node.args["group"])]
    shown += [
        f"{n}={argument_text(node.args[n], texts)}" for n in ("weight", "bias", "eps") if node.args[n] is not None
    ]
    return Call("torch.nn.functional.group_norm", tuple(shown))


def _max_pool(node: Node, texts: Mapping[str, str]) -> Call:
    a = node.args
    shown = [argument_text(a["self"], texts), argument_text(a["kernel_size"], texts)]
    shown += [f"stride={argument_text(a['stride'], texts)}"] if a.get("stride") else []
    for key, usual in (("padding", 0), ("dilation", 1)):
        values = a[key] if isinstance(a[key], list) else [a[key]]
        shown += [f"{key}={argument_text(a[key], texts)}"] if any(v != usual for v in values) else []
    shown += ["ceil_mode=True"] if a.get("ceil_mode") else []
    return Call("torch.nn.functional.max_pool2d", tuple(shown))


def _embedding(node: Node, texts: Mapping[str, str]) -> Call:
    indices, weight = (argument_text(node.args[n], texts) for n in ("indices", "weight"))
    return Call("torch.nn.functional.embedding", (indices, weight))


def _attention(node: Node, texts: Mapping[str, str]) -> Call:
    given = _named(node, texts, ("query", "key", "value"), ("attn_mask", "is_causal", "scale"))
    return Call(f"torch.nn.functional.{ATTENTION}", given)


def _elu(node: Node, texts: Mapping[str, str]) -> Call:
    a = node.args
    if a.get("scale", 1) != 1 or a.get("input_scale", 1) != 1:
        raise NoSuchCall(f"{node.op} with a scale")
    return Call("torch.nn.functional.elu", (argument_text(a["self"], texts), f"alpha={a['alpha']}"))


def _max_of_two(node: Node, texts: Mapping[str, str]) -> Call:
    name = node.op.split(".")[1]
    if node.op.endswith(".other"):
        name = f"{name}imum"
    return Call(f"torch.{name}", tuple(_by_schema(node, texts)))


_SPECIAL: dict[str, Callable[[Node, Mapping[str, str]], Call]] = {
    "convolution": _convolution,
    "linalg_vector_norm": _vector_norm,
    "native_layer_norm": _layer_norm,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "native_group_norm": _group_norm,
    "max_pool2d_with_indices": _max_pool,
    "elu": _elu,
    "embedding": _embedding,
    "max": _max_of_two,
    "min": _max_of_two,
    ATTENTION: _attention,
}
"""Operators that PyTorch's own functions call by other names, or with arguments in another order."""
