"""A ``@triton.jit`` function: its parameters and what its decorators say."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from kernelagent.lint.names import Names
from kernelagent.static.walk import walk


@dataclass(frozen=True)
class Parameter:
    name: str
    node: ast.arg
    is_constexpr: bool
    default: ast.expr | None


class Kernel:
    """One ``@triton.jit`` function of a file, launched or called by other kernels."""

    def __init__(self, node: ast.FunctionDef, names: Names) -> None:
        self.node = node
        self.name = node.name
        self._names = names

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        arguments = self.node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
        pairs = [*zip(plain, [*defaults, *arguments.defaults], strict=True)]
        pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return tuple(Parameter(arg.arg, arg, self._is_constexpr(arg.annotation), value) for arg, value in pairs)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the body, in no particular order."""
        return [node for statement in self.node.body for node in walk(statement)]

    @cached_property
    def by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    def _is_constexpr(self, annotation: ast.expr | None) -> bool:
        if annotation is None:
            return False
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return "constexpr" in annotation.value
        return "constexpr" in ast.unparse(annotation)

    @cached_property
    def autotune(self) -> ast.Call | None:
        """The call of ``triton.autotune`` among the decorators."""
        return next(iter(self._decorators("triton.autotune")), None)

    @cached_property
    def heuristics(self) -> tuple[ast.Call, ...]:
        return tuple(self._decorators("triton.heuristics"))

    def _decorators(self, path: str) -> list[ast.Call]:
        calls = [item for item in self.node.decorator_list if isinstance(item, ast.Call)]
        return [call for call in calls if self._names.of(call.func) == path]

    @cached_property
    def has_only_known_decorators(self) -> bool:
        """Nothing but Triton's own, so that nothing else adds or takes arguments."""
        known = ("triton.jit", "triton.autotune", "triton.heuristics")
        return all(
            self._names.of(item.func if isinstance(item, ast.Call) else item) in known
            for item in self.node.decorator_list
        )

    @cached_property
    def supplied(self) -> tuple[frozenset[str], bool]:
        """Parameters that autotune's configurations and heuristics fill in, and whether that is all of them."""
        found: set[str] = set()
        complete = True
        for call in self.heuristics:
            values = argument(call, 0, "values")
            if isinstance(values, ast.Dict) and all(isinstance(key, ast.Constant) for key in values.keys):
                found |= {str(key.value) for key in values.keys if isinstance(key, ast.Constant)}
            else:
                complete = False
        if self.autotune is not None:
            configs = argument(self.autotune, 0, "configs")
            known = _configured(configs, self._names)
            complete = complete and known is not None
            found |= known or frozenset()
        return frozenset(found), complete


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """The argument of ``call`` at ``index`` or called ``name``."""
    if index < len(call.args) and not any(isinstance(item, ast.Starred) for item in call.args[: index + 1]):
        return call.args[index]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _configured(configs: ast.expr | None, names: Names) -> frozenset[str] | None:
    """Names that every configuration sets; ``None`` where that can't be told."""
    if isinstance(configs, ast.ListComp):
        elements = [configs.elt]
    elif isinstance(configs, (ast.List, ast.Tuple)):
        elements = list(configs.elts)
    else:
        return None
    found: set[str] = set()
    for element in elements:
        if not isinstance(element, ast.Call) or names.of(element.func) != "triton.Config":
            return None
        values = argument(element, 0, "kwargs")
        if isinstance(values, ast.Dict) and all(isinstance(key, ast.Constant) for key in values.keys):
            found |= {str(key.value) for key in values.keys if isinstance(key, ast.Constant)}
        elif isinstance(values, ast.Call) and isinstance(values.func, ast.Name) and values.func.id == "dict":
            found |= {keyword.arg for keyword in values.keywords if keyword.arg is not None}
        else:
            return None
    return frozenset(found)
