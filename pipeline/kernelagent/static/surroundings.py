"""Where judged code looks at its surroundings, or keeps something from one call to the next.

Neither is forbidden: settings come from the environment, workspaces are kept. But what the code does for another
answer, or after many calls, no case shows; the verdict says so, with the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.kept import kept_between_calls
from kernelagent.static.names import Names
from kernelagent.static.walk import walk

_ASKED = {
    "os.environ": "reads the environment",
    "os.getenv": "reads the environment",
    "os.cpu_count": "asks about the machine",
    "os.name": "asks about the system",
    "torch.Generator": "asks for a generator of random numbers, which every GPU has its own of",
    "contextlib.suppress": "goes on after an error",
    "torch.__version__": "asks which PyTorch it is",
    "triton.__version__": "asks which Triton it is",
    "sys.platform": "asks about the system",
    "sys.argv": "reads the command line",
    **dict.fromkeys(
        ("torch.cuda.stream", "torch.cuda.Stream", "torch.cuda.Event"),
        "runs work on streams of its own, whose order was not seen",
    ),
    "torch.cuda.is_available": "asks whether there is a GPU",
    "torch.cuda.get_device_capability": "asks which GPU there is",
    "torch.cuda.get_device_properties": "asks which GPU there is",
    "torch.cuda.get_device_name": "asks which GPU there is",
    "torch.backends.cuda.matmul.allow_tf32": "asks whether PyTorch may take TF32",
    "torch.get_float32_matmul_precision": "asks whether PyTorch may take TF32",
    "torch.is_grad_enabled": "asks whether gradients are wanted",
    "torch.get_default_dtype": "asks for PyTorch's default dtype",
    "torch.is_autocast_enabled": "asks whether autocast is on",
    "torch.get_autocast_dtype": "asks whether autocast is on",
    "torch.are_deterministic_algorithms_enabled": "asks how PyTorch is set",
    "torch.initial_seed": "asks for PyTorch's seed",
    "torch.compiler.is_compiling": "asks whether it is being compiled",
    "torch.compiler.is_dynamo_compiling": "asks whether it is being compiled",
    "torch.jit.is_scripting": "asks whether it is being compiled",
}
_ASKED_OF = (
    ("torch.version.", "asks how PyTorch was built"),
    ("torch.backends.", "asks how PyTorch is set"),
    ("torch.cuda.", "asks which GPU there is"),
    ("torch.xpu.", "asks which GPU there is"),
    ("torch.accelerator.", "asks which GPU there is"),
    ("triton.runtime.driver.active.utils.", "asks which GPU there is"),
    ("triton.runtime.driver.active.get_current_target", "asks which GPU there is"),
    ("platform.", "asks about the machine"),
    ("os.path.", "asks about files"),
    ("sys.", "asks how Python was started"),
)
"""What begins so, but for :data:`_USED`."""
_USED = frozenset(
    {"device", "synchronize", "current_stream", "device_of"}
    | {"join", "basename", "dirname", "splitext", "sep"}
    | {"maxsize", "float_info", "stdout", "stderr", "write", "flush"}
)
_ADDRESS = "looks at a tensor's address"
_OF_TENSORS = {
    **dict.fromkeys(
        ("is_cuda", "is_cpu", "is_xpu", "is_meta", "get_device", "is_pinned", "is_shared"),
        "asks whether a tensor is on a GPU",
    ),
    **dict.fromkeys(("is_neg", "is_conj", "is_inference"), "asks how a tensor was made"),
    "cuda_stream": "asks on which stream it runs",
    "n_regs": "asks how many registers a kernel takes",
    **dict.fromkeys(("requires_grad", "is_leaf", "grad", "grad_fn"), "asks whether gradients are wanted"),
    "_version": "asks how often a tensor was changed",
    "__module__": "asks under which name it was imported",
    "data_ptr": _ADDRESS,
}
_ORDERING = frozenset({"launch_pdl", "launch_cooperative_grid"})
"""Options of a launch by which programs of one or two launches run at a time."""
_DEVICE = "asks which device a tensor is on"
_NAMES = {
    "__file__": "asks where it lies",
    "__name__": "asks under which name it was imported",
    "__debug__": "asks how Python was started",
}

Note = tuple[str, int]


def surroundings(top: Iterable[ast.stmt], jitted: list[ast.FunctionDef], names: Names) -> tuple[Note, ...]:
    """What is asked or kept, each once with its first line. ``top``: the file's statements without its self-check."""
    listed = list(top)
    at_home = _made_at_home(listed, names)
    inside_kernels = {id(node) for kernel in jitted for node in walk(kernel)}
    refusing = _refusing(listed)
    found: dict[str, int] = {}
    for statement in listed:
        for node in walk(statement):
            if id(node) in inside_kernels or id(node) in refusing:
                continue
            for what in _asked(node, names, at_home):
                found.setdefault(what, getattr(node, "lineno", 1))
    for kernel in jitted:
        for name, line in _pipelined(kernel):
            found.setdefault(f"stores to what {name} points to and loads it again in a pipelined loop", line)
        for node in walk(kernel):
            if isinstance(node, ast.Attribute) and (names.of(node) or "").startswith("triton.language.target_info."):
                found.setdefault("asks which GPU it is compiled for", node.lineno)
    for name, line in kept_between_calls(listed, inside_kernels):
        found.setdefault(f"keeps {name} from one call to the next", line)
    return tuple(found.items())


def _refusing(top: Iterable[ast.stmt]) -> set[int]:
    """What stands in an assertion, or in the question before a ``raise``: with another answer the kernel refuses, and
    does nothing else, unless the answer is kept or handed to a function."""
    asked = [
        node.test
        for statement in top
        for node in walk(statement)
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and not node.orelse and _only_raises(node))
    ]
    plain = [test for test in asked if not any(isinstance(node, ast.NamedExpr) for node in walk(test))]
    handed = {
        id(part)
        for test in plain
        for call in walk(test)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") not in ("all", "any", "isinstance", "len")
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
        for part in walk(argument)
    }
    return {id(node) for test in plain for node in walk(test)} - handed


def _only_raises(branch: ast.If) -> bool:
    return all(isinstance(statement, ast.Raise) for statement in branch.body)


def _pipelined(kernel: ast.FunctionDef) -> Iterator[Note]:
    """Loops with ``num_stages``, or with a product, that load and store by one pointer: the compiler loads for later
    rounds before it stores, unless a barrier stands in the loop."""
    parameters = {argument.arg for argument in kernel.args.args}
    for loop in (node for node in walk(kernel) if isinstance(node, ast.For)):
        calls = [node for node in walk(loop) if isinstance(node, ast.Call)]
        methods = {getattr(call.func, "attr", "") for call in calls}
        bounds = loop.iter
        has_stages = isinstance(bounds, ast.Call) and any(k.arg == "num_stages" for k in bounds.keywords)
        if not (has_stages or methods & _PRODUCTS) or "debug_barrier" in methods:
            continue
        used: dict[str, set[str]] = {"load": set(), "store": set()}
        for call in (call for call in calls if call.args):
            method = getattr(call.func, "attr", "")
            if method in used:
                used[method].add(_base_of(call.args[0]))
        for name in sorted(used["load"] & used["store"] & parameters):
            yield name, loop.lineno


_PRODUCTS = frozenset({"dot", "dot_scaled"})


def _base_of(pointer: ast.expr) -> str:
    """The name that offsets are added to."""
    while isinstance(pointer, ast.BinOp):
        pointer = pointer.left
    return pointer.id if isinstance(pointer, ast.Name) else ""


def _asked(node: ast.AST, names: Names, at_home: frozenset[str]) -> Iterator[str]:
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
    if isinstance(node, ast.ExceptHandler) and not _is_about_imports(node) and not _raises(node):
        yield "goes on after an error"
    if isinstance(node, ast.FunctionDef) and node.name == "__exit__" and _may_be_true(node):
        yield "goes on after an error"
    if _asks_device(node, at_home):
        yield _DEVICE
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("hash", "id"):
        yield "takes a hash or an id, which may differ from process to process"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript):
        for option in sorted({str(keyword.arg) for keyword in node.keywords} & _ORDERING):
            yield f"launches with {option}, whose order the interpreter does not keep to"
    if isinstance(node, ast.Call) and _names_parameter(node):
        yield "asks whether a tensor is a parameter"


def _may_be_true(function: ast.FunctionDef) -> bool:
    """Whether it returns anything but nothing or ``False``."""
    given = [node.value for node in walk(function) if isinstance(node, ast.Return) and node.value is not None]
    return any(not (isinstance(value, ast.Constant) and not value.value) for value in given)


def _is_about_imports(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(
        isinstance(k, ast.Name) and k.id in ("ImportError", "ModuleNotFoundError", "AttributeError") for k in kinds
    )


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in walk(handler))


def _names_parameter(call: ast.Call) -> bool:
    is_asking = isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "issubclass")
    return is_asking and any(getattr(n, "attr", getattr(n, "id", "")) == "Parameter" for n in walk(call))


def _made_at_home(top: Iterable[ast.stmt], names: Names) -> frozenset[str]:
    """Names and attributes that stand for tensors which the file makes without saying where, so on the CPU."""
    found = set()
    for node in (node for statement in top for node in walk(statement)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            path = names.of(node.value.func) or ""
            told = any(keyword.arg in ("device", None) for keyword in node.value.keywords)
            if path.startswith("torch.") and not path.endswith("_like") and not told:
                found |= {getattr(t, "id", getattr(t, "attr", "")) for t in node.targets}
    return frozenset(found)


def _asks_device(node: ast.AST, at_home: frozenset[str]) -> bool:
    """``x.device`` decides something: where it is compared with anything but another tensor's that was not made
    ``at_home``, taken apart, or made text of. Handed on to what allocates, it does not."""
    match node:
        case ast.Attribute(attr="type" | "index", value=value):
            return _may_be_device(value)
        case ast.Match(subject=subject):
            return _may_be_device(subject)
        case ast.BinOp(op=ast.Mod()):
            return any(_may_be_device(part) for part in walk(node))
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            return any(map(_is_device, sides)) and not all(_is_device(s) and not _is_of(s, at_home) for s in sides)
        case ast.FormattedValue(value=value):
            return _is_device(value)
        case ast.Subscript(slice=key):
            return _is_device(key)
        case ast.Dict(keys=keys):
            return any(key is not None and _is_device(key) for key in keys)
        case ast.Set(elts=members):
            return any(map(_is_device, members))
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


def _is_of(device: ast.AST, names: frozenset[str]) -> bool:
    holder = device.value if isinstance(device, ast.Attribute) else device
    return getattr(holder, "id", getattr(holder, "attr", "")) in names


def _may_be_device(node: ast.AST) -> bool:
    """``x.device``, or a name that says that it is one."""
    return _is_device(node) or (isinstance(node, ast.Name) and node.id in ("device", "dev", "d"))
