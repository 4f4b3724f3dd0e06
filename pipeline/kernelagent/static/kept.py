"""What judged code keeps from one call to the next: objects of the file's own, or of a module's, that it changes."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from kernelagent.static.classes import constructing_methods
from kernelagent.static.names import root_of
from kernelagent.static.walk import walk

_CHANGING = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "clear", "discard"}
    | {"appendleft", "popleft", "extendleft", "rotate", "subtract", "send", "throw", "sort", "reverse", "move_to_end"}
    | {"set", "write", "writelines", "__next__", "__setitem__", "__iadd__"}
)
_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call, ast.GeneratorExp)
_CONTAINERS = frozenset(
    {"list", "dict", "set", "bytearray", "iter", "defaultdict", "deque", "Counter", "OrderedDict", "SimpleNamespace"}
)

_ITERATORS = frozenset({"iter", "zip", "map", "filter", "enumerate", "reversed", "open"})

Kept = tuple[str, int]


def kept_between_calls(top: list[ast.stmt], inside_kernels: Container[int]) -> Iterator[Kept]:
    """Each with its line. ``inside_kernels``: ids of nodes that only a kernel runs."""
    objects = {
        target.id
        for statement in top
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, _MUTABLE)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    numbers = {
        target.id
        for statement in top
        if isinstance(statement, ast.Assign) and _holds_numbers(statement.value)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    iterators = _iterators(top)
    functions = {statement.name for statement in top if isinstance(statement, (ast.FunctionDef, ast.ClassDef))}
    for function, constructs in _functions(top):
        if id(function) in inside_kernels:
            continue
        for default in (*function.args.defaults, *(d for d in function.args.kw_defaults if d is not None)):
            if isinstance(default, (ast.List, ast.Dict, ast.Set)) or _makes_a_container(default):
                yield "a default argument", default.lineno
        known = objects | _aliases(function, objects)
        of_numbers = numbers | _aliases(function, numbers)
        for node in walk(function):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                yield ", ".join(node.names), node.lineno
            elif name := _changed(node, known, of_numbers, functions, constructs):
                yield name, getattr(node, "lineno", 1)
            elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and not constructs:
                name = node.id if isinstance(node, ast.Name) else node.attr
                if name in iterators:
                    yield name, node.lineno


def _iterators(top: list[ast.stmt]) -> set[str]:
    """Names of the file's own, and attributes, that stand for what is used up: whatever goes through one changes it."""
    generators = {
        node.name
        for statement in top
        for node in walk(statement)
        if isinstance(node, ast.FunctionDef) and any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in walk(node))
    }

    def is_used_up(value: ast.expr | None) -> bool:
        if isinstance(value, ast.GeneratorExp):
            return True
        if not isinstance(value, ast.Call):
            return False
        called = ast.unparse(value.func)
        return called in _ITERATORS | generators or called.startswith("itertools.") or _is_of_itertools(called, top)

    found: set[str] = set()
    at_top = {id(statement) for statement in top}
    for statement in (node for outermost in top for node in walk(outermost)):
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and is_used_up(statement.value):
            for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                if isinstance(target, ast.Attribute):
                    found.add(target.attr)
                elif isinstance(target, ast.Name) and id(statement) in at_top:
                    found.add(target.id)
    return found


def _is_of_itertools(called: str, top: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "itertools" and called == (alias.asname or alias.name)
        for node in top
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )


def _functions(top: list[ast.stmt]) -> Iterator[tuple[ast.FunctionDef | ast.Lambda, bool]]:
    """Every function, and whether it only runs while an object is made."""
    constructing = {
        id(node)
        for statement in top
        for holder in walk(statement)
        if isinstance(holder, ast.ClassDef)
        for method in holder.body
        if isinstance(method, ast.FunctionDef) and method.name in constructing_methods(holder)
        for node in walk(method)
    }
    for statement in top:
        for node in walk(statement):
            if isinstance(node, (ast.FunctionDef, ast.Lambda)):
                yield node, id(node) in constructing


def _makes_a_container(node: ast.expr) -> bool:
    made = node.func if isinstance(node, ast.Call) else None
    return getattr(made, "id", getattr(made, "attr", "")) in _CONTAINERS


def _holds_numbers(node: ast.expr | None) -> bool:
    """A literal of constants, or of what ``tl.constexpr`` objects hold."""
    match node:
        case ast.Dict(values=values):
            return all(map(_holds_numbers, values))
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(map(_holds_numbers, parts))
        case ast.UnaryOp(operand=operand):
            return _holds_numbers(operand)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Attribute) and node.attr == "value")


def _aliases(function: ast.AST, objects: set[str]) -> set[str]:
    return {
        target.id
        for node in walk(function)
        if isinstance(node, ast.Assign) and root_of(node.value) in objects
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _changed(node: ast.AST, objects: set[str], numbers: set[str], functions: set[str], constructs: bool) -> str:
    """Which object that outlives the call the node changes; nothing for none. ``numbers``: objects that hold nothing
    else, which no launch can change."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method, value=holder)) if method in _CHANGING:
            return _kept(holder, objects, functions, constructs)
        case ast.Call(func=ast.Name(id="next"), args=[holder, *_]):
            return _kept(holder, objects, functions, constructs)
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id="self" | "cls"), *_]) if not constructs:
            return "attributes of self"
        case ast.Call(func=ast.Subscript(), args=args):  # a launch may write to a tensor of the file's own
            return next((root for a in args if (root := root_of(a)) in objects and root not in numbers), "")
        case ast.Subscript(ctx=ast.Store(), value=holder):
            return _kept(holder, objects, functions, constructs)
        case ast.Attribute(ctx=ast.Store(), value=ast.Name(id="self" | "cls" as owner), attr=attribute):
            return "" if constructs else f"{owner}.{attribute}"
        case ast.Attribute(ctx=ast.Store(), value=ast.Name(id=name)) if name in functions | objects:
            return name
    return ""


def _kept(holder: ast.expr, objects: set[str], functions: set[str], constructs: bool) -> str:
    """The name of ``holder`` where it outlives the call."""
    match holder:
        case ast.Name(id=name) if name in objects:
            return name
        case ast.Attribute(value=ast.Name(id="self" | "cls" as owner), attr=attribute) if not constructs:
            return f"{owner}.{attribute}"
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _kept(inner, objects, functions, constructs)
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            return f"what {name}() gives"
    return ""
