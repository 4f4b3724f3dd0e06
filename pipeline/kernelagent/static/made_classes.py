"""Classes whose parts are texts: ``dataclass`` makes code of the names of fields, and ``type()`` takes any text as a
name. So a class is made by ``class`` alone, and what tells of its fields is neither set nor reached.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeGuard

from kernelagent.static.names import root_of
from kernelagent.static.type_expressions import hints_of
from kernelagent.static.walk import walk

Of = Callable[[ast.expr], str | None]
Found = tuple[str, ast.AST]

_TELLING_OF_FIELDS = frozenset(
    {"__annotations__", "__annotate__", "__annotate_func__", "__match_args__", "__slots__", "__fields__", "_fields"}
    | {"__dataclass_fields__", "__dataclass_params__", "__signature__", "__text_signature__", "__wrapped__"}
    | {"__class_getitem__"}
)
"""What others read to make code, or to look attributes up. Signatures are evaluated where operators are registered, and
what a class gives for ``Class[...]`` may be a text there."""
_METACLASSES = frozenset({"abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"})
_ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum"})
_TELLING = frozenset({"isinstance", "issubclass", "str", "repr", "print", "hash", "id"})
"""Functions that a class may be handed to: they neither call nor keep it."""
_NAMES_OF_CLASSES = frozenset({"__name__", "__qualname__", "__module__", "__doc__"})
_GIVING_CLASSES = frozenset({"__class__", "__call__", "__new__"})
_HARMLESS = frozenset(
    {"__init__", "__call__", "__post_init__", "__repr__", "__str__", "__len__", "__iter__", "__next__", "__hash__"}
    | {"__enter__", "__exit__", "__setattr__", "__name__", "__main__", "__all__", "__version__", "__doc__"}
)
"""Methods that are not handed what something is compared with, or looked up by."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def classes_of_texts(tree: ast.Module, of: Of) -> Iterator[Found]:
    """Where a file makes classes otherwise than by ``class``, or names their fields by texts; what to say of each.
    ``of``: the dotted path of an expression."""
    nodes = walk(tree)
    yield from _fields(nodes)
    yield from _dataclasses(nodes, of)
    yield from _by_call(nodes, of)
    yield from _enumerations(nodes, of)
    yield from _Types(nodes, of).found()


def _fields(nodes: Sequence[ast.AST]) -> Iterator[Found]:
    notes = {id(n.value) for n in nodes if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    for node in nodes:
        for name in _named(node) if id(node) not in notes else ():
            if name in _TELLING_OF_FIELDS:
                yield f"names {name}, of which others make code", node
            elif name in _GIVING_CLASSES and isinstance(node, (ast.Constant, ast.MatchClass)):
                yield f"asks by a text for {name}, which makes classes whose attributes cannot be told", node


def _named(node: ast.AST) -> Sequence[str | None]:
    match node:
        case ast.keyword(arg=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.Name(id=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Constant(value=str(text)):
            return text.split(".") if len(text) < 200 else []
        case ast.alias(name=name, asname=other):
            return [*name.split("."), other]
        case ast.MatchClass(kwd_attrs=several) | ast.Global(names=several) | ast.Nonlocal(names=several):
            return several
    return []


def _dataclasses(nodes: Sequence[ast.AST], of: Of) -> Iterator[Found]:
    decorating, fields = set[int](), set[int]()
    for node in nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        marks = [mark for mark in node.decorator_list if _is_plain(mark)]
        functions = [mark.func if isinstance(mark, ast.Call) else mark for mark in marks]
        decorating |= {id(function) for function in functions}
        if any(of(function) == "dataclasses.dataclass" for function in functions):
            values = (item.value for item in node.body if isinstance(item, ast.AnnAssign))
            fields |= {id(value.func) for value in values if isinstance(value, ast.Call)}
    for node in nodes:
        path = of(node) if _is_read(node) else None
        if path == "dataclasses.dataclass" and id(node) not in decorating:
            yield "uses dataclass otherwise than as the decorator of a class, with keywords that are written out", node
        elif path == "dataclasses.field" and id(node) not in fields:
            yield "uses field otherwise than as the value of an annotated name in a dataclass", node
        elif path in ("dataclasses.make_dataclass", "dataclasses.fields", "dataclasses.Field"):
            yield f"uses {path}, which hands out what dataclass makes code of", node


def _is_plain(mark: ast.expr) -> bool:
    """A decorator without arguments, or with keywords whose values are written out."""
    if not isinstance(mark, ast.Call):
        return True
    return not mark.args and all(k.arg and isinstance(k.value, ast.Constant) for k in mark.keywords)


def _is_read(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Call)  # getattr(dataclasses, "dataclass")


def _by_call(nodes: Sequence[ast.AST], of: Of) -> Iterator[Found]:
    """Metaclasses, and calls of the standard library that make a class of a text."""
    as_metaclass = set[int]()
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for keyword in node.keywords:
                as_metaclass.add(id(keyword.value))
                if keyword.arg is None or (keyword.arg == "metaclass" and of(keyword.value) not in _METACLASSES):
                    yield "makes a class by a metaclass of its own, so that its attributes cannot be told", node
    for node in nodes:
        if _is_read(node) and (of(node) or "") in _METACLASSES and id(node) not in as_metaclass:
            yield f"uses {of(node)} otherwise than as a metaclass", node
        if not isinstance(node, ast.Call):
            continue
        path = of(node.func)
        if path in ("typing.TypedDict", "types.new_class"):
            yield f"makes a class by {path}(), so that its attributes cannot be told", node


def _enumerations(nodes: Sequence[ast.AST], of: Of) -> Iterator[Found]:
    """An enumeration without members makes others when it is called, with names that are data: it may be inherited
    and no more."""
    empty = set[str]()
    for _ in range(3):  # those of others
        empty |= {node.name for node in nodes if isinstance(node, ast.ClassDef) and _is_empty(node, of, empty)}
    allowed = {id(base) for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TELLING:
            allowed |= {id(part) for argument in node.args for part in walk(argument)}
        for hint in hints_of(node) if isinstance(node, (ast.arg, ast.AnnAssign, *_DEFINITIONS)) else ():
            allowed |= {id(part) for part in walk(hint)}
    for node in nodes:
        if id(node) in allowed or not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if isinstance(node.ctx, ast.Load) and (name in empty or of(node) in _ENUMS):
            yield (
                f"uses {name} otherwise than as a base: a call would make classes whose attributes cannot be told",
                node,
            )


def _is_empty(node: ast.ClassDef, of: Of, others: Collection[str]) -> bool:
    """Whether no name in the body of an enumeration is certain to be a member. ``others``: names of such ones."""
    if not any((of(base) or "") in _ENUMS or root_of(base) in others for base in node.bases):
        return False
    assigned = [item for item in node.body if isinstance(item, ast.Assign)]
    names = [target.id for item in assigned for target in item.targets if isinstance(target, ast.Name)]
    return "_ignore_" in names or not any(
        isinstance(item.value, (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp)) or _is_auto(item.value, of)
        for item in assigned
        if all(isinstance(target, ast.Name) and not target.id.startswith("_") for target in item.targets)
    )


def _is_auto(value: ast.expr, of: Of) -> bool:
    return isinstance(value, ast.Call) and of(value.func) == "enum.auto"


class _Types:
    """What ``type`` gives, and where it goes."""

    def __init__(self, nodes: Sequence[ast.AST], of: Of) -> None:
        self._nodes = nodes
        self._of = of
        self._around = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
        self._classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
        self._own = {name for node in nodes if _binds(node) for name in _named(node)}
        """Names that the file gives something to, Python's own perhaps."""
        said = {name for node in nodes if _binds(node) or isinstance(node, ast.Constant) for name in _named(node)}
        self._own_methods = any(_may_be_handed(name) for name in said if name is not None)
        """It has methods that are handed what is compared, or looked up."""
        self._keeps_what_is_asked = any(of(n) == "collections.defaultdict" for n in nodes if isinstance(n, ast.expr))
        self._holding = list(self._assignments())
        self._held = {name for name, _ in self._holding}
        """Names that stand for what ``type`` gives."""
        functions = [node for node in nodes if isinstance(node, _DEFINITIONS)]
        parameters = [node for node in functions if any(isinstance(a, ast.arg) and a.arg == "type" for a in walk(node))]
        own = (part for node in parameters for statement in node.body for part in walk(statement))
        self._excused = {id(part) for part in own}
        for module_part in nodes:
            if isinstance(module_part, (ast.arg, ast.AnnAssign, *_DEFINITIONS)):
                self._excused |= {id(part) for hint in hints_of(module_part) for part in walk(hint)}
        self._of_themselves = dict(self._methods())

    def found(self) -> Iterator[Found]:
        for node in self._nodes:
            if isinstance(node, ast.Name) and node.id == "type" and isinstance(node.ctx, ast.Load):
                if id(node) not in self._excused and not self._only_asks(node):
                    yield "hands on type, which makes classes whose attributes cannot be told", node
            elif isinstance(node, ast.expr) and _asks_for_a_class(node):
                yield from self._class_of(node)
            if isinstance(node, ast.Call) and self._may_make(node):
                yield "calls what type() gives with three arguments, which makes a class of a text", node
        for name, scope in self._holding:
            for node in walk(scope):
                if isinstance(node, ast.Name) and node.id == name and _is_read(node) and not self._stays(node):
                    yield "hands on what type() gives, so that what is made by it cannot be told", node

    def _assignments(self) -> Iterator[tuple[str, ast.AST]]:
        """Names that are given what ``type`` gives, and where they have it: a function, or the file."""
        shared = {name for n in self._nodes if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names}
        held = set[str]()
        for _ in range(3):  # aliases of aliases
            for node in self._nodes:
                if not isinstance(node, (ast.Assign, ast.NamedExpr, ast.AnnAssign)) or node.value is None:
                    continue
                value = node.value.value if isinstance(node.value, ast.NamedExpr) else node.value
                if not _asks_for_a_class(value) and not (isinstance(value, ast.Name) and value.id in held):
                    continue
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for part in (part for target in targets for part in walk(target)):
                    if isinstance(part, ast.Name):
                        held.add(part.id)
                        yield part.id, self._nodes[0] if part.id in shared else self._scope_of(node)

    def _scope_of(self, node: ast.AST) -> ast.AST:
        while id(node) in self._around and not isinstance(node, (*_DEFINITIONS, ast.Lambda)):
            node = self._around[id(node)]
        return node

    def _only_asks(self, node: ast.expr) -> bool:
        around = self._around.get(id(node))
        if isinstance(around, ast.Call) and around.func is node:
            return True  # with how many arguments is looked at elsewhere
        while isinstance(around, (ast.Tuple, ast.BinOp)):
            around = self._around.get(id(around))
        if isinstance(around, ast.Call):
            return self._is_builtin(around.func, ("isinstance", "issubclass"))
        return isinstance(around, ast.Compare) and self._only_compares(around)

    def _is_builtin(self, function: ast.expr, names: Collection[str]) -> bool:
        return isinstance(function, ast.Name) and function.id in names and function.id not in self._own

    def _only_compares(self, node: ast.Compare) -> bool:
        return not self._own_methods or all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)

    def _class_of(self, node: ast.expr) -> Iterator[Found]:
        whose = node.args[0] if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Attribute) else node
        name = root_of(whose) if isinstance(whose, ast.Name) else ""
        if _asks_for_a_class(whose) or name in self._held | self._classes | {"cls"}:
            yield "asks for the class of a class, which makes classes whose attributes cannot be told", node
        elif not self._stays(node):
            yield "hands on what type() gives, so that what is made by it cannot be told", node

    def _stays(self, node: ast.expr) -> bool:
        """Whether a class is only compared, told or called where it is."""
        around = self._around.get(id(node))
        inner: ast.AST = node
        while isinstance(around, (ast.Tuple, ast.List, ast.Set, ast.NamedExpr)):
            inner, around = around, self._around.get(id(around))
        match around:
            case ast.Compare():
                return self._only_compares(around)
            case ast.Subscript(value=value, ctx=ast.Load()):
                return value is not inner and not self._own_methods and not self._keeps_what_is_asked
            case ast.Expr() | ast.FormattedValue():
                return True
        if inner is not node:
            return False  # a member is taken where nobody sees it
        match around:
            case ast.Attribute(attr=name):
                return name in _NAMES_OF_CLASSES or (not name.startswith("__") and name != "mro")
            case ast.Call(func=function):
                if function is node or self._is_builtin(function, _TELLING):
                    return True
                return isinstance(function, ast.Attribute) and _is_text(function.value)  # "{}".format(type(x))
            case ast.BinOp(left=left, op=ast.Mod()):
                return _is_text(left)
            case ast.Assign(targets=targets):
                in_class = isinstance(self._around.get(id(around)), ast.ClassDef)
                return not in_class and all(isinstance(target, ast.Name) for target in targets)
            case ast.AnnAssign(target=target):
                return isinstance(target, ast.Name) and not isinstance(self._around.get(id(around)), ast.ClassDef)
        return False

    def _may_make(self, call: ast.Call) -> bool:
        function = call.func
        starred = any(isinstance(argument, ast.Starred) for argument in call.args)
        if len(call.args) != 3 and not starred:
            return False
        if not _asks_for_a_class(function):
            return root_of(function) in self._held and not isinstance(function, ast.Attribute)
        return id(call) not in self._of_themselves or self._of_themselves[id(call)] in self._unbound()

    def _methods(self) -> Iterator[tuple[int, str]]:
        """Calls of ``type(self)`` in methods, where it is a class of the file, and the names of the methods."""
        for node in self._nodes:
            for method in node.body if isinstance(node, ast.ClassDef) else []:
                if not isinstance(method, ast.FunctionDef) or not method.args.args or method.decorator_list:
                    continue
                own = method.args.args[0].arg
                inside = walk(method)
                if sum(own in _named(part) for part in inside if isinstance(part, ast.arg) or _stores(part)) != 1:
                    continue  # it may be something else
                for part in inside:
                    whose = _asked(part.func) if isinstance(part, ast.Call) else None
                    if isinstance(whose, ast.Name) and whose.id == own:
                        yield id(part), method.name

    def _unbound(self) -> set[str]:
        """Methods that are taken of a class, so that what they are handed need not be of it."""
        taken = {n.id for n in self._nodes if isinstance(n, ast.Name)}
        taken |= {n.value for n in self._nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        for node in self._nodes:
            if isinstance(node, ast.Attribute) and not self._is_one_of_a_class(node.value):
                of_class = root_of(node.value) in {*self._classes, *self._held, "cls"}
                if of_class or any(map(_asks_for_a_class, walk(node.value))):
                    taken.add(node.attr)
        return taken

    def _is_one_of_a_class(self, node: ast.expr) -> bool:
        """``Settings(1.0)``"""
        is_made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self._classes
        return is_made and not self._own_methods


def _may_be_handed(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in _HARMLESS


def _binds(node: ast.AST) -> bool:
    return _stores(node) or isinstance(node, (ast.arg, ast.alias, *_DEFINITIONS, ast.ClassDef))


def _stores(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _asked(node: ast.AST) -> ast.expr | None:
    """``x`` of ``type(x)`` and of ``x.__class__``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type" and node.args:
        return node.args[0]
    return node.value if isinstance(node, ast.Attribute) and node.attr == "__class__" else None


def _asks_for_a_class(node: ast.AST) -> bool:
    return _asked(node) is not None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
