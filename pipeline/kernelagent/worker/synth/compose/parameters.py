"""How ``kernel_function`` is called: its parameters, and the texts that reach the module's tensors and its results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.graph import ForwardArgument, Graph, GraphInput

_WIDTH = 70
"""Characters of a test, whose other half stands in the message below it."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of ``kernel_function``."""

    name: str
    default: str | None
    given: GraphInput | None
    """The tensor of the module's state that it stands for; ``None`` for an argument of ``forward``."""
    argument: ForwardArgument | None


def parameters(graph: Graph) -> list[Parameter]:
    """The arguments of ``forward`` that the example gives, under their own names, then the parameters and buffers
    that the graph reads, under their keys with underscores; each has another where it would hide one in use."""
    names = argument_names(graph)
    taken = {*names, *names.values()}
    found = [Parameter(names[a.name], a.default, None, a) for a in graph.forward if "absent" not in a.structure]
    for given in graph.inputs:
        if given.kind in ("parameter", "buffer"):
            name = re.sub(r"\W", "_", given.path)
            name = free_name(f"_{name}" if name[0].isdigit() else name)
            while name in taken:
                name += "_"
            taken.add(name)
            found.append(Parameter(name, None, given, None))
    return found


def argument_names(graph: Graph) -> dict[str, str]:
    """Argument of ``forward`` → what it is called in ``kernel_function``."""
    own = [a.name for a in graph.forward]
    names: dict[str, str] = {}
    for name in own:
        names[name] = free_name(name, {*own, *names.values()} - {name})
    return names


def tensor_texts(graph: Graph) -> dict[str, str]:
    """Graph input name → the expression that reaches it inside ``kernel_function``."""
    texts = given_texts(graph, argument_names(graph))
    texts |= {p.given.name: p.name for p in parameters(graph) if p.given is not None}
    for given in graph.inputs:
        if given.kind == "constant":
            texts[given.name] = constant_name(given)
    return texts


def given_texts(graph: Graph, names: Mapping[str, str]) -> dict[str, str]:
    """Graph input name → the expression that reaches it where the arguments of ``forward`` are called so."""
    texts: dict[str, str] = {}
    by_path = {g.path: g.name for g in graph.inputs if g.kind == "input"}
    for argument in graph.forward:
        _collect(names.get(argument.name, argument.name), argument.structure, by_path, texts)
    return texts


def constant_name(given: GraphInput) -> str:
    return "_" + re.sub(r"\W", "_", given.path).upper().strip("_")


def _collect(text: str, structure: Any, by_path: dict[str, str], texts: dict[str, str]) -> None:
    if "tensor" in structure and structure["tensor"] in by_path:
        texts[by_path[structure["tensor"]]] = text
    for kind in ("tuple", "list"):
        for i, item in enumerate(structure.get(kind, ())):
            _collect(f"{text}[{i}]", item, by_path, texts)
    for key, item in structure.get("dict", {}).items():
        _collect(f"{text}[{key}]", item, by_path, texts)


def argument_checks(argument: ForwardArgument, name: str | None = None) -> list[str]:
    """What the example gives as a plain value, or leaves at its default, is built into the kernels, and so are the
    lengths of lists and the keys of dictionaries: others are refused. ``name`` is the variable that has it, if that is
    not the argument's own."""
    variable = name or argument.name
    if "absent" not in argument.structure:
        is_optional = argument.default == "None" and "tensor" in argument.structure
        given = [f"if {variable} is None:", _raised(f"a tensor as {argument.name}")] if is_optional else []
        return [*given, *_structure_checks(argument.name, variable, argument.structure)]
    if argument.kind in ("var_positional", "var_keyword"):
        stars = "*" if argument.kind == "var_positional" else "**"
        return [f"if {variable}:", f'    raise ValueError("these kernels are for no {stars}{argument.name}")']
    return [] if argument.default is None else refusal(argument.name, argument.default, variable=name)


def _structure_checks(told: str, text: str, structure: Any) -> list[str]:
    """Lines that raise unless what the expression ``text`` reaches is put together as the example is."""
    if "const" in structure:
        return refusal(told, repr(structure["const"]), variable=text)
    if "dtype" in structure:
        return refusal(told, f"torch.{structure['dtype']}", variable=text)
    found: list[str] = []
    for kind in ("tuple", "list"):
        if kind in structure:
            found += [f"if len({text}) != {len(structure[kind])}:", _raised(f"len({told}) == {len(structure[kind])}")]
            for i, item in enumerate(structure[kind]):
                found += _structure_checks(f"{told}[{i}]", f"{text}[{i}]", item)
    if "dict" in structure:
        found += _key_checks(told, text, list(structure["dict"]))
        for key, item in structure["dict"].items():
            found += _structure_checks(f"{told}[{key}]", f"{text}[{key}]", item)
    return found


def _key_checks(told: str, text: str, keys: list[str]) -> list[str]:
    wanted = f"{{{', '.join(keys)}}}" if keys else "set()"
    test = f"if set({text}) != {wanted}:"
    if len(test) <= _WIDTH:
        return [test, _raised(f"set({told}) == {wanted}")]
    listed = [f"    {key}," for key in keys]
    return [f"if set({text}) != {{", *listed, "}:", _raised(f"the {len(keys)} keys of {told} that are listed above")]


def _raised(wanted: str) -> str:
    return f'    raise ValueError("these kernels are for {quoted(wanted)}")'


def refusal(name: str, wanted: str, prefix: str = "", variable: str | None = None) -> list[str]:
    """Lines that raise unless what is called ``name`` (in the text, ``variable``) has the value that the kernels were
    made for."""
    sign = "is not" if wanted in ("None", "True", "False") else "!="
    call = f"{prefix}{name}={quoted(wanted)}" + (", ...)" if prefix else "")
    return [f"if {variable or name} {sign} {wanted}:", f'    raise ValueError("these kernels are for {call}")']


def signature(found: Sequence[Parameter]) -> str:
    """Parameters as ``def`` has them. Defaults are kept where nothing without one follows."""
    state = any(p.given is not None for p in found)
    parts: list[str] = []
    starred = False
    for p in found:
        kind = p.argument.kind if p.argument is not None else "positional"
        if kind == "var_positional":
            parts.append(p.name if state else f"*{p.name}")
            starred = not state
        elif kind == "var_keyword":
            parts.append(p.name if state else f"**{p.name}")
        else:
            if kind == "keyword" and not starred and not state:
                parts.append("*")
                starred = True
            parts.append(p.name if p.default is None or state else f"{p.name}={p.default}")
    return ", ".join(parts)


def structure_text(structure: Any, texts: Sequence[str]) -> str:
    """A nested value of the graph's output structure as Python text."""
    if "output" in structure:
        return texts[int(structure["output"])]
    if "tuple" in structure:
        items = [structure_text(s, texts) for s in structure["tuple"]]
        if structure.get("names"):
            return f"{structure['class']}({', '.join(items)})"
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if "list" in structure:
        return f"[{', '.join(structure_text(s, texts) for s in structure['list'])}]"
    if "dict" in structure:
        return "{" + ", ".join(f"{k}: {structure_text(v, texts)}" for k, v in structure["dict"].items()) + "}"
    return repr(structure["const"])


def quoted(text: str) -> str:
    """As it stands between double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
