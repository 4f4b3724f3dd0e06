"""Findings in one piece of wrapper code: what it names that computes, reaches elsewhere, or tampers."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field

from kernelagent.static import rules
from kernelagent.static.hidden_names import FORMATTING, SETTING, formats_unseen, hidden_names
from kernelagent.static.inner_functions import is_only_called
from kernelagent.static.names import Names, bound_in, own_names, root_of
from kernelagent.static.reach import is_inner, is_offered_by, leads_out_of_nn
from kernelagent.static.readable import is_readable
from kernelagent.static.triton_names import is_offered
from kernelagent.static.type_expressions import written_out
from kernelagent.static.walk import walk


@dataclass(frozen=True)
class Finding:
    what: str
    line: int
    node: ast.AST | None = field(default=None, compare=False)
    """Where it is, more closely."""

    @classmethod
    def at(cls, what: str, node: ast.AST) -> Finding:
        return cls(what, getattr(node, "lineno", 1), node)


class Reader(ast.NodeVisitor):
    """Findings in one piece of wrapper code."""

    def __init__(self, names: Names, constructing: bool = False) -> None:
        self._names = names
        self._constructing = constructing
        """Constructors and top level: weights are made here, which takes ``torch.nn`` and its ``init``."""
        self._findings: list[Finding] = []
        self._parameters: frozenset[str] = frozenset()
        """Of the functions that the reader is in."""
        self._given: frozenset[str] = frozenset()
        """Those that are given nothing else there."""
        self._around: list[ast.AST] = []
        """The nodes that the one that is visited is in, and itself."""

    def read(self, node: ast.AST) -> list[Finding]:
        self.visit(node)
        return self._findings

    def visit(self, node: ast.AST) -> None:
        self._around.append(node)
        super().visit(node)
        self._around.pop()

    def _of(self, node: ast.expr) -> str | None:
        """The dotted path; ``None`` for what hangs on a parameter, whatever else in the file has its name: what is
        handed over is looked at where it is handed on."""
        return None if root_of(node) in self._given else self._names.of(node)

    def _find(self, what: str, node: ast.AST) -> None:
        self._findings.append(Finding.at(what, node))

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            self._find("imports from its own package, which is not there when it is used alone", node)
            return
        module = node.module or ""
        root = module.partition(".")[0]
        for alias in node.names:
            path = f"{module}.{alias.name}"
            if alias.name == "*" and module != "triton.language":
                self._find(f"imports everything from {module}, so that names cannot be told apart", node)
                continue
            if root != "torch" or not self._door(module, node):
                self._import(module if root != "torch" else root, node)
            self._standard(path, node)
            if root == "torch":
                self._path(path, node)
            self._door(path, node)

    def _import(self, module: str, node: ast.AST) -> None:
        root = module.partition(".")[0]
        if module == "torch.library":
            return  # what is taken of it is looked at by name
        if root in ("torch", "triton"):
            if (
                not self._door(module, node)
                and root == "torch"
                and not module.startswith("torch.nn.")
                and module != "torch"
            ):
                self._path(module, node)
        elif root not in sys.stdlib_module_names:
            self._find(f"imports {root}: only torch, triton and the standard library may be used", node)
        elif root not in rules.STANDARD_LIBRARY or (module != root and module not in rules.STANDARD_SUBMODULES):
            self._find(f"imports {module}, which a kernel's wrapper has no need of", node)

    def _standard(self, path: str, node: ast.AST) -> None:
        module, _, name = path.partition(".")
        name = name.partition(".")[0]
        allowed = rules.ALLOWED_ATTRIBUTES.get(module)
        if allowed is not None and name and name not in allowed:
            self._find(f"uses {path}, which a kernel's wrapper has no need of", node)
        elif name and module in rules.STANDARD_LIBRARY and allowed is None and not is_offered_by(module, name):
            self._find(f"uses {path}, which {module} does not offer: it may be another module", node)
        elif path in rules.FORBIDDEN_STANDARD:
            self._find(f"uses {path}, which runs text as code or hides a name", node)

    def _door(self, path: str, node: ast.AST) -> bool:
        """Another module, or a private part, by way of one that may be used: ``triton.runtime.cache.os``."""
        if path in rules.READ_ONLY_TORCH or any(path.startswith(f"{free}.") for free in rules.FREE_TORCH):
            return False
        parts = path.split(".")
        if parts[0] == "triton" and not path.endswith(".*"):
            if not is_offered(path):
                self._find(f"uses {path}, which is not made for writing kernels", node)
                return True
            return False
        for part in parts[1:]:
            if part.lstrip("_") in rules.FORBIDDEN_MODULES and path not in rules.STANDARD_SUBMODULES:
                self._find(f"reaches {part} by way of {path}", node)
                return True
            if part.startswith("_") and not part.endswith("__"):
                self._find(f"uses {path}, which is private", node)
                return True
        return False

    # Names and attributes

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if id(node) in self._names.permitted:
            return
        path = self._of(node)
        around = self._around[-2] if len(self._around) > 1 else None
        is_called = isinstance(around, ast.Call) and around.func is node
        if formats_unseen(node, is_called):
            self._find(f"hands on .{node.attr}, so that the text that it is called on cannot be told", node)
        if node.attr in SETTING and isinstance(node.ctx, ast.Load) and not is_called:
            self._find(f"hands on {node.attr}, so that what it reaches cannot be told", node)
        if self._names.is_kernel(node.value) and self._asks_a_kernel(node):
            return
        if not isinstance(node.ctx, ast.Load):
            changed = path or (node.attr if node.attr.startswith("__") or isinstance(node.value, ast.Call) else None)
            if changed is not None and not self._constructing_self(node):
                self._find(f"replaces {changed}: what is judged must not change its surroundings", node)
                return
        elif path is not None and self._hands_on(path, node):
            return
        if path is not None and self._door(path, node):
            return
        if path in rules.READ_ONLY_TORCH and isinstance(node.ctx, ast.Load):
            return
        if path in ("os.environ", "os.getenv") and self._asks_too_much(node):
            return
        on_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if not (is_called and node.attr == "tolist" and self._reads(node)):
            self._attribute(node.attr, node, on_self)
        if path is not None and path.startswith("torch."):
            self._path(path, node)
            return
        if path is not None:
            self._standard(path, node)
        self.generic_visit(node)

    def _attribute(self, name: str, node: ast.AST, on_self: bool = False) -> None:
        """An attribute of whatever it is, also where its name is a string."""
        if name in rules.FORBIDDEN_ATTRIBUTES and not (on_self and name == "__dict__"):
            self._find(f"reaches for {name}", node)
        elif not on_self and is_inner(name, is_strict=not self._constructing):
            self._find(f"reaches for {name}, which is another module or a private part", node)
        elif name in rules.OF_OTHER_DEVICES:
            self._find(f"calls .{name}(), by which an operator differs from place to place", node)
        elif name in rules.CARRYING_OUT and not on_self:
            self._find(f"calls .{name}(), which carries values out of the tensor", node)

    def _asks_a_kernel(self, node: ast.Attribute) -> bool:
        around = self._around[-2] if len(self._around) > 1 else None
        is_called = isinstance(around, ast.Call) and around.func is node
        is_asked = isinstance(around, ast.Attribute) and node.attr == "best_config"
        if isinstance(node.ctx, ast.Load) and node.attr in rules.OF_KERNELS and (is_called or is_asked):
            return False
        self._find(f"looks at .{node.attr} of a kernel: what Triton makes of it differs in use", node)
        return True

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        if self._names.is_kernel(node.value):
            self._find("makes text of a kernel: what Triton makes of it differs in use", node)
        self.generic_visit(node)

    def _constructing_self(self, node: ast.Attribute) -> bool:
        return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and not node.attr.endswith("__")

    def _hands_on(self, path: str, node: ast.expr) -> bool:
        """A module or a lookup that is used as a value: it can be told no more what is reached through it."""
        around = self._around[-2] if len(self._around) > 1 else None
        if path in rules.LOOKUPS or path in rules.ACCESSORS:
            if isinstance(around, ast.Call) and around.func is node:
                return False
            self._find(f"hands on {path}, so that what it reaches cannot be told", node)
            return True
        if path not in rules.MODULES or isinstance(around, ast.Attribute):
            return False
        if isinstance(around, ast.Compare) and all(isinstance(op, (ast.Is, ast.IsNot)) for op in around.ops):
            return False  # an operator of another kind hands it to a method
        if isinstance(around, ast.Assign) and all(isinstance(target, ast.Name) for target in around.targets):
            return False
        if isinstance(around, ast.AnnAssign) and isinstance(around.target, ast.Name):
            return False
        if isinstance(around, ast.Call) and isinstance(around.func, ast.Name) and around.func.id in rules.ACCESSORS:
            return False
        self._find(f"hands on the module {path}, so that what is taken from it cannot be told", node)
        return True

    def _asks_too_much(self, node: ast.expr) -> bool:
        """Of the environment only variables may be read that are named, and that the judge does not set itself."""
        around = self._around[::-1]
        outer = around[1] if len(around) > 1 else None
        if isinstance(outer, ast.Attribute) and outer.attr == "get":
            outer = around[2] if len(around) > 2 else None
        key: ast.expr | None = None
        if isinstance(outer, ast.Subscript):
            key = outer.slice
        elif isinstance(outer, ast.Call) and outer.args:
            key = outer.args[0]
        elif isinstance(outer, ast.Compare) and outer.comparators[-1] is node:
            key = outer.left
        given = key.value if isinstance(key, ast.Constant) else None
        name = given if isinstance(given, str) else ""
        if name and not name.startswith(rules.OF_THE_JUDGE):
            return False
        self._find(f"asks the environment for {name or 'anything'}: what is judged must be what is run", node)
        return True

    def _names_a_logger(self, node: ast.Name) -> bool:
        around = self._around[-2] if len(self._around) > 1 else None
        return isinstance(around, ast.Call) and self._of(around.func) == "logging.getLogger"

    def visit_Name(self, node: ast.Name) -> None:
        path = self._of(node)
        if isinstance(node.ctx, ast.Load) and node.id not in self._parameters:
            named = path or (node.id if node.id in rules.ACCESSORS else None)
            if named is not None and self._hands_on(named, node):
                return
            if _is_dunder(node.id) and node.id not in rules.MODULE_DUNDERS:
                self._find(f"reaches for {node.id}", node)
            if node.id in ("__file__", "__name__") and not self._names_a_logger(node):
                self._find(f"asks for {node.id}: what is judged must be what is run", node)
            if path in ("os.environ", "os.getenv") and self._asks_too_much(node):
                return
        if isinstance(node.ctx, ast.Store) and node.id in rules.HOOKS:
            self._find(f"defines {node.id}, by which others reach for names that cannot be told", node)
        if path is not None and path.startswith("torch."):
            self._path(path, node)
        elif node.id in self._parameters:
            return  # `forward(self, input)` is not the built-in function
        elif node.id in rules.FORBIDDEN_NAMES and isinstance(node.ctx, ast.Load) and path is None:
            self._find(f"uses {node.id}()", node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "modules":
            self._find("looks up an imported module by its name", node)
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            self._attribute(name, node)
        if node.patterns and not (isinstance(node.cls, ast.Name) and node.cls.id in rules.PLAIN_TYPES):
            self._find("matches by position, so that the names of the attributes cannot be told", node)
        self.generic_visit(node)

    # Calls and operators

    def visit_Call(self, node: ast.Call) -> None:
        path = self._of(node)
        if path is not None and path.startswith("torch."):  # getattr(torch, "relu")
            if not self._door(path, node):
                self._path(path, node)
            return
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in ("eval", "compile", "open") and node.args:
            self._find(f"calls .{function.attr}(), which may run text as code or read files", node)
        if reason := hidden_names(self._of(function) or ast.unparse(function), node):
            self._find(reason, node)
        if isinstance(function, ast.Name) and function.id in rules.INTROSPECTION:
            for argument in node.args:
                meant = self._of(argument) or ""
                if self._names.is_kernel(argument) or meant.startswith("triton."):
                    self._find(
                        f"looks with {function.id}() at what Triton makes of a kernel: that differs in use", node
                    )
        if isinstance(function, ast.Name) and function.id in rules.ACCESSORS:
            self._named_access(function.id, node)
        elif self._of(function) in ("operator.attrgetter", "operator.methodcaller"):
            for argument in node.args[:1] if self._of(function) == "operator.methodcaller" else node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    for name in argument.value.split("."):
                        self._by_text(name, node)
                else:
                    self._find("looks up an attribute by a name made at run time", node)
        if isinstance(function, ast.Attribute) and self._of(function) is None and not self._reads(function):
            self._method(function.attr, node)
        self.generic_visit(node)

    def _reads(self, function: ast.Attribute) -> bool:
        """Numbers that a kernel may have counted (``static/counts``)."""
        return function.attr in ("item", "tolist") and is_readable(function.value, self._of, self._names.readable)

    def _named_access(self, function: str, node: ast.Call) -> None:
        name = node.args[1] if len(node.args) > 1 else None
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            self._find(f"uses {function}() with a name made at run time", node)
            return
        if not name.value.isidentifier():
            self._find(f"uses {function}() with a name that is none", node)
        self._by_text(name.value, node)
        if function in ("setattr", "delattr") and self._of(node.args[0]) is not None:
            self._find(f"replaces {self._of(node.args[0])}.{name.value}: what is judged must not change it", node)

    def _by_text(self, name: str, node: ast.AST) -> None:
        self._attribute(name, node)
        self._method(name, node)
        if name in FORMATTING | SETTING:
            self._find(f"asks by a text for {name}, so that what it reaches cannot be told", node)

    def _method(self, name: str, node: ast.AST) -> None:
        if name in self._names.own_attributes and _is_on_self(node):
            return  # a module that the class has made, or a method of its own
        if len(self._around) > 1 and isinstance(self._around[-2], ast.Expr) and not name.endswith("_"):
            return  # of a tensor it would change nothing: it is a list that is sorted
        if name in rules.COMPUTING_METHODS and not self._constructing:
            self._find(f"calls .{name}(), which computes outside Triton", node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in rules.TELLTALES:
            self._find(f"asks for {node.value}: what is judged must be what is run", node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.MatMult):
            self._find("multiplies matrices with @, outside Triton", node)
        self.generic_visit(node)

    # Definitions: annotations are types (``type_expressions.py``), and what they name may be had of the definition

    def _annotation(self, node: ast.expr | None) -> None:
        if node is None:
            return
        constructing, self._constructing = self._constructing, True
        self.visit(ast.copy_location(ast.Expr(written_out(node)), node))
        self._constructing = constructing

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        self._annotation(node.annotation)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.read_signature(node)
        if node.name in rules.HOOKS:
            self._find(f"defines {node.name}, by which others reach for names that cannot be told", node)
        outer, given_outside, constructing = self._parameters, self._given, self._constructing
        parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        own = frozenset(argument.arg for argument in parameters if argument is not None)
        if outer:  # a function in a function, which may be called at any time
            self._constructing = constructing and is_only_called(node, self._around)
        self._parameters = outer | own | {""}
        self._given = ((given_outside | own) - bound_in(node.body)) | own_names(node.body, self._names.of)
        for statement in node.body:
            self.visit(statement)
        self._parameters, self._given, self._constructing = outer, given_outside, constructing

    visit_AsyncFunctionDef = visit_FunctionDef

    def read_signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Finding]:
        """What defining the function runs: decorators, defaults, annotations."""
        for part in (*node.decorator_list, *node.args.defaults, *[d for d in node.args.kw_defaults if d]):
            self.visit(part)
        for argument in walk(node.args):
            if isinstance(argument, ast.arg):
                self.visit_arg(argument)
        self._annotation(node.returns)
        return self._findings

    def visit_Lambda(self, node: ast.Lambda) -> None:
        constructing, self._constructing = self._constructing, False
        self.generic_visit(node)
        self._constructing = constructing

    def _path(self, path: str, node: ast.AST) -> None:
        """A name of torch's: allowed, or a finding."""
        parts = path.split(".")
        first, second = parts[1], parts[2] if len(parts) > 2 else None
        is_free = any(path == free or path.startswith(f"{free}.") for free in rules.FREE_TORCH)
        if is_free and not leads_out_of_nn(parts):
            return
        if path in rules.READ_ONLY_TORCH and isinstance(getattr(node, "ctx", None), ast.Load):
            return
        if path.removesuffix(".default") in self._names.operators:
            return
        if first in rules.FORBIDDEN_TORCH:
            self._find(f"uses torch.{'.'.join(parts[1:])}", node)
        elif first == "nn":
            if leads_out_of_nn(parts):
                self._find(f"reaches {path}, which is a module or none of torch.nn's own", node)
                return
            if second == "functional":
                forbidden = len(parts) > 3 and parts[3] not in rules.ALLOWED_FUNCTIONAL  # importing computes nothing
            else:
                forbidden = second is not None and second not in rules.ALLOWED_NN and not self._constructing
            if forbidden:
                self._find(f"computes with {path}, outside Triton", node)
        elif first == "cuda":
            if second is not None and second not in rules.ALLOWED_CUDA:
                self._find(f"uses {path}", node)
        elif first == "Tensor":
            if second is not None and (second in rules.COMPUTING_METHODS or second.startswith("__")):
                self._find(f"computes with {path}, outside Triton", node)
        elif first not in rules.ALLOWED_TORCH and not self._constructing:
            self._find(f"computes with {path}, outside Triton", node)


def _is_on_self(node: ast.AST) -> bool:
    """``self.norm(x)``"""
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self"


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and len(name) > 4
