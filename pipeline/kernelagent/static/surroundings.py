"""Where judged code looks at its surroundings, or keeps something from one call to the next.

Neither is forbidden: settings come from the environment, workspaces are kept. But what the code does for another
answer, or after many calls, no case shows; the verdict says so, with the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.names import Names
from kernelagent.static.walk import walk

_ASKED = {
    "os.environ": "reads the environment",
    "os.getenv": "reads the environment",
    "os.cpu_count": "asks about the machine",
    "os.name": "asks about the system",
    "sys.platform": "asks about the system",
    "sys.argv": "reads the command line",
    "torch.cuda.is_available": "asks whether there is a GPU",
    "torch.cuda.get_device_capability": "asks which GPU there is",
    "torch.cuda.get_device_properties": "asks which GPU there is",
    "torch.cuda.get_device_name": "asks which GPU there is",
    "torch.backends.cuda.matmul.allow_tf32": "asks whether PyTorch may take TF32",
}
_OF_TENSORS = {"is_cuda": "asks whether a tensor is on a GPU", "is_cpu": "asks whether a tensor is on a GPU"}
_NAMES = {"__file__": "asks where it lies", "__name__": "asks under which name it was imported"}
_CHANGING = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "clear"}
)
_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call)

Note = tuple[str, int]


def surroundings(top: Iterable[ast.stmt], jitted: list[ast.FunctionDef], names: Names) -> tuple[Note, ...]:
    """What is asked or kept, each once with its first line. ``top``: the file's statements without its self-check."""
    listed = list(top)
    inside_kernels = {id(node) for kernel in jitted for node in walk(kernel)}
    found: dict[str, int] = {}
    for statement in listed:
        for node in walk(statement):
            if id(node) in inside_kernels:
                continue
            for what in _asked(node, names):
                found.setdefault(what, getattr(node, "lineno", 1))
    for kernel in jitted:
        for node in walk(kernel):
            if isinstance(node, ast.Attribute) and (names.of(node) or "").startswith("triton.language.target_info."):
                found.setdefault("asks which GPU it is compiled for", node.lineno)
    for name, line in _kept(listed):
        found.setdefault(f"keeps {name} from one call to the next", line)
    return tuple(found.items())


def _asked(node: ast.AST, names: Names) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        path = names.of(node)
        if path in _ASKED:
            yield _ASKED[path]
        elif node.attr in _OF_TENSORS:
            yield _OF_TENSORS[node.attr]
    elif isinstance(node, ast.Name):
        path = names.of(node)
        if path in _ASKED:
            yield _ASKED[path]
        elif node.id in _NAMES:
            yield _NAMES[node.id]
    elif isinstance(node, ast.Compare) and _is_device_type(node.left):
        yield "asks which device a tensor is on"


def _is_device_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "type" and isinstance(node.value, ast.Attribute)


def _kept(top: list[ast.stmt]) -> Iterator[Note]:
    """Objects of the file's own that functions change: lists, dicts, tensors, attributes of functions, globals."""
    objects = {
        target.id
        for statement in top
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, _MUTABLE)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    functions = {statement.name for statement in top if isinstance(statement, (ast.FunctionDef, ast.ClassDef))}
    for statement in top:
        for function in (n for n in walk(statement) if isinstance(n, (ast.FunctionDef, ast.Lambda))):
            for default in (*function.args.defaults, *(d for d in function.args.kw_defaults if d is not None)):
                if isinstance(default, (ast.List, ast.Dict, ast.Set)):
                    yield "a default argument", default.lineno
            for node in walk(function):
                if isinstance(node, ast.Global):
                    yield ", ".join(node.names), node.lineno
                elif name := _changed(node, objects, functions):
                    yield name, getattr(node, "lineno", 1)


def _changed(node: ast.AST, objects: set[str], functions: set[str]) -> str:
    """Which of the file's own objects the node changes; nothing for none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        holder: ast.expr = node.func.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        holder = node.value
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.value.id if isinstance(node.value, ast.Name) and node.value.id in functions | objects else ""
    elif isinstance(node, ast.Call):  # a launch may write to a tensor of the file's own
        given = [a.id for a in node.args if isinstance(a, ast.Name) and a.id in objects]
        return given[0] if given and isinstance(node.func, ast.Subscript) else ""
    else:
        return ""
    return holder.id if isinstance(holder, ast.Name) and holder.id in objects else ""
