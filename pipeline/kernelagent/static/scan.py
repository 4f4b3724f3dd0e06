"""The static check: that the wrapper computes nothing in PyTorch, by names resolved through imports and aliases.

Only the syntax tree is read; the file is never imported. Looked at is what ``kernel_function`` and the module
class's ``forward`` can reach, and the file's top level; a self-check under ``if __name__ == "__main__"`` may use
PyTorch. What can't be told without running (is ``a + b`` two tensors or two integers?) is the dynamic check's business.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kernelagent.static import at_import, classes, rules
from kernelagent.static.capacities import capacities
from kernelagent.static.compared_values import compared_values
from kernelagent.static.contracted import differences_of_products
from kernelagent.static.counts import Read, reads
from kernelagent.static.declared import DeclaredCall, DeclaredOperators, declaration
from kernelagent.static.extent import extent
from kernelagent.static.loop_variables import read_after_their_loop
from kernelagent.static.made_classes import classes_of_texts
from kernelagent.static.names import Names, own_names, root_of
from kernelagent.static.narrow_numbers import narrow_numbers
from kernelagent.static.numbers import LARGEST, Numbers
from kernelagent.static.packed import packed
from kernelagent.static.parsing import parse
from kernelagent.static.reach import is_inner
from kernelagent.static.reader import Finding, Reader
from kernelagent.static.replaced_kernels import options_that_replace
from kernelagent.static.surroundings import surroundings
from kernelagent.static.type_expressions import no_types
from kernelagent.static.values_of import Values
from kernelagent.static.walk import walk

__all__ = ["Finding", "Scan", "scan"]


FOR_SIZES = (
    "reads a number that a kernel wrote and {}: it may only become a size (a shape, a slice, a grid, an integer "
    "argument of a kernel), by +, -, *, //, %, min, max and triton.cdiv with other sizes"
)


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
    reaches, or for how many places it has room. Larger ones where a kernel compares with them, or takes the smaller of
    them and something else."""
    compared: tuple[float, ...]
    """Numbers of its own that a kernel compares something with."""
    groups: tuple[int, ...]
    """Integers from 2 to 31, where a kernel takes its numbers apart by ``//`` and ``%``: so many of its blocks may be
    one group."""
    persistent: bool
    """A kernel's programs go over blocks in turn, so that some number in the file may be how many they are."""
    approximate: tuple[tuple[str, int], ...]
    """Functions that kernels call and that the hardware approximates, with their lines."""
    surroundings: tuple[tuple[str, int], ...]
    """What the code asks of its surroundings or keeps from call to call, with lines."""
    narrow_numbers: tuple[tuple[str, str, int], ...]
    """What kernels compute in types that hold few numbers (``an index``), the type and the line."""
    repeated: tuple[tuple[int, int], ...]
    """Rounds and line of loops that do the same so many times, whatever the sizes."""
    capacities: tuple[tuple[int, int], ...]
    """Numbers of elements that a kernel may be made for, and their lines."""
    contracted: tuple[int, ...]
    """Lines on which a kernel decides by a difference of products, or takes a root of one."""
    declared: tuple[DeclaredOperators, ...] = ()
    """What the file leaves to PyTorch and says so. It is for the caller to allow it; ``findings`` are the others."""
    declared_calls: tuple[DeclaredCall, ...] = ()
    reads: tuple[Read, ...] = ()
    """Calls that may read a number which a kernel wrote."""


def scan(source: str) -> Scan:
    """Judge the text of a kernel file. Raises ``SyntaxError``."""
    return scan_tree(parse(source))


def scan_tree(tree: ast.Module) -> Scan:
    """Judge a kernel file that is parsed already."""
    names = Names(tree)
    of = extent(tree, names)
    top, jitted = of.top, list(of.jitted)
    names.kernels = frozenset(node.name for node in jitted)
    in_classes = (part for node in walk(tree) if isinstance(node, ast.ClassDef) for part in node.body)
    names.kernels_of_classes = frozenset(node.name for node in in_classes if node in jitted)
    mentioned = {n.id for part in (*of.statements, *of.reached) for n in walk(part) if isinstance(n, ast.Name)}
    declares = declaration(tree, [node for node in of.reached if node in of.running and node not in jitted])
    names.permitted = frozenset(id(call.function) for call in declares.calls)
    findings = [Finding(what, line) for what, line in declares.problems]
    findings += [Finding.at("gives itself another name", node) for node in at_import.names_itself(tree)]
    findings += options_that_replace(tree)
    findings += [
        Finding.at(what, node) for what, node in (*no_types(tree, names.of), *classes_of_texts(tree, names.of))
    ]
    for statement in (*(s for s in of.statements if not _is_for_the_self_check(s, mentioned)), *of.made):
        findings += Reader(names, constructing=True).read(statement)
    for node in of.reached:
        if isinstance(node, ast.ClassDef):
            inside = walk(node)
            findings += classes.read_class(node, names, jitted)
            findings += [found for kernel in jitted if kernel in inside for found in _read_kernel(kernel, names)]
        elif node in jitted:
            findings += _read_kernel(node, names)
        else:
            findings += Reader(names, constructing=node not in of.running).read(node)
    parts = [*of.statements, *(node for node in of.reached if node not in jitted)]
    counted = reads(parts, jitted, names)
    for problem in dict.fromkeys(read.problem for read in counted if read.is_certain and read.problem is not None):
        findings.append(Finding.at(FOR_SIZES.format(problem[0]), problem[1]))
    kernels = tuple(node.name for node in jitted)
    numbers, values = Numbers(top), Values(tree)
    blocks = numbers.between(32, LARGEST, jitted) | numbers.reached(jitted) | numbers.limits(jitted)
    blocks |= {number for number in numbers.float_limits(jitted) if 32 <= number <= LARGEST}
    blocks |= {number for number, _ in packed(jitted, numbers) if 32 <= number <= LARGEST}
    return Scan(
        tuple(sorted(dict.fromkeys(findings), key=lambda f: f.line)),
        kernels,
        of.entries,
        _uses(jitted),
        tuple(sorted(blocks)),
        compared_values(jitted, numbers),
        tuple(sorted(numbers.between(2, 31))) if any(_takes_apart(node) for node in jitted) else (),
        any(_is_persistent(node, values) for node in jitted),
        _approximate(jitted),
        surroundings(top, jitted, names),
        narrow_numbers(jitted),
        tuple(numbers.repeated(jitted)),
        capacities(jitted, numbers),
        differences_of_products(jitted),
        declares.entries,
        declares.calls,
        tuple(counted),
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


def _is_persistent(kernel: ast.FunctionDef, values: Values) -> bool:
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
    if isinstance(node, ast.FunctionDef):
        for name, line in read_after_their_loop(node):
            found.append(Finding(f"reads {name} after its loop, where compiled code has nothing", line))
    inside = [item for statement in node.body for item in walk(statement)]
    inner = {id(item.value) for item in inside if isinstance(item, ast.Attribute)}
    arguments = node.args
    own = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    own |= own_names(node.body, names.of)
    for item in inside:
        if isinstance(item, (ast.Attribute, ast.Name)) and root_of(item) in own:
            if isinstance(item, ast.Name):
                continue
        elif isinstance(item, (ast.Attribute, ast.Name)) and id(item) not in inner:
            path = names.of(item)
            if path is not None and path.partition(".")[0] not in ("triton", "math"):
                found.append(Finding.at(f"uses {path} inside a Triton kernel", item))
        if isinstance(item, ast.Attribute) and (
            is_inner(item.attr, is_strict=True)
            or item.attr in rules.FACES
            or item.attr.startswith("__")
            or (isinstance(item.value, ast.Name) and item.value.id in names.kernels)
        ):
            found.append(Finding.at(f"reaches for {item.attr} inside a Triton kernel", item))
        if isinstance(item, ast.Attribute) and item.attr in rules.FORBIDDEN_ATTRIBUTES:
            found.append(Finding.at(f"reaches for {item.attr} inside a Triton kernel", item))
        if isinstance(item, ast.Name) and item.id in rules.FORBIDDEN_NAMES:
            found.append(Finding.at(f"uses {item.id} inside a Triton kernel", item))
        if isinstance(item, (ast.Import, ast.ImportFrom)):
            found.append(Finding.at("imports inside a Triton kernel", item))
        if isinstance(item, ast.Compare) and _asks_for_identity(item):
            found.append(
                Finding.at("compares by `is` inside a Triton kernel, where the compiler has other objects", item)
            )
        if isinstance(item, ast.Name) and item.id in rules.ASKING_WHAT_IT_IS:
            what = f"asks by {item.id} inside a Triton kernel, which tells the interpreter from the compiler"
            found.append(Finding.at(what, item))
    return found


def _asks_for_identity(node: ast.Compare) -> bool:
    """Whether ``is`` compares numbers or texts: equal ones are one object to Python, and two to the compiler."""
    sides = [node.left, *node.comparators]
    is_single = [isinstance(side, ast.Constant) and side.value in (None, True, False) for side in sides]
    return any(
        isinstance(op, (ast.Is, ast.IsNot)) and not (is_single[n] or is_single[n + 1]) for n, op in enumerate(node.ops)
    )


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
