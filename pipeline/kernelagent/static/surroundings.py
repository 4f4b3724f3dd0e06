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
_ASKED_OF = (
    ("torch.version.", "asks how PyTorch was built"),
    ("torch.backends.", "asks how PyTorch is set"),
    ("torch.cuda.", "asks which GPU there is"),
    ("torch.xpu.", "asks which GPU there is"),
    ("torch.accelerator.", "asks which GPU there is"),
    ("platform.", "asks about the machine"),
)
"""What begins so, but for :data:`_USED`."""
_USED = frozenset({"device", "stream", "Stream", "synchronize", "current_stream", "device_of"})
_OF_TENSORS = dict.fromkeys(
    ("is_cuda", "is_cpu", "is_xpu", "is_meta", "get_device", "is_pinned", "is_shared"),
    "asks whether a tensor is on a GPU",
)
_DEVICE = "asks which device a tensor is on"
_ADDRESS = "looks at a tensor's address"
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
    if isinstance(node, (ast.Attribute, ast.Name)):
        path = names.of(node) or ""
        by_prefix = next((what for prefix, what in _ASKED_OF if path.startswith(prefix)), "")
        if path in _ASKED:
            yield _ASKED[path]
        elif by_prefix and path.rpartition(".")[2] not in _USED:
            yield by_prefix
        elif isinstance(node, ast.Attribute) and node.attr in _OF_TENSORS:
            yield _OF_TENSORS[node.attr]
        elif isinstance(node, ast.Name) and node.id in _NAMES:
            yield _NAMES[node.id]
    if _asks_device(node):
        yield _DEVICE
    if isinstance(node, (ast.Compare, ast.BinOp)) and any(
        _calls(side, "data_ptr") for side in ast.iter_child_nodes(node)
    ):
        yield _ADDRESS


def _asks_device(node: ast.AST) -> bool:
    """``x.device`` decides something: where it is compared with anything but another tensor's, taken apart, or made
    text of. Handed on to what allocates, it does not."""
    match node:
        case ast.Attribute(attr="type" | "index", value=value):
            return _may_be_device(value)
        case ast.Match(subject=subject):
            return _may_be_device(subject)
        case ast.BinOp(op=ast.Mod()):
            return any(_may_be_device(part) for part in walk(node))
        case ast.Compare(left=left, comparators=others):
            return any(map(_is_device, [left, *others])) and not all(map(_is_device, [left, *others]))
        case ast.FormattedValue(value=value):
            return _is_device(value)
        case ast.Subscript(slice=key):
            return _is_device(key)
        case ast.Dict(keys=keys):
            return any(key is not None and _is_device(key) for key in keys)
        case ast.Call(func=ast.Name(id="str" | "repr" | "hash" | "format"), args=args):
            return any(map(_may_be_device, args))
        case ast.Call(func=ast.Name(id="getattr"), args=args):
            return any(map(_may_be_device, args)) or bool({*_OF_TENSORS, "device"} & {*_texts(args)})
        case ast.Call(func=ast.Attribute(attr="attrgetter"), args=args):
            return any("device" in text or text in _OF_TENSORS for text in _texts(args))
        case ast.Call(func=ast.Attribute(attr=method), args=args):
            return method == "cpu" or (method == "type" and not args) or "cpu" in _texts(args)
    return False


def _texts(nodes: Iterable[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _is_device(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute) and node.attr == "device" and isinstance(node.value, (ast.Name, ast.Attribute))
    )


def _may_be_device(node: ast.AST) -> bool:
    """``x.device``, or a name that says that it is one."""
    return _is_device(node) or (isinstance(node, ast.Name) and node.id in ("device", "dev", "d"))


def _calls(node: ast.AST, method: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method


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
