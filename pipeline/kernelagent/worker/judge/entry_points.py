"""Load a kernel file and call its entries: the drop-in module class and ``kernel_function``."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import inspect
import re
import sys
import types
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from kernelagent.static.own_names import OWN


def load_file(
    path: Path, loader: Callable[[str, Path], importlib.machinery.SourceFileLoader] | None = None
) -> types.ModuleType:
    """Import the file from disk: ``@triton.jit`` reads its source again. ``loader``: what makes the loader for a
    module's name and file, if not the usual one. Raises what the file raises."""
    name = _module_name(path)
    made = None if loader is None else loader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=made)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _module_name(path: Path) -> str:
    """As its user imports it, where no other module has that name: a class's text tells it."""
    is_free = path.stem.isidentifier() and path.stem not in sys.modules and path.stem not in sys.stdlib_module_names
    return path.stem if is_free else f"imported_{len(sys.modules)}"


def module_class(module: types.ModuleType, class_name: str) -> type[torch.nn.Module] | None:
    """``<Class>Triton`` or KernelBench's ``ModelNew``."""
    for name in (f"{class_name.rpartition('.')[2]}Triton", "ModelNew"):
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, torch.nn.Module):
            return found
    return None


def unjudged_classes(module: types.ModuleType, judged: type[torch.nn.Module]) -> list[str]:
    """Names of the file's other classes that could be taken for the drop-in module."""
    return sorted(
        name
        for name, found in vars(module).items()
        if (name == "ModelNew" or name.endswith("Triton"))
        and isinstance(found, type)
        and issubclass(found, torch.nn.Module)
        and found is not judged
    )


def bind_function(
    function: Callable[..., Any],
    names: list[str],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    state: dict[str, torch.Tensor],
    attributes: Mapping[str, torch.Tensor] = MappingProxyType({}),
    left_out: Collection[str] = (),
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments for ``kernel_function``: by ``forward``'s names and by ``state_dict`` keys with dots as underscores, or
    the paths of ``attributes``, with an underscore behind where such a name is one of Python's or of generated text;
    where the names don't fit, the inputs in order and then the state in order. Raises
    ``TypeError`` when neither fits, or there is no default for what is ``left_out``."""
    signature = inspect.signature(function)
    _refuse_without_default(signature, left_out, bool(state))
    by_name: dict[str, Any] = {argument_name(key): value for key, value in (*attributes.items(), *state.items())}
    several = _of_any_number(names, args)
    by_name |= {**dict(zip(names, args, strict=True)), **kwargs, **several}
    by_name |= {f"{name}_": value for name, value in by_name.items() if name in OWN and f"{name}_" not in by_name}
    own = {f"{name}_": name for name in OWN}
    chosen: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        is_any_number = parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if is_any_number and name not in several:
            continue
        if name in by_name:
            chosen[name] = by_name[name]
        elif parameter.default is inspect.Parameter.empty:
            return _by_position(signature, args, kwargs, state)
    answered = {*chosen, *(own.get(name, name) for name in chosen)}
    if any(name not in answered and name.partition(".")[0] not in answered for name in [*names, *kwargs]):
        return _by_position(signature, args, kwargs, state)
    bound = signature.bind_partial()
    bound.arguments.update(chosen)
    return bound.args, bound.kwargs


def _of_any_number(names: list[str], args: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    """What ``forward`` takes by a ``*name`` is named ``name.0``, ``name.1``: all of it by that name."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, value in zip(names, args, strict=True):
        base, dot, _ = name.partition(".")
        if dot:
            found[base] = (*found.get(base, ()), value)
    return found


def has_names(function: Callable[..., Any], names: Collection[str]) -> bool:
    """Whether ``kernel_function`` has a parameter for each of ``forward``'s ``names``."""
    own = inspect.signature(function).parameters
    return all(name in own or (name in OWN and f"{name}_" in own) for name in names)


def _refuse_without_default(signature: inspect.Signature, left_out: Collection[str], has_state: bool) -> None:
    """In the place of such an argument a weight would be taken."""
    parameters = signature.parameters
    for name in left_out:
        known = parameters.get(name) or parameters.get(f"{name}_")
        if known.default is inspect.Parameter.empty if known is not None else has_state:
            raise TypeError(f"kernel_function{signature} has no default for {name}")


def argument_name(key: str) -> str:
    """``fc1.weight`` → ``fc1_weight``; ``0.weight`` → ``_0_weight``."""
    name = re.sub(r"\W", "_", key)
    return f"_{name}" if name[0].isdigit() else name


def _by_position(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any], state: dict[str, torch.Tensor]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    inputs = [*args, *kwargs.values()]
    with_state, parameters = [*inputs, *state.values()], list(signature.parameters.values())
    variadic = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    needed = sum(
        p.default is inspect.Parameter.empty for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL
    )
    for given in (with_state, inputs):
        if variadic or needed <= len(given) <= len(parameters):
            signature.bind(*given)
            return tuple(given), {}
    raise TypeError(
        f"kernel_function{signature} takes neither the inputs' names "
        f"nor the {len(with_state)} inputs and weights in order"
    )
