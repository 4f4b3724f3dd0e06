"""A drop-in module class with bare parameters, under the names that the user's class has."""

from __future__ import annotations

from kernelagent.errors import UnsupportedOperator
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.constructor_checks import of_any_arguments, unchecked
from kernelagent.worker.synth.compose.module_forward import docstring, forward_lines, is_name, module_name, quoted_path
from kernelagent.worker.synth.compose.module_text import ModuleSource


def bare_module(
    graph: Graph,
    state: tuple[tuple[str, tuple[int, ...], str], ...],
    reason: str,
) -> ModuleSource:
    """``state``: as ``write_module`` has it; ``reason``: why the class's own ``__init__`` is not there. Raises
    UnsupportedOperator where the class holds a tensor that cannot be written out."""
    new_name = module_name(graph.class_name)
    parameters = {one.path: one for one in graph.parameters}
    body = [
        f"class {new_name}(nn.Module):",
        docstring(graph),
        *unchecked(graph),
        "",
        f"    # {reason}:",
        "    # its parameters are declared here instead, NaN until load_state_dict fills them.",
        "    def __init__(self, *args, **kwargs):",
        *(f"        {line}" for line in of_any_arguments(graph)),
        "        super().__init__()",
    ]
    made: set[str] = set()
    for key, shape, dtype in state:
        owner, leaf = _owner(key, made, body)
        parameter, name = parameters.get(key), quoted_path(leaf)
        if parameter is None:
            body.append(f"        {owner}.register_buffer({name}, {_unfilled(shape, dtype)})")
        elif parameter.same_as:
            body.append(
                f"        {owner}.register_parameter({name}, self.get_parameter({quoted_path(parameter.same_as)}))"
            )
        else:
            frozen = "" if parameter.requires_grad else ", requires_grad=False"
            made_of = f"nn.Parameter({_unfilled(shape, dtype)}{frozen})"
            body.append(f"        {owner}.register_parameter({name}, {made_of})")
    saved = {key for key, _, _ in state}
    unsaved = [g for g in graph.inputs if g.kind == "buffer" and g.path not in saved]
    for given in unsaved:
        if not given.source:
            raise UnsupportedOperator(
                f"{reason}, and {graph.class_name} holds a tensor that is not in its state_dict and cannot be written "
                f"out ({given.path}).",
                hint="Register it as a buffer that is saved with the module.",
                file=graph.file,
            )
        owner, leaf = _owner(given.path, made, body)
        if given.path in graph.attributes:
            body.append(f"        {owner}.{leaf} = {given.source}")
        else:
            body.append(f"        {owner}.register_buffer({quoted_path(leaf)}, {given.source}, persistent=False)")
    packed = any("zlib." in given.source for given in unsaved)
    imports = ("import base64", "import zlib", "from torch import nn") if packed else ("from torch import nn",)
    body += ["", *forward_lines(graph, by_path=False)]
    return ModuleSource(imports, "", "\n".join(body) + "\n", new_name)


def _unfilled(shape: tuple[int, ...], dtype: str) -> str:
    """What nobody takes for weights, where the dtype has such a number."""
    is_float = dtype.startswith(("float", "bfloat", "complex"))
    made_of = f'torch.full({shape}, float("nan"), ' if is_float else f"torch.zeros({shape}, "
    return f"{made_of}dtype=torch.{dtype})"


def _owner(path: str, made: set[str], body: list[str]) -> tuple[str, str]:
    """The expression of the module that holds ``path``, and the name in it; ``body`` gets the modules on the way."""
    *parents, leaf = path.split(".")
    for depth in range(len(parents)):
        inner = ".".join(parents[: depth + 1])
        if inner not in made:
            made.add(inner)
            owner = "self" + "".join(_attribute(p) for p in parents[:depth])
            body.append(f"        {owner}.add_module({quoted_path(parents[depth])}, nn.Module())")
    return "self" + "".join(_attribute(p) for p in parents), leaf


def _attribute(part: str) -> str:
    return f".{part}" if is_name(part) else f"._modules[{quoted_path(part)}]"
