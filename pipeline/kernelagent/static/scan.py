"""The static check: that the wrapper computes nothing in PyTorch, by names resolved through imports and aliases.

Only the syntax tree is read; the file is never imported. Looked at is what ``kernel_function`` and the module
class's ``forward`` can reach, and the file's top level; a self-check under ``if __name__ == "__main__"`` may use
PyTorch. What can't be told without running (is ``a + b`` two tensors or two integers?) is the dynamic check's business.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kernelagent.static import at_import, classes, rules
from kernelagent.static.declared import DeclaredCall, DeclaredOperators, declaration
from kernelagent.static.float_indices import float_indices
from kernelagent.static.names import Names
from kernelagent.static.numbers import LARGEST, Numbers
from kernelagent.static.parsing import parse
from kernelagent.static.reader import Finding, Reader
from kernelagent.static.surroundings import surroundings
from kernelagent.static.values_of import Values
from kernelagent.static.walk import walk

__all__ = ["Finding", "Scan", "scan"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Definitions = dict[str, list[Definition]]
"""By name: what is defined twice was perhaps handed on before."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Scan:
    findings: tuple[Finding, ...]
    kernels: tuple[str, ...]
    """Names of the ``@triton.jit`` functions."""
    entries: tuple[str, ...]
    """``kernel_function`` and module classes, as far as they are there."""
    uses: dict[str, tuple[str, ...]]
    """Name of a kernel → other ``@triton.jit`` functions that it names: those that run when it does."""
    constants: tuple[int, ...]
    """Integers from 32 to 65,536 in what is judged: a block's size may be among them, or how far a loop of fixed length
    reaches. Larger ones where a kernel compares with them, or takes the smaller of them and something else."""
    groups: tuple[int, ...]
    """Integers from 2 to 31, where a kernel takes its numbers apart by ``//`` and ``%``: so many of its blocks may be
    one group."""
    persistent: bool
    """A kernel's programs go over blocks in turn, so that some number in the file may be how many they are."""
    approximate: tuple[tuple[str, int], ...]
    """Functions that kernels call and that the hardware approximates, with their lines."""
    surroundings: tuple[tuple[str, int], ...]
    """What the code asks of its surroundings or keeps from call to call, with lines."""
    float_indices: tuple[tuple[str, int], ...]
    """Floating types in which kernels compute indices, with lines."""
    declared: tuple[DeclaredOperators, ...] = ()
    """What the file leaves to PyTorch and says so. It is for the caller to allow it; ``findings`` are the others."""
    declared_calls: tuple[DeclaredCall, ...] = ()


def scan(source: str) -> Scan:
    """Judge the text of a kernel file. Raises ``SyntaxError``."""
    return scan_tree(parse(source))


def scan_tree(tree: ast.Module) -> Scan:
    """Judge a kernel file that is parsed already."""
    names = Names(tree)
    top = list(_top_level(tree.body))
    defined = [node for node in top if isinstance(node, _DEFINITIONS)]
    definitions = _by_name(defined)
    statements = [node for node in top if not isinstance(node, _DEFINITIONS)]
    jitted = [n for n in walk(tree) if isinstance(n, ast.FunctionDef) and is_jitted(n, names)]
    names.kernels = frozenset(node.name for node in jitted)
    entries = list(dict.fromkeys(node.name for node in defined if _is_entry(node)))
    running = _reachable(_running_roots(entries, statements, definitions), definitions, _runs)
    made = [part for node in defined for part in at_import.run_by(node)]
    roots = _building_roots(running, [*statements, *made], definitions) + at_import.classes_with_hooks(defined)
    building = _reachable(roots, definitions, _everything)
    reached = [node for name in dict.fromkeys([*running, *building]) for node in definitions[name]]
    mentioned = {n.id for part in (*statements, *reached, *jitted) for n in walk(part) if isinstance(n, ast.Name)}
    runs = {node for name in running for node in definitions[name]}
    declares = declaration(tree, [node for node in reached if node in runs and node not in jitted])
    names.permitted = frozenset(id(call.function) for call in declares.calls)
    findings = [Finding(what, line) for what, line in declares.problems]
    findings += [Finding.at("gives itself another name", node) for node in at_import.names_itself(tree)]
    made += [part for node in defined for part in at_import.evaluated_by(node)]
    for statement in (*(s for s in statements if not _is_for_the_self_check(s, mentioned)), *made):
        findings += Reader(names, constructing=True).read(statement)
    for node in reached:
        if isinstance(node, ast.ClassDef):
            findings += classes.read_class(node, names)
        elif node in jitted:
            findings += _read_kernel(node, names)
        else:
            findings += Reader(names, constructing=node not in runs).read(node)
    for other in defined:
        if other not in reached and _is_registered(other, {*running, *building}):
            findings += Reader(names).read(other)
    kernels = tuple(node.name for node in jitted)
    numbers = Numbers(top)
    blocks = numbers.between(32, LARGEST) | numbers.reached(jitted) | numbers.limits(jitted)
    return Scan(
        tuple(sorted(set(findings), key=lambda f: f.line)),
        kernels,
        tuple(entries),
        _uses(jitted),
        tuple(sorted(blocks)),
        tuple(sorted(numbers.between(2, 31))) if any(_takes_apart(node) for node in jitted) else (),
        any(_is_persistent(node, tree) for node in jitted),
        _approximate(jitted),
        surroundings(top, jitted, names),
        float_indices(jitted),
        declares.entries,
        declares.calls,
    )


def _uses(jitted: list[ast.FunctionDef]) -> dict[str, tuple[str, ...]]:
    known = {node.name for node in jitted}
    found: dict[str, set[str]] = {name: set() for name in known}
    for node in jitted:
        found[node.name] |= {n.id for n in walk(node) if isinstance(n, ast.Name) and n.id in known}
    return {name: tuple(sorted(used)) for name, used in found.items()}


def _takes_apart(kernel: ast.FunctionDef) -> bool:
    operators = {type(node.op) for node in walk(kernel) if isinstance(node, (ast.BinOp, ast.AugAssign))}
    return {ast.FloorDiv, ast.Mod} <= operators


def _is_persistent(kernel: ast.FunctionDef, tree: ast.Module) -> bool:
    """It asks how many programs there are, or a loop starts at the program's number and has steps of its own."""
    nodes = walk(kernel)
    if any(isinstance(node, ast.Attribute) and node.attr == "num_programs" for node in nodes):
        return True
    starts = [
        n.iter.args[0]
        for n in nodes
        if isinstance(n, ast.For) and isinstance(n.iter, ast.Call) and len(n.iter.args) == 3
    ]
    if not starts:
        return False
    values = Values(tree)
    reached = {part for start in starts for part in values.behind(start, values.scope_of(kernel)).reached}
    return any(isinstance(part, ast.Call) and getattr(part.func, "attr", "") == "program_id" for part in reached)


def _approximate(jitted: list[ast.FunctionDef]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for node in jitted:
        for item in walk(node):
            if isinstance(item, ast.Attribute) and item.attr in rules.APPROXIMATE:
                found.setdefault(item.attr, item.lineno)
            elif isinstance(item, ast.Name) and item.id in rules.APPROXIMATE:
                found.setdefault(item.id, item.lineno)
            elif isinstance(item, ast.Constant) and isinstance(item.value, str):
                for name in rules.APPROXIMATE_INSTRUCTIONS:
                    if name in item.value:
                        found.setdefault(name, item.lineno)
    return tuple(found.items())


def _read_kernel(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> list[Finding]:
    """A kernel: what defining it runs, and a body in which the interpreter would run PyTorch, the compiler not."""
    found = Reader(names).read_signature(node)
    for item in (item for statement in node.body for item in walk(statement)):
        if isinstance(item, (ast.Attribute, ast.Name)):
            path = names.of(item)
            if path is not None and path.startswith("torch."):
                found.append(Finding.at(f"uses {path} inside a Triton kernel", item))
        if isinstance(item, ast.Attribute) and item.attr in rules.FORBIDDEN_ATTRIBUTES:
            found.append(Finding.at(f"reaches for {item.attr} inside a Triton kernel", item))
        if isinstance(item, ast.Name) and item.id in rules.FORBIDDEN_NAMES:
            found.append(Finding.at(f"uses {item.id} inside a Triton kernel", item))
        if isinstance(item, (ast.Import, ast.ImportFrom)):
            found.append(Finding.at("imports inside a Triton kernel", item))
        if isinstance(item, ast.Name) and item.id in rules.ASKING_WHAT_IT_IS:
            what = f"asks by {item.id} inside a Triton kernel, which tells the interpreter from the compiler"
            found.append(Finding.at(what, item))
    return found


def is_jitted(node: ast.FunctionDef, names: Names) -> bool:
    for decorator in node.decorator_list:
        path = names.of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if path in ("triton.jit", "triton.runtime.jit", "triton.runtime.jit.jit"):
            return True
    return False


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that importing the file runs, and definitions, also those under an ``if`` or ``try``; without the
    self-check."""
    for statement in body:
        if isinstance(statement, ast.If) and _is_self_check(statement.test):
            yield from _top_level(statement.orelse)
        elif isinstance(statement, (ast.If, ast.Try, ast.With)) and any(_defines(s) for s in walk(statement)):
            parts = [statement.test] if isinstance(statement, ast.If) else []
            parts += [i.context_expr for i in statement.items] if isinstance(statement, ast.With) else []
            yield from (ast.copy_location(ast.Expr(part), part) for part in parts)
            blocks = [statement.body, getattr(statement, "orelse", []), getattr(statement, "finalbody", [])]
            blocks += [handler.body for handler in getattr(statement, "handlers", [])]
            for block in blocks:
                yield from _top_level(block)
        else:
            yield statement


def _defines(node: ast.AST) -> bool:
    return isinstance(node, _DEFINITIONS)


def _is_self_check(test: ast.expr) -> bool:
    """``__name__ == "__main__"``, alone or ``and`` something else: under it only a script runs."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_is_self_check(value) for value in test.values)
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = [ast.unparse(test.left), ast.unparse(test.comparators[0])]
    return sorted(sides) == ["'__main__'", "__name__"]


def _is_for_the_self_check(statement: ast.stmt, mentioned: set[str]) -> bool:
    """An import that does nothing else, of names that nothing judged asks for: a self-check takes the time, say."""
    if isinstance(statement, ast.Import):
        modules = {alias.name for alias in statement.names}
        bound = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    elif isinstance(statement, ast.ImportFrom) and not statement.level:
        modules = {statement.module or ""}
        bound = {alias.asname or alias.name for alias in statement.names}
    else:
        return False
    return modules <= rules.FOR_SELF_CHECKS and "*" not in bound and not bound & mentioned


def _running_roots(entries: list[str], statements: list[ast.stmt], definitions: Definitions) -> list[str]:
    """What runs when the kernel is called: the entries, and what the top level hands on under another name."""
    roots = list(entries)
    for statement in statements:
        called = {id(n.func) for n in walk(statement) if isinstance(n, ast.Call)}
        roots += [
            n.id
            for n in walk(statement)
            if isinstance(n, ast.Name) and n.id in definitions and (id(n) not in called or n.id in entries)
        ]
    return roots


def _is_registered(node: Definition, reached: set[str]) -> bool:
    """Whether it is handed to something that the judged code knows: ``@operator.register_fake``."""
    return any(isinstance(n, ast.Name) and n.id in reached for part in node.decorator_list for n in walk(part))


def _building_roots(running: list[str], statements: list[ast.stmt], definitions: Definitions) -> list[str]:
    """What runs before: constructors of the classes that run, and what the top level calls."""
    roots = list(running)
    for node in [*statements, *(node for name in running for node in definitions[name])]:
        roots += [n.id for n in walk(node) if isinstance(n, ast.Name)]
    return roots


def _runs(node: Definition) -> Iterator[ast.AST]:
    """The parts of a definition that run with the kernel: of a class all but what only constructs it."""
    if not isinstance(node, ast.ClassDef):
        yield from walk(node)
        return
    constructing = classes.constructing_methods(node)
    for part in ast.iter_child_nodes(node):
        if not (isinstance(part, ast.FunctionDef) and part.name in constructing):
            yield from walk(part)


def _everything(node: Definition) -> Iterator[ast.AST]:
    yield from walk(node)


def _reachable(
    roots: list[str], definitions: Definitions, parts: Callable[[Definition], Iterator[ast.AST]]
) -> list[str]:
    """Definitions that the roots name, directly or through others; ``parts`` of each are followed."""
    queue, seen = list(roots), dict[str, None]()
    while queue:
        name = queue.pop()
        if name in definitions and name not in seen:
            seen[name] = None
            queue += [n.id for node in definitions[name] for n in parts(node) if isinstance(n, ast.Name)]
    return list(seen)


def _by_name(defined: Iterable[Definition]) -> Definitions:
    found: Definitions = {}
    for node in defined:
        found.setdefault(node.name, []).append(node)
    return found


def _is_entry(node: Definition) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name == "ModelNew" or node.name.endswith("Triton")
    return node.name == "kernel_function"
