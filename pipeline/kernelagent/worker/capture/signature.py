"""``forward``'s signature together with what the example gives each argument."""

from __future__ import annotations

import ast
import inspect
import keyword
import textwrap
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch.utils._pytree import tree_flatten_with_path, tree_map

from kernelagent.contract.result_structure import key_text
from kernelagent.contract.tensor_paths import keyed, placed
from kernelagent.errors import UnsupportedDtype
from kernelagent.worker.capture.graph import ForwardArgument
from kernelagent.worker.problem.inputs import Specimen, named_tensors

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "var_positional",
    inspect.Parameter.VAR_KEYWORD: "var_keyword",
}


def forward_arguments(cls: type[torch.nn.Module], specimen: Specimen) -> tuple[ForwardArgument, ...]:
    """What the example gives by ``**kwargs`` is arguments of their own names, in the place of it."""
    signature = inspect.signature(cls.forward)
    bound = signature.bind(None, *specimen.args, **specimen.kwargs)
    defaults = _default_sources(cls)
    arguments = []
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD and name in bound.arguments:
            arguments += [_by_keyword(key, value) for key, value in bound.arguments[name].items()]
            continue
        structure = _structure(name, bound.arguments[name]) if name in bound.arguments else {"absent": True}
        default = None
        if parameter.default is not inspect.Parameter.empty:
            default = defaults.get(name, repr(parameter.default))
        arguments.append(ForwardArgument(name, _KINDS[parameter.kind], default, structure))
    return tuple(arguments)


def _by_keyword(name: str, value: Any) -> ForwardArgument:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UnsupportedDtype(
            f"forward() gets an argument by the keyword {name!r}, which is no name.",
            hint="Give it in a dictionary instead.",
        )
    return ForwardArgument(name, "keyword", None, _structure(name, value))


def dynamic_shapes(
    model: torch.nn.Module, specimen: Specimen, bound_to_example: Collection[tuple[str, int]] = ()
) -> dict[str, Any]:
    """For ``torch.export``: every dimension of every tensor left to be found out (``Dim.AUTO``), but those that are
    bound to the example's size. It goes by the names of the ``forward`` that is called: an object may have one of its
    own, whose names for the same arguments are others."""
    if "forward" in vars(model):
        own = inspect.signature(model.forward).bind(*specimen.args, **specimen.kwargs)
        fixed = _by_tensor(specimen, bound_to_example)
        return {name: _auto_by_tensor(value, fixed) for name, value in own.arguments.items()}
    signature = inspect.signature(type(model).forward)
    bound = signature.bind(None, *specimen.args, **specimen.kwargs)
    arguments = list(bound.arguments.items())[1:]
    shapes: dict[str, Any] = {}
    for name, value in arguments:
        gathers = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        shapes[name] = _auto("" if gathers else name, value, bound_to_example)
    return shapes


def _by_tensor(specimen: Specimen, bound: Collection[tuple[str, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for name, tensor in named_tensors(specimen):
        found.setdefault(id(tensor), []).extend(dim for path, dim in bound if path == name)
    return found


def _auto_by_tensor(value: Any, fixed: Mapping[int, Collection[int]]) -> Any:
    def auto(leaf: Any) -> Any:
        if isinstance(leaf, torch.Tensor):
            return {i: torch.export.Dim.AUTO for i in range(leaf.dim()) if i not in fixed[id(leaf)]}
        return None

    return tree_map(auto, value)


def _auto(path: str, value: Any, fixed: Collection[tuple[str, int]]) -> Any:
    if isinstance(value, torch.Tensor):
        return {i: torch.export.Dim.AUTO for i in range(value.dim()) if (path, i) not in fixed}
    if isinstance(value, (list, tuple)):
        items = [_auto(placed(path, i), v, fixed) for i, v in enumerate(value)]
        return tuple(items) if type(value) is tuple else items
    if isinstance(value, dict):
        return {k: _auto(keyed(path, k), v, fixed) for k, v in value.items()}
    return None


def _structure(path: str, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return {"tensor": path}
    if isinstance(value, (list, tuple)):
        items = [_structure(placed(path, i), v) for i, v in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, dict):
        return {"dict": {key_text(k): _structure(keyed(path, k), v) for k, v in value.items()}}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"const": value}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if tree_flatten_with_path(value)[0] and not isinstance(value, object):
        return {"const": None}
    raise UnsupportedDtype(
        f"forward()'s argument {path} is a {type(value).__name__}.",
        hint="Pass tensors, numbers, strings, None, and lists, tuples or dicts of these.",
    )


def _default_sources(cls: type[torch.nn.Module]) -> dict[str, str]:
    """Default values as the source has them: ``repr`` of an object is not always source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls.forward)))
    except (OSError, SyntaxError, TypeError):
        return {}
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        return {}
    found: dict[str, str] = {}
    positional = [*function.args.posonlyargs, *function.args.args]
    for argument, default in zip(positional[::-1], function.args.defaults[::-1], strict=False):
        found[argument.arg] = ast.unparse(default)
    for argument, keyword_default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if keyword_default is not None:
            found[argument.arg] = ast.unparse(keyword_default)
    return found
