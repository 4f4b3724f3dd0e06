"""Whether a name leads out of what was handed over: to another module, or to a private part."""

from __future__ import annotations

import functools
import importlib
import inspect

from kernelagent.static import rules


@functools.cache
def is_offered_by(module: str, name: str) -> bool:
    """Whether a module of the standard library has the name for others to use, and not for itself: a module that it
    imports, or a builtin function."""
    found = importlib.import_module(module)
    value = getattr(found, name, None)
    if inspect.ismodule(value):
        return f"{module}.{name}" in rules.STANDARD_SUBMODULES
    offered = getattr(found, "__all__", None)
    return not name.startswith("_") if offered is None else name in offered


def is_inner(name: str, is_strict: bool) -> bool:
    """Whether an attribute of that name leads out of what was handed over, whatever it is an attribute of. Constructors
    may use private helpers, such as those of ``torch.nn.init`` (``is_strict`` is false)."""
    if name.lstrip("_") in rules.FORBIDDEN_ON_ANYTHING:
        return True
    return is_strict and name.startswith("_") and not name.endswith("__") and name not in rules.PRIVATE_BUT_HARMLESS
