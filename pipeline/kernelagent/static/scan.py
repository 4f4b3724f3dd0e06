"""The static check: that the wrapper computes nothing in PyTorch, by names resolved through imports and aliases.

Only the syntax tree is read; the file is never imported. Looked at is what ``kernel_function`` and the module
class's ``forward`` can reach, and the file's top level; a self-check under ``if __name__ == "__main__"`` may use
PyTorch. What can't be told without running (is ``a + b`` two tensors or two integers?) is the dynamic check's business.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent.static import rules


@dataclass(frozen=True)
class Finding:
    what: str
    line: int


@dataclass(frozen=True)
class Scan:
    findings: tuple[Finding, ...]
    kernels: tuple[str, ...]
    """Names of the ``@triton.jit`` functions."""
    entries: tuple[str, ...]
    """``kernel_function`` and module classes, as far as they are there."""


def scan(source: str) -> Scan:
    """Judge the text of a kernel file. Raises ``SyntaxError``."""
    tree = ast.parse(source)
    names = _Names(tree)
    functions = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    kernels = tuple(name for name, node in functions.items() if _is_jitted(node, names))
    entries = [name for name in functions if name == "kernel_function"]
    entries += [name for name in classes if name == "ModelNew" or name.endswith("Triton")]
    findings: list[Finding] = []
    for statement in _top_level(tree):
        findings += _Reader(names, constructing=True).read(statement)
    for node in _reachable(tree, entries, functions, classes):
        if isinstance(node, ast.ClassDef):
            findings += _read_class(node, names)
        elif node.name in kernels:
            findings += _read_kernel(node, names)
        else:
            findings += _Reader(names).read(node)
    return Scan(tuple(sorted(set(findings), key=lambda f: f.line)), kernels, tuple(entries))


class _Names:
    """What each name of the file stands for, as a dotted path: ``F.relu`` → ``torch.nn.functional.relu``."""

    def __init__(self, tree: ast.Module) -> None:
        self._meaning: dict[str, str] = {}
        self.classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    self._meaning[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._meaning[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
        for _ in range(3):  # aliases of aliases
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    meaning = self.of(node.value)
                    if meaning is not None and meaning.partition(".")[0] in ("torch", "triton"):
                        self._meaning.setdefault(node.targets[0].id, meaning)

    def of(self, node: ast.expr) -> str | None:
        """The dotted path of an expression; ``None`` when it is not one."""
        if isinstance(node, ast.Name):
            return self._meaning.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return None if base is None else f"{base}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            name = node.args[1] if len(node.args) >= 2 else None
            base = self.of(node.args[0]) if node.args else None
            if base is not None and isinstance(name, ast.Constant) and isinstance(name.value, str):
                return f"{base}.{name.value}"
        return None


class _Reader(ast.NodeVisitor):
    """Findings in one piece of wrapper code."""

    def __init__(self, names: _Names, constructing: bool = False) -> None:
        self._names = names
        self._constructing = constructing
        """Constructors and top level: weights are made here, which takes ``torch.nn`` and its ``init``."""
        self._findings: list[Finding] = []
        self._parameters: frozenset[str] = frozenset()
        """Of the functions that the reader is in."""

    def read(self, node: ast.AST) -> list[Finding]:
        self.visit(node)
        return self._findings

    def _find(self, what: str, node: ast.AST) -> None:
        self._findings.append(Finding(what, getattr(node, "lineno", 1)))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            self._find("imports from its own package, which is not there when it is used alone", node)
            return
        for alias in node.names:
            self._import(node.module or "", node)
            self._standard(f"{node.module}.{alias.name}", node)
            if (node.module or "").partition(".")[0] == "torch":
                self._path(f"{node.module}.{alias.name}", node)

    def _import(self, module: str, node: ast.AST) -> None:
        root = module.partition(".")[0]
        if root in ("torch", "triton"):
            if root == "torch" and module != "torch":
                self._path(module, node)
        elif root not in sys.stdlib_module_names:
            self._find(f"imports {root}: only torch, triton and the standard library may be used", node)
        elif root not in rules.STANDARD_LIBRARY:
            self._find(f"imports {root}, which a kernel's wrapper has no need of", node)

    def _standard(self, path: str, node: ast.AST) -> None:
        module, _, name = path.partition(".")
        allowed = rules.ALLOWED_ATTRIBUTES.get(module)
        if allowed is not None and name and name.partition(".")[0] not in allowed:
            self._find(f"uses {path}, which a kernel's wrapper has no need of", node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._names.of(node)
        door = next((part for part in (path or "").split(".")[1:] if part in rules.FORBIDDEN_MODULES), None)
        if door is not None:
            self._find(f"reaches {door} by way of {path}", node)
            return
        if path is not None and path.startswith("torch."):
            self._path(path, node)
            return
        if path is not None:
            self._standard(path, node)
        if node.attr in rules.FORBIDDEN_ATTRIBUTES:
            self._find(f"reaches for {node.attr}", node)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        path = self._names.of(node)
        if path is not None and path.startswith("torch."):
            self._path(path, node)
        elif node.id in self._parameters:
            return  # `forward(self, input)` is not the built-in function
        elif node.id in rules.FORBIDDEN_NAMES and isinstance(node.ctx, ast.Load) and path is None:
            self._find(f"uses {node.id}()", node)

    def visit_Call(self, node: ast.Call) -> None:
        path = self._names.of(node)
        if path is not None and path.startswith("torch."):  # getattr(torch, "relu")
            self._path(path, node)
            return
        function = node.func
        named = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
        if isinstance(function, ast.Name) and function.id in ("getattr", "setattr", "delattr") and not named:
            self._find(f"uses {function.id}() with a name made at run time", node)
        on_tensor = isinstance(function, ast.Attribute) and self._names.of(function) is None and not self._constructing
        if isinstance(function, ast.Attribute) and on_tensor and function.attr in rules.COMPUTING_METHODS:
            self._find(f"calls .{function.attr}(), which computes outside Triton", node)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in rules.TELLTALES:
            self._find(f"asks for {node.value}: what is judged must be what is run", node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.MatMult):
            self._find("multiplies matrices with @, outside Triton", node)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        return  # annotations compute nothing

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *[d for d in node.args.kw_defaults if d]):
            self.visit(part)
        outer = self._parameters
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        self._parameters = outer | {argument.arg for argument in given if argument is not None}
        for statement in node.body:
            self.visit(statement)
        self._parameters = outer

    def _path(self, path: str, node: ast.AST) -> None:
        """A name of torch's: allowed, or a finding."""
        parts = path.split(".")
        first, second = parts[1], parts[2] if len(parts) > 2 else None
        if first in rules.FORBIDDEN_TORCH:
            self._find(f"uses torch.{'.'.join(parts[1:])}", node)
        elif first == "nn":
            if second == "functional":
                forbidden = len(parts) > 3  # the import alone computes nothing
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


def _read_class(node: ast.ClassDef, names: _Names) -> list[Finding]:
    found: list[Finding] = []
    for base in node.bases:
        path = names.of(base)
        if path in ("torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module"):
            continue
        text = ast.unparse(base)
        container = (path is not None and path.startswith("torch.nn.")) or text in names.classes
        if not (container and _has_own_forward(node)):
            found.append(Finding(f"inherits from {text}: its forward may do the work instead of Triton", base.lineno))
    for item in node.body:
        constructing = isinstance(item, ast.FunctionDef) and item.name in ("__init__", "reset_parameters")
        found += _Reader(names, constructing).read(item)
    return found


def _has_own_forward(node: ast.ClassDef) -> bool:
    """Whether the class replaces what its base computes, and nowhere but in its constructor asks the base for
    anything."""
    methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
    for method in methods:
        if method.name == "__init__":
            continue
        for item in ast.walk(method):
            if isinstance(item, ast.Name) and item.id == "super":
                return False
    return any(m.name == "forward" for m in methods)


def _read_kernel(node: ast.AST, names: _Names) -> list[Finding]:
    """A kernel's own body: the interpreter would run PyTorch in it, the compiler would not."""
    found = []
    for item in ast.walk(node):
        if isinstance(item, (ast.Attribute, ast.Name)):
            path = names.of(item)
            if path is not None and path.startswith("torch."):
                found.append(Finding(f"uses {path} inside a Triton kernel", item.lineno))
    return found


def _is_jitted(node: ast.FunctionDef | ast.AsyncFunctionDef, names: _Names) -> bool:
    for decorator in node.decorator_list:
        path = names.of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if path in ("triton.jit", "triton.runtime.jit", "triton.runtime.jit.jit"):
            return True
    return False


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that importing the file runs, without definitions and without the self-check."""
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
            continue
        yield statement


def _reachable(
    tree: ast.Module,
    entries: list[str],
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef],
    classes: dict[str, ast.ClassDef],
) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Definitions that the entries or the top level name, directly or through others."""
    definitions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {**functions, **classes}
    queue = list(entries)
    for statement in _top_level(tree):
        queue += [n.id for n in ast.walk(statement) if isinstance(n, ast.Name)]
    seen: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {}
    while queue:
        name = queue.pop()
        if name in definitions and name not in seen:
            seen[name] = definitions[name]
            queue += [n.id for n in ast.walk(definitions[name]) if isinstance(n, ast.Name)]
    return list(seen.values())
