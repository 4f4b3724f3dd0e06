"""What a kernel's module class is constructed with, to be held to a live module, which does not tell how it was."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.errors import InitFailed

if TYPE_CHECKING:
    import torch

_ABSENT = object()


def init_for(kernel: Path, module: torch.nn.Module) -> str | None:
    """``"()"`` where the class of the file ``kernel`` takes no arguments, or ``module`` says that it was made with its
    class's defaults; ``None`` for a class that takes whatever it is given, and a file that has none. Raises
    ``InitFailed`` where an argument can't be told."""
    try:
        tree = ast.parse(kernel.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return None  # whoever judges it tells
    module = getattr(module, "_orig_mod", module)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found = classes.get(f"{type(module).__name__}Triton") or classes.get("ModelNew")
    if found is None:
        return None
    own = next((one for one in found.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    if own is not None and own.args.vararg is not None:
        return None
    if own is not None and len([*own.args.posonlyargs, *own.args.args, *own.args.kwonlyargs]) == 1:
        return "()"
    if unknown := _unknown(module):
        raise InitFailed(
            f"{found.name} of {kernel.name} takes constructor arguments, and {', '.join(unknown)} of a live "
            f"{type(module).__name__} can't be read off it.",
            hint='Say what it was constructed with: init="(64,)", or a dict of keyword arguments.',
        )
    return "()"


def _unknown(module: torch.nn.Module) -> list[str]:
    """Parameters of its class without a default that an attribute of the same name confirms."""
    import torch

    cls = type(module)
    if cls.__init__ is torch.nn.Module.__init__:
        return []
    parameters = list(inspect.signature(cls.__init__).parameters.items())[1:]
    return [name for name, one in parameters if not _is_default(getattr(module, name, _ABSENT), one.default)]


def _is_default(value: object, default: object) -> bool:
    """By text, and not by ``==``: it may be a tensor."""
    return default is not inspect.Parameter.empty and type(value) is type(default) and repr(value) == repr(default)
