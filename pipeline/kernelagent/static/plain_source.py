"""Whether a file that a model wrote is plain PyTorch: modules and functions of tensors, and nothing that reaches files,
processes or the interpreter. It is run as a reference, so it must be harmless; it need not be fast.

What it takes from a module that it imports must be on a list (plain_names.py); a module is never handed on as a value,
so that nothing can be taken from it elsewhere; names of attributes are never strings. Attributes of other objects are
told by a list of what reaches out.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping

from kernelagent.static.hidden_names import formats_a_name, formats_unseen
from kernelagent.static.local_names import uses_of_locals
from kernelagent.static.made_classes import classes_of_texts
from kernelagent.static.names import Names
from kernelagent.static.parsing import parse
from kernelagent.static.plain_names import BUILTINS, IMPORTABLE, METHODS, STANDARD
from kernelagent.static.rules import FORBIDDEN_ATTRIBUTES, FORBIDDEN_ON_ANYTHING
from kernelagent.static.type_expressions import no_types
from kernelagent.static.walk import walk

_ANYWHERE = (
    FORBIDDEN_ATTRIBUTES
    | FORBIDDEN_ON_ANYTHING
    | {
        "load",
        "save",
        "hub",
        "jit",
        "compile",
        "library",
        "classes",
        "distributed",
        "export",
        "fx",
        "overrides",
        "onnx",
    }
    | {"serialization", "fromfile", "from_file", "tofile", "profiler", "monitor", "futures", "testing", "func", "data"}
    | {
        "cpp_extension",
        "load_library",
        "load_inline",
        "load_state_dict_from_url",
        "checkpoint",
        "model_zoo",
        "backends",
    }
    | {"register_forward_hook", "register_forward_pre_hook", "register_module_forward_hook", "register_buffer_hook"}
    | {
        "share_memory_",
        "data_ptr",
        "storage",
        "untyped_storage",
        "numpy",
        "get_type_hints",
        "ForwardRef",
        "make_dataclass",
    }
    | {"set_default_device", "set_default_dtype", "set_printoptions", "set_num_threads", "use_deterministic_algorithms"}
)
"""Attributes that read, write, build, start or change something, on whatever they are found: ``torch`` is an attribute
of its own modules. ``data`` is a tensor's way round autograd, and a package of loaders; no module needs it."""
LONGEST = 200_000


def findings(text: str, torch_names: Mapping[str, Collection[str]], taken: Collection[str]) -> list[str]:
    """What is not plain in ``text``, with lines; empty for what may be run. Nothing is imported or run here.

    ``torch_names``: what may be named of each module of torch. ``taken``: private attributes of torch's own objects.
    """
    if len(text) > LONGEST:
        return [f"the file has {len(text)} characters; {LONGEST} are the most"]
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        return [f"it is not valid Python: {getattr(exc, 'msg', exc)} at line {getattr(exc, 'lineno', '?')}"]
    reading = _Reading(tree, {**STANDARD, **torch_names}, frozenset(taken))
    return list(dict.fromkeys((*reading.found(), *reading.by_texts())))


class _Reading:
    def __init__(self, tree: ast.Module, known: Mapping[str, Collection[str]], taken: frozenset[str]) -> None:
        self._tree = tree
        self._nodes = walk(tree)
        self._names = Names(tree)
        self._known = known
        self._taken = taken
        self._inner = {id(node.value) for node in self._nodes if isinstance(node, ast.Attribute)}
        self._locals = uses_of_locals(self._nodes)
        self._of_one = {
            id(n.func) for n in self._nodes if isinstance(n, ast.Call) and len(n.args) == 1 and not n.keywords
        }
        self._own = {n.attr for n in self._nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
        self._own |= {n.name for n in self._nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        self._own |= {n.id for n in self._nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self._own |= {name for n in self._nodes if isinstance(n, ast.Call) for name in _registered(n)}

    def found(self) -> Iterator[str]:
        for node in self._nodes:
            line = getattr(node, "lineno", 0)
            yield from (f"line {line}: {what}" for what in self._wrong_with(node))

    def by_texts(self) -> Iterator[str]:
        """Where a text may become code, or the name of an attribute."""
        for what, node in (*no_types(self._tree, self._names.of), *classes_of_texts(self._tree, self._names.of)):
            yield f"line {getattr(node, 'lineno', 0)}: {what}"
        called = {id(node.func) for node in self._nodes if isinstance(node, ast.Call)}
        for node in self._nodes:
            if isinstance(node, ast.Call) and (what := formats_a_name(node)):
                yield f"line {node.lineno}: {what}"
            elif isinstance(node, ast.Attribute) and formats_unseen(node, id(node) in called):
                yield f"line {node.lineno}: hands on .{node.attr}, so that the text that it is called on cannot be told"

    def _wrong_with(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            strange = [
                alias.name for alias in node.names if alias.name not in IMPORTABLE and alias.name not in STANDARD
            ]
            yield from (f"imports {name}, which a module doesn't need" for name in strange)
        elif isinstance(node, ast.ImportFrom):
            yield from self._wrong_with_import(node)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            if isinstance(node, ast.Name) and self._is_forbidden_name(node):
                yield f"uses Python's own {node.id}" if hasattr(builtins, node.id) else f"uses {node.id}"
            if isinstance(node, ast.Attribute) and self._is_forbidden(node):
                yield f"uses .{node.attr}"
            path = self._names.of(node)
            if path is not None and id(node) not in self._inner and isinstance(node.ctx, ast.Load):
                yield from self._wrong_with_path(path)
            elif path is not None and isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                yield f"changes {path}, which is not its own"
        elif isinstance(node, ast.FunctionDef) and _is_special(node.name) and node.name not in METHODS:
            yield f"defines {node.name}"
        elif isinstance(node, ast.MatchClass):
            yield "matches by class"
        elif isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield "is asynchronous"

    def _wrong_with_import(self, node: ast.ImportFrom) -> Iterator[str]:
        module = node.module or ""
        if node.level or (module not in IMPORTABLE and module not in STANDARD):
            yield f"imports from {module or 'its folder'}, which a module doesn't need"
            return
        for alias in node.names:
            path = f"{module}.{alias.name}"
            if alias.name not in self._known[module] and path not in IMPORTABLE and path not in STANDARD:
                yield f"imports {path}, which a module doesn't need"

    def _wrong_with_path(self, path: str) -> Iterator[str]:
        """``path`` goes through modules that may be named to something of them that may be."""
        module, *rest = path.split(".")
        if module not in self._known and not any(known.startswith(f"{module}.") for known in self._known):
            return  # a function or class by its own name: it was looked at where it was imported
        for position, part in enumerate(rest):
            if f"{module}.{part}" in self._known:
                module = f"{module}.{part}"
            elif part in self._known.get(module, ()):
                return
            else:
                yield f"uses {'.'.join(path.split('.')[: position + 2])}, which a module doesn't need"
                return
        yield f"uses the module {path} as a value"

    def _is_forbidden_name(self, node: ast.Name) -> bool:
        if _is_special(node.id):
            return node.id != "__name__"
        if id(node) in self._locals:
            return False
        if node.id == "type":
            return id(node) not in self._of_one
        return hasattr(builtins, node.id) and node.id not in BUILTINS and isinstance(node.ctx, ast.Load)

    def _is_forbidden(self, node: ast.Attribute) -> bool:
        name = node.attr
        if not name.startswith("_"):
            return name in _ANYWHERE
        if name == "__init__" or (name == "__name__" and isinstance(node.ctx, ast.Load)):
            return False
        of_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return _is_special(name) or name in self._taken or name not in self._own or not of_self


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _registered(call: ast.Call) -> Iterator[str]:
    """The name of a buffer, parameter or module that is registered by it."""
    by = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    first = call.args[0] if call.args else None
    registers = by in ("register_buffer", "register_parameter", "register_module", "add_module")
    if registers and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value
