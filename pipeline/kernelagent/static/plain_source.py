"""Whether a file that a model wrote is plain PyTorch: modules and functions of tensors, and nothing that reaches files,
processes or the interpreter. It is run as a reference, so it must be harmless; it need not be fast."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kernelagent.static.parsing import parse
from kernelagent.static.rules import FORBIDDEN_ATTRIBUTES, FORBIDDEN_MODULES, FORBIDDEN_NAMES, FORBIDDEN_ON_ANYTHING

IMPORTS = frozenset(
    {"torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.parameter", "torch.nn.utils.rnn"}
    | {"math", "typing", "__future__", "dataclasses", "functools", "itertools", "collections", "collections.abc"}
)
_NAMES = FORBIDDEN_NAMES | {"getattr", "setattr", "delattr", "help", "exit", "quit", "memoryview"}
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
_PRIVATE = ("_C", "_dynamo", "_inductor", "_ops", "_sys", "_os", "_utils", "_weights_only_unpickler")
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
            elif any(alias.name == "*" or _is_forbidden(alias.name) for alias in node.names):
                yield f"line {line}: imports what a module doesn't need"
        elif isinstance(node, ast.Name) and (node.id in _NAMES or _is_special(node.id)):
            yield f"line {line}: uses {node.id}"
        elif isinstance(node, ast.Attribute) and _is_forbidden(node.attr):
            yield f"line {line}: uses .{node.attr}"
        elif isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield f"line {line}: is asynchronous"


def _is_forbidden(name: str) -> bool:
    plain = name.lstrip("_")
    private = name.startswith("_") and plain in FORBIDDEN_MODULES
    return name in _ANYWHERE or name in _PRIVATE or private or (_is_special(name) and name != "__init__")


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ("__name__", "__doc__")
