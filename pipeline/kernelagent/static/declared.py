"""What a kernel file leaves to PyTorch, and says so: its declaration, and the calls that it stands for.

``--compute best`` keeps PyTorch's operator for a subgraph where it was measured to be faster. The file then has, at its
top level, one constant of literals::

    COMPUTED_BY_PYTORCH = (
        {
            "subgraph": "sg0_linear",
            "operators": ("torch.nn.functional.linear",),
            "pytorch_ms": 0.412,
            "triton_ms": 0.611,
            "device": "NVIDIA H100 80GB HBM3",
        },
    )

Each name in ``operators`` is one call in the wrapper's text: a statement of its own, ``name = torch.…(…)``, with
nothing but names and numbers for arguments and nothing else on its lines. So what PyTorch runs on these lines is the
declared operator, and what it runs anywhere else is not.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernelagent.static.torch_operators import CONSTANT, MAY_BE_DECLARED, MOST_POSITIONAL, WRITING
from kernelagent.static.walk import walk


@dataclass(frozen=True)
class DeclaredOperators:
    """One subgraph that PyTorch computes."""

    subgraph: str
    operators: tuple[str, ...]
    """``torch.nn.functional.linear``: one for each call in the text."""
    pytorch_ms: float
    triton_ms: float
    """What the Triton kernel took that is not there, on the same device."""
    device: str


@dataclass(frozen=True)
class DeclaredCall:
    operator: str
    line: int
    end_line: int
    function: ast.expr
    """What is called."""


@dataclass(frozen=True)
class Declaration:
    entries: tuple[DeclaredOperators, ...] = ()
    calls: tuple[DeclaredCall, ...] = ()
    problems: tuple[tuple[str, int], ...] = ()
    """What is wrong with it, with lines. Nothing is permitted then."""


def declaration(tree: ast.Module, running: Iterable[ast.AST]) -> Declaration:
    """``running``: the definitions that run when the kernel is called."""
    named = [node for node in walk(tree) if isinstance(node, ast.Name) and node.id == CONSTANT]
    if not named:
        return Declaration()
    line = named[0].lineno
    assigned = [statement for statement in tree.body if _assigns(statement)]
    stored = [node for node in named if not isinstance(node.ctx, ast.Load)]
    if len(assigned) != 1 or len(stored) != 1:
        return Declaration(problems=((f"assigns {CONSTANT} otherwise than once at its top level", line),))
    if any(_rebinds_torch(node) for node in walk(tree)):
        return Declaration(problems=((f"declares {CONSTANT}, and calls something of its own torch", line),))
    try:
        entries = tuple(_entries(assigned[0]))
    except ValueError as exc:
        return Declaration(problems=((f"declares {CONSTANT} in a form that cannot be read: {exc}", line),))
    wanted = Counter(operator for entry in entries for operator in entry.operators)
    for operator in wanted:
        if operator not in MAY_BE_DECLARED:
            return Declaration(entries, problems=((f"declares {operator}, which is none that may be declared", line),))
    calls = tuple(_calls(tree, running, frozenset(wanted)))
    found = Counter(call.operator for call in calls)
    for operator in sorted(wanted | found):
        if found[operator] != wanted[operator]:
            told = (
                f"declares {operator} {_times(wanted[operator])} and has {found[operator] or 'no'} plain "
                f"call{'' if found[operator] == 1 else 's'} of it"
            )
            return Declaration(entries, problems=((told, line),))
    repeated = _repeated(tree)
    for call in calls:
        if call.line in repeated:
            told = f"declares one call of {call.operator}, and may make it several times: {repeated[call.line]}"
            return Declaration(entries, problems=((told, call.line),))
    return Declaration(entries, calls)


def _repeated(tree: ast.Module) -> dict[int, str]:
    """Lines that one call of the file may run more than once, with why."""
    found: dict[int, str] = {}
    mentioned = Counter(node.id for node in walk(tree) if isinstance(node, ast.Name))
    mentioned += Counter(node.attr for node in walk(tree) if isinstance(node, ast.Attribute))
    for node in walk(tree):
        if isinstance(node, _LOOPS):
            found |= dict.fromkeys(_lines(node), "it stands in a loop")
    for node in walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name not in _CALLED_ONCE:
            is_in_loop = any(
                found.get(getattr(use, "lineno", 0))
                for use in walk(tree)
                if _name(use) == node.name and use is not node
            )
            if mentioned[node.name] > 1 or is_in_loop:
                found |= dict.fromkeys(_lines(node), f"{node.name} is called in several places, or in a loop")
        elif isinstance(node, ast.Lambda):
            found |= dict.fromkeys(_lines(node), "it stands in a lambda")
        elif isinstance(node, ast.ClassDef) and not (node.name == "ModelNew" or node.name.endswith("Triton")):
            found |= dict.fromkeys(_lines(node), f"there may be several {node.name}")
    return found


_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CALLED_ONCE = frozenset({"kernel_function", "forward"})


def _name(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def _lines(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _assigns(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == CONSTANT
    )


def _rebinds_torch(node: ast.AST) -> bool:
    """Whether ``torch`` may be something else than the package."""
    if isinstance(node, ast.Name):
        return node.id == "torch" and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.arg):
        return node.arg == "torch"
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == "torch"
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return "torch" in node.names
    if isinstance(node, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler)):
        return node.name == "torch"
    if isinstance(node, ast.MatchMapping):
        return node.rest == "torch"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        return any(
            (alias.asname or alias.name) == "torch" and not (module is None and alias.name == "torch")
            for alias in node.names
        )
    return False


def _entries(statement: ast.stmt) -> Iterator[DeclaredOperators]:
    assert isinstance(statement, ast.Assign)
    try:
        value = ast.literal_eval(statement.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("it must be a tuple of dicts of plain values") from None
    if not isinstance(value, tuple) or not value:
        raise ValueError("it must be a tuple of at least one dict")
    for entry in value:
        fields = {"subgraph": str, "operators": tuple, "pytorch_ms": float, "triton_ms": float, "device": str}
        if not isinstance(entry, dict) or entry.keys() != fields.keys():
            raise ValueError(f"each entry has {', '.join(fields)}")
        for name, kind in fields.items():
            if type(entry[name]) is not kind:
                raise ValueError(f"{name} must be a {kind.__name__}")
        made = DeclaredOperators(**entry)
        if not made.operators or not all(isinstance(operator, str) for operator in made.operators):
            raise ValueError("operators must be names")
        if not (0.0 < made.pytorch_ms < made.triton_ms < float("inf")) or not made.device:
            raise ValueError("an operator is kept where it took less time than the kernel, on a device that is named")
        if any(not text.isprintable() or len(text) > 200 for text in (made.subgraph, made.device, *made.operators)):
            raise ValueError("texts must be short and printable")
        yield made


def _calls(tree: ast.Module, running: Iterable[ast.AST], operators: frozenset[str]) -> Iterator[DeclaredCall]:
    """Plain calls of these, in what runs. Another kind of call is none of them."""
    covered = _coverage(tree)
    for definition in running:
        for statement in walk(definition):
            if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
                continue
            call = statement.value
            operator = ast.unparse(call.func)
            if operator not in operators or not _is_plain(statement.targets, call) or _writes(operator, call):
                continue
            end = statement.end_lineno or statement.lineno
            own = _coverage(statement)
            if all(covered[line] == own[line] for line in range(statement.lineno, end + 1)):
                yield DeclaredCall(operator, statement.lineno, end, call.func)


def _is_plain(targets: Sequence[ast.expr], call: ast.Call) -> bool:
    return (
        all(isinstance(target, ast.Name) for target in targets)
        and all(_is_value(argument) for argument in call.args)
        and all(keyword.arg is not None and _is_value(keyword.value) for keyword in call.keywords)
    )


def _writes(operator: str, call: ast.Call) -> bool:
    """Whether it may write to what it is given."""
    is_long = len(call.args) > MOST_POSITIONAL.get(operator, len(call.args))
    return is_long or any(keyword.arg in WRITING for keyword in call.keywords)


def _is_value(node: ast.expr) -> bool:
    """Nothing is computed to have it."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(_is_value(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, (ast.Constant, ast.Attribute)) and _is_value(node.operand)
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "torch"
    return isinstance(node, (ast.Name, ast.Constant))


def _coverage(root: ast.AST) -> Counter[int]:
    """How many expressions and simple statements each line is part of."""
    found: Counter[int] = Counter()
    for node in walk(root):
        if isinstance(node, ast.expr) or (isinstance(node, ast.stmt) and not hasattr(node, "body")):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.stmt):
            found[node.lineno] += 1
    return found
