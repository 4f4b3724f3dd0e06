"""Whether a file that a model wrote is plain PyTorch: modules and functions of tensors, and nothing that reaches files,
processes or the interpreter. It is run as a reference, so it must be harmless; it need not be fast."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.static.parsing import parse
from kernelagent.static.rules import FORBIDDEN_ATTRIBUTES, FORBIDDEN_NAMES

IMPORTS = frozenset(
    {"torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.parameter", "torch.nn.utils.rnn"}
    | {"math", "typing", "__future__", "dataclasses", "functools", "itertools", "collections", "collections.abc"}
)
_NAMES = FORBIDDEN_NAMES | {"getattr", "setattr", "delattr", "help", "exit", "quit", "memoryview", "classmethod"} - {
    "classmethod"
}
_TORCH = frozenset(
    {"load", "save", "hub", "jit", "compile", "library", "classes", "_C", "utils", "multiprocessing", "distributed"}
    | {
        "package",
        "export",
        "fx",
        "overrides",
        "_dynamo",
        "_inductor",
        "_ops",
        "cuda",
        "xpu",
        "from_file",
        "serialization",
    }
    | {"fromfile", "set_printoptions", "profiler", "monitor", "futures", "testing", "func"}
)
"""Of ``torch``: what reads, writes, builds or starts something."""
_ANYWHERE = FORBIDDEN_ATTRIBUTES | {
    *("load_library", "load_state_dict_from_url", "tofile", "from_file", "register_forward_hook", "load_inline"),
    *("register_forward_pre_hook", "register_module_forward_hook", "share_memory_", "data_ptr", "numpy", "storage"),
    *("untyped_storage", "os", "sys", "subprocess", "builtins", "importlib", "inspect", "modules", "func_globals"),
}
_LIBRARY_ATTRIBUTES = frozenset({"modules"})
"""Attributes that are harmless on a module of a network: ``self.modules()``."""
LONGEST = 200_000


def findings(text: str) -> list[str]:
    """What is not plain in ``text``, with lines; empty for what may be run. Nothing is imported or run here."""
    if len(text) > LONGEST:
        return [f"the file has {len(text)} characters; {LONGEST} are the most"]
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        return [f"it is not valid Python: {getattr(exc, 'msg', exc)} at line {getattr(exc, 'lineno', '?')}"]
    return list(dict.fromkeys(_found(tree)))


def _found(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            strange = [alias.name for alias in node.names if alias.name not in IMPORTS]
            yield from (f"line {line}: imports {name}, which a module doesn't need" for name in strange)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module not in IMPORTS:
                yield f"line {line}: imports from {node.module or 'its folder'}, which a module doesn't need"
            elif any(alias.name == "*" or (node.module == "torch" and alias.name in _TORCH) for alias in node.names):
                yield f"line {line}: imports what a module doesn't need"
        elif isinstance(node, ast.Name) and (node.id in _NAMES or _is_special(node.id)):
            yield f"line {line}: uses {node.id}"
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node)
        elif isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield f"line {line}: is asynchronous"


def _attribute(node: ast.Attribute) -> Iterator[str]:
    is_torch = isinstance(node.value, ast.Name) and node.value.id == "torch"
    if is_torch and node.attr in _TORCH:
        yield f"line {node.lineno}: uses torch.{node.attr}"
    elif (node.attr in _ANYWHERE - _LIBRARY_ATTRIBUTES) or (_is_special(node.attr) and node.attr != "__init__"):
        yield f"line {node.lineno}: uses .{node.attr}"


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ("__name__", "__doc__")
