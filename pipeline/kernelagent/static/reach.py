"""Whether a name leads out of what was handed over: to another module, or to a private part."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Sequence

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


def leads_out_of_nn(parts: Sequence[str]) -> bool:
    """Whether ``torch.nn.…``, taken apart, ends at a module or at what one of torch's modules imports for itself:
    ``torch.nn.modules.linear.torch``. Classes begin with a capital; functions are those that make or fill weights."""
    if parts[:2] != ["torch", "nn"] or len(parts) < 3:
        return False
    first, *rest = parts[2:]
    if first[:1].isupper():
        return False
    if first == "functional":
        return False  # which of it may be used is a list of its own
    if first == "init":
        return any(not part.endswith("_") and not part.lstrip("_").startswith("calculate") for part in rest)
    names = [part for part in rest if part not in rules.MODULES_OF_NN]
    if first == "modules":
        names = names[1:] if len(names) > 1 and not names[0][:1].isupper() else names
    elif first not in rules.MODULES_OF_NN:
        return True
    return not names or not (names[0][:1].isupper() or names[0] in rules.FUNCTIONS_OF_NN)
