"""What a drop-in module class has of its own: its name, and a ``forward`` that calls the kernels."""

from __future__ import annotations

import keyword
from collections.abc import Collection

from kernelagent.worker.capture.graph import Graph, GraphInput
from kernelagent.worker.synth.compose.parameters import Parameter, argument_checks, given_texts, parameters
from kernelagent.worker.synth.emit.text import LINE, grouped_call


def module_name(class_name: str) -> str:
    """KernelBench's ``Model`` becomes ``ModelNew``."""
    return "ModelNew" if class_name == "Model" else class_name.rpartition(".")[2] + "Triton"


def docstring(graph: Graph) -> str:
    return f'    """``{graph.class_name}`` on Triton kernels: same arguments, same ``state_dict`` keys."""'


def forward_lines(graph: Graph, by_path: bool) -> list[str]:
    found = parameters(graph)
    parts = ["self"]
    starred = False
    for argument in graph.forward:
        if argument.kind == "var_positional":
            parts.append(f"*{argument.name}")
            starred = True
        elif argument.kind == "var_keyword":
            parts.append(f"**{argument.name}")
        else:
            if argument.kind == "keyword" and not starred:
                parts.append("*")
                starred = True
            parts.append(argument.name if argument.default is None else f"{argument.name}={argument.default}")
    lines = [f"    def forward({', '.join(parts)}):", *("        " + line for line in _mode_check(graph))]
    for argument in graph.forward:
        if "absent" in argument.structure:
            lines += ["        " + line for line in argument_checks(argument)]
    texts = given_texts(graph, {})
    device = next((texts[g.name] for g in graph.inputs if g.kind == "input" and g.name in texts), "")
    for path in graph.attributes:  # a plain attribute stays where it is when the module is moved
        if device and any(p.given is not None and p.given.path == path for p in found):
            name = attribute_text("self", path)
            lines.append(f"        {name} = {name}.to({device}.device)")
    passed = [
        [_passed(p, found, by_path, graph.attributes) for p in found if (p.given is None) is own]
        for own in (True, False)
    ]
    lines += ["        " + line for line in grouped_call("return kernel_function", passed, LINE)]
    return lines


def _mode_check(graph: Graph) -> list[str]:
    if not graph.decides_by_mode:
        return []
    made, call = ("training", "train()") if graph.training else ("evaluation", "eval()")
    test = "not self.training" if graph.training else "self.training"
    return [f"if {test}:", f'    raise ValueError("these kernels are for {made} mode: call .{call}")']


def attribute_text(owner: str, path: str) -> str:
    """The expression that reaches ``path`` from ``owner``; numbers in it are places in lists of modules, and what is no
    name (``ModuleDict({"a b": ...})``) is a key."""
    return owner + "".join(
        f".{p}" if is_name(p) else f"[{p}]" if p.isdecimal() else f"[{p!r}]" for p in path.split(".")
    )


def _passed(parameter: Parameter, found: list[Parameter], by_path: bool, attributes: tuple[str, ...]) -> str:
    if parameter.given is None:
        argument = parameter.argument
        assert argument is not None
        state = any(p.given is not None for p in found)
        if argument.kind == "var_positional":
            return argument.name if state else f"*{argument.name}"
        if argument.kind == "var_keyword":
            return argument.name if state else f"**{argument.name}"
        return f"{parameter.name}={argument.name}" if argument.kind == "keyword" and not state else argument.name
    path = parameter.given.path
    if by_path and all(is_name(part) or part.isdecimal() for part in path.split(".")):
        return attribute_text("self", path)
    return state_text("self", parameter.given, attributes)


def state_text(owner: str, given: GraphInput, attributes: Collection[str]) -> str:
    """The expression that reaches a parameter or a buffer from ``owner``, whatever its path; ``attributes`` are those
    that are plain tensors."""
    if given.path in attributes:
        return attribute_text(owner, given.path)
    kind = "get_buffer" if given.kind == "buffer" else "get_parameter"
    return f"{owner}.{kind}({quoted_path(given.path)})"


def is_name(part: str) -> bool:
    return part.isidentifier() and not keyword.iskeyword(part)


def quoted_path(text: str) -> str:
    return f'"{text}"' if text.isprintable() and not {'"', "\\"} & {*text} else repr(text)
