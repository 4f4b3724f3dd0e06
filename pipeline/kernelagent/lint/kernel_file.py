"""A file with Triton kernels as the rules see it: kernels, the functions around them, launches."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

from kernelagent.lint.flow import Flow
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.launch import Launch, find_launches
from kernelagent.lint.names import Names
from kernelagent.lint.source import Source
from kernelagent.static.scan import Scan, scan_tree
from kernelagent.static.walk import walk

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Wrapper:
    """A function that is no kernel, or the file's own top level; with all that is nested in it."""

    def __init__(
        self, name: str, node: Function | ast.Module, nodes: list[ast.AST], owner: ast.ClassDef | None
    ) -> None:
        self.name = name
        self.node = node
        self.nodes = nodes
        """Every node inside, in no particular order; kernels and other wrappers are left out."""
        self.owner = owner

    @cached_property
    def assignments(self) -> dict[str, list[ast.expr]]:
        """What is assigned to each name, in the order of the lines."""
        found: dict[str, list[ast.expr]] = {}
        for node in sorted(
            (node for node in self.nodes if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign))),
            key=lambda node: node.lineno,
        ):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and node.value is not None:
                    found.setdefault(target.id, []).append(node.value)
                elif isinstance(target, (ast.Tuple, ast.List)):
                    values = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else None
                    for index, element in enumerate(target.elts):
                        if isinstance(element, ast.Name):
                            same = values is not None and len(values) == len(target.elts)
                            value = values[index] if same and values is not None else node.value
                            found.setdefault(element.id, []).append(value or element)
        return found

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Names of all attributes that are looked at: ``contiguous``, ``stride`` ..."""
        return frozenset(node.attr for node in self.nodes if isinstance(node, ast.Attribute))


class KernelFile:
    """Constructed from a parsed source; what is dear is worked out when a rule asks for it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        tree = source.tree
        self._imports: list[ast.Import | ast.ImportFrom] = []
        self._functions: list[tuple[Function, ast.ClassDef | None, bool]] = []
        """Functions with the class that they are in, and whether they are at the top of the file."""
        self.classes: list[ast.ClassDef] = []
        self._top: list[ast.stmt] = []
        self._gather(tree.body, None, True)
        self.names = Names(self._imports)
        jitted = [
            (node, top)
            for node, _, top in self._functions
            if isinstance(node, ast.FunctionDef) and _is_jitted(node, self.names)
        ]
        self.kernels: tuple[Kernel, ...] = tuple(Kernel(node, self.names) for node, _ in jitted)
        self._flows: dict[Kernel, Flow] = {}
        counts: dict[str, int] = {}
        for kernel in self.kernels:
            counts[kernel.name] = counts.get(kernel.name, 0) + 1
        self.by_name = {kernel.name: kernel for kernel in self.kernels if counts[kernel.name] == 1}
        """Kernels whose name means one of them only."""

    def _gather(self, body: Iterable[ast.stmt], owner: ast.ClassDef | None, top: bool) -> None:
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._imports.append(statement)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._functions.append((statement, owner, top))
                self._nested(statement.body)
            elif isinstance(statement, ast.ClassDef):
                self.classes.append(statement)
                self._gather(statement.body, statement, False)
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                if top:
                    self._top.append(statement)
                self._gather(_blocks(statement), owner, top)
            elif top:
                self._top.append(statement)

    def _nested(self, body: Iterable[ast.stmt]) -> None:
        """Imports, and kernels that a function makes."""
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._imports.append(statement)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if statement.decorator_list:
                    self._functions.append((statement, None, False))
                self._nested(statement.body)
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                self._nested(_blocks(statement))

    @cached_property
    def wrappers(self) -> tuple[Wrapper, ...]:
        kernels = {kernel.node for kernel in self.kernels}
        definitions = {node for node, _, _ in self._functions}
        made = [
            Wrapper(node.name, node, walk(node, kernels), owner)
            for node, owner, _ in self._functions
            if node not in kernels
        ]
        top = [node for statement in self._top for node in walk(statement, definitions)]
        return (*made, Wrapper("", self.source.tree, top, None))

    @cached_property
    def launches(self) -> tuple[Launch, ...]:
        """Every ``kernel[grid](...)`` of a kernel of this file."""
        seen: dict[int, Launch] = {}
        for wrapper in self.wrappers:
            for launch in find_launches(wrapper, self.by_name, self.global_values):
                seen.setdefault(id(launch.call), launch)
        return tuple(sorted(seen.values(), key=lambda launch: launch.call.lineno))

    def launches_of(self, kernel: Kernel) -> list[Launch]:
        return [launch for launch in self.launches if launch.kernel is kernel]

    @cached_property
    def global_values(self) -> dict[str, list[ast.expr]]:
        """What the top level assigns to each name."""
        return self.wrappers[-1].assignments

    def flow(self, kernel: Kernel) -> Flow:
        """The kernel's values and accesses."""
        if kernel not in self._flows:
            self._flows[kernel] = Flow(kernel, self.names)
        return self._flows[kernel]

    @cached_property
    def called(self) -> frozenset[str]:
        """Kernels that other kernels of this file call."""
        return frozenset(name for kernel in self.kernels for name in self.flow(kernel).called if name in self.by_name)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every name that a wrapper or the top level looks at."""
        return frozenset(node.id for wrapper in self.wrappers for node in wrapper.nodes if isinstance(node, ast.Name))

    @cached_property
    def judged(self) -> Scan | None:
        """What the judge's static check says; ``None`` where nothing in the file is what it looks for."""
        if not any(node.name == "kernel_function" for node, _, top in self._functions if top) and not any(
            node.name == "ModelNew" or node.name.endswith("Triton") for node in self.classes
        ):
            return None
        return scan_tree(self.source.tree)

    def is_launched(self, kernel: Kernel) -> bool:
        """Whether the kernel is started from the host, as far as this file tells: launched here, tuned, or one that
        writes memory, returns nothing, and that no other kernel calls."""
        if any(launch.kernel is kernel for launch in self.launches):
            return True
        if kernel.name in self.called:
            return False
        if kernel.autotune is not None or kernel.heuristics:
            return True
        flow = self.flow(kernel)
        return any(access.kind != "load" for access in flow.accesses) and not any(
            node.value is not None for node, _ in flow.returned
        )


def _blocks(statement: ast.stmt) -> list[ast.stmt]:
    """The statements nested in a compound one."""
    found: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        found += getattr(statement, name, [])
    for handler in getattr(statement, "handlers", []):
        found += handler.body
    return found


def _is_jitted(node: ast.FunctionDef, names: Names) -> bool:
    for decorator in node.decorator_list:
        if names.of(decorator.func if isinstance(decorator, ast.Call) else decorator) == "triton.jit":
            return True
    return False
