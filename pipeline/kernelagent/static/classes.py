"""What the static check says of a class: its bases, its constructor, and the methods that run with the kernel."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection

from kernelagent.static import rules
from kernelagent.static.names import Names
from kernelagent.static.reader import Finding, Reader
from kernelagent.static.walk import walk

CONSTRUCTORS = ("__init__", "reset_parameters")
_MODULE = ("torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module")
_FUNCTION = ("torch.autograd.Function", "torch.autograd.function.Function")
BACKWARD = ("backward", "setup_context", "jvp", "vmap")
"""Methods of an autograd function that its forward pass does not run. Calling them is seen by the dynamic check."""


def read_class(node: ast.ClassDef, names: Names, kernels: Collection[ast.AST] = ()) -> list[Finding]:
    """Findings in a class that the entries can reach; but for ``kernels``, which are no methods."""
    found: list[Finding] = []
    differentiable = False
    for base in node.bases:
        path = names.of(base) or ""
        text = ast.unparse(base)
        differentiable |= path in _FUNCTION
        plain = path.partition(".")[0] in rules.STANDARD_LIBRARY or text in rules.PLAIN_BASES or _is_exception(text)
        plain |= isinstance(base, ast.Subscript) and (names.of(base.value) or "").startswith("typing.")
        plain |= text in ("str", "int") and any((names.of(b) or "") in ("enum.Enum", "enum.Flag") for b in node.bases)
        if path in (*_MODULE, *_FUNCTION) or plain:
            continue
        container = path.startswith("torch.nn.") or text in names.classes
        if not (container and (_has_own_forward(node) or not path)):
            found.append(Finding.at(f"inherits from {text}: its forward may do the work instead of Triton", base))
    for part in (*node.decorator_list, *(keyword.value for keyword in node.keywords)):
        found += Reader(names).read(part)
    constructing = constructing_methods(node)
    for item in node.body:
        if differentiable and isinstance(item, ast.FunctionDef) and item.name in BACKWARD:
            continue
        if item in kernels:
            continue
        builds = isinstance(item, ast.FunctionDef) and item.name in constructing
        found += Reader(names, builds).read(item)
    return found


def constructing_methods(node: ast.ClassDef) -> frozenset[str]:
    """The constructor, and methods that nothing but the constructor asks for."""
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}

    def asked(start: set[str]) -> set[str]:
        queue, seen = list(start), set[str]()
        while queue:
            name = queue.pop()
            if name in methods and name not in seen:
                seen.add(name)
                queue += [n.attr for n in walk(methods[name]) if isinstance(n, ast.Attribute)]
        return seen

    built = asked({name for name in CONSTRUCTORS if name in methods})
    others = {name for name in methods if name not in built}
    return frozenset(built - (asked(others) if others else set()) | (set(CONSTRUCTORS) & set(methods)))


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _has_own_forward(node: ast.ClassDef) -> bool:
    """Whether the class replaces what its base computes, and nowhere but in its constructor asks the base for
    anything."""
    methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
    for method in methods:
        if method.name == "__init__":
            continue
        for item in walk(method):
            if isinstance(item, ast.Name) and item.id == "super":
                return False
    return any(m.name == "forward" for m in methods)
