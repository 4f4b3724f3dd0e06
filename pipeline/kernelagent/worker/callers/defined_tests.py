"""The tests that a file defines and does not call, run as ``python -m unittest`` and pytest would: with what is set up
and torn down around them."""

from __future__ import annotations

import ast
import contextlib
import inspect
import unittest
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from kernelagent.worker.callers.answers import heeded, require_passed, require_ran
from kernelagent.worker.callers.said import Said

__unittest = True
"""So that unittest leaves the frames of this file out of what it tells."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_HEEDED = "__kernelagent_heeded__"


def run_file(source: bytes, file: str, module: ModuleType) -> None:
    """Run ``source`` as ``module``. Raises what it raises, and ``AssertionError`` where it calls a function ``test_*``
    that returns a false value, and throws that away."""
    tree = _Heeding().visit(ast.parse(source, file))
    vars(module)[_HEEDED] = heeded
    exec(compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True), vars(module))


class _Heeding(ast.NodeTransformer):
    """``test_it(...)`` as a statement → ``heeded("test_it", test_it(...))``."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and _is_test(call.func.id, is_class=False):
            looked = ast.Call(ast.Name(_HEEDED, ast.Load()), [ast.Constant(call.func.id), call], [])
            return ast.copy_location(ast.Expr(ast.copy_location(looked, call)), node)
        return node


def run_defined(module: ModuleType, source: bytes, said: Said) -> int:
    """Run what ``module``, which was made of ``source``, defines: every ``TestCase``; and what can be called by a name
    ``test_*``, and classes ``Test*``, that it does not call itself.

    1 after tests of unittest that fail, which are told to ``said``; else 0. Raises what another test raises, and
    ``AssertionError`` for one that returns neither ``None`` nor true, or that has not run by being called.
    """
    with _around(module, "module"):
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        if suite.countTestCases() and not unittest.TextTestRunner(said).run(suite).wasSuccessful():
            return 1
        names = _uncalled(source, module)
        found = [(name, value) for name, value in list(vars(module).items()) if name in names]
        plain = [(name, value) for name, value in found if not _is_left_out(value)]
        if found and not plain and not suite.countTestCases():
            said.write("every test was skipped, so nothing is said of the kernel")
            return 1
        if plain:
            with _around(module, "Module"):
                for name, value in plain:
                    _run_plain(name, value, module)
    return 0


def _run_plain(name: str, one: Any, module: ModuleType) -> None:
    if isinstance(one, type):
        _run_class(one)
        return
    with _around(module, "function", one):
        require_passed(name, one())


def _run_class(one: type) -> None:
    with _around(one, "class"):
        for name in [name for name in dir(one) if name.startswith("test")]:
            owner = one()
            method = getattr(owner, name)
            if callable(method):
                with _around(owner, "method", method):
                    require_passed(f"{one.__name__}.{name}", method())
        for name, inner in list(vars(one).items()):
            if isinstance(inner, type) and _is_test(name, is_class=True):
                _run_class(inner)


@contextlib.contextmanager
def _around(owner: Any, scope: str, *given: Any) -> Iterator[None]:
    """``setup_<scope>``, and ``teardown_<scope>`` once that has ended well; by unittest's names for its module."""
    before, after = ("setUpModule", "tearDownModule") if scope == "Module" else (f"setup_{scope}", f"teardown_{scope}")
    _call(getattr(owner, before, None), *(given or (owner,)))
    try:
        yield
    finally:
        _call(getattr(owner, after, None), *(given or (owner,)))


def _call(found: Any, given: Any) -> None:
    """With ``given`` where it takes that, as pytest does it."""
    if not callable(found):
        return
    if isinstance(given, type) and inspect.ismethod(found):
        found = found.__func__
    name = getattr(found, "__name__", type(found).__name__)
    require_ran(name, found(given) if inspect.signature(found).parameters else found())


def _uncalled(source: bytes, module: ModuleType) -> set[str]:
    """Names of tests that nothing uses: neither the file as it runs, nor a test that nothing else names."""
    defined: dict[str, _Definition] = {}
    stored: set[str] = set()
    todo = _split(ast.parse(source), defined, stored)
    own = stored | set(defined)
    tests = {name for name, value in vars(module).items() if _is_own_test(name, value, module, own)}
    uses = {name: _loaded(node.body) - {name} for name, node in defined.items()}
    unused = tests - set().union(*uses.values())
    todo |= set().union(*(uses[name] for name in unused & set(defined)))
    reached: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo |= uses.get(name, set())
    return tests - reached


def _split(node: ast.AST, defined: dict[str, _Definition], stored: set[str]) -> set[str]:
    """Put what ``node`` defines into ``defined``, and the names that it assigns to into ``stored``; the names that it
    uses elsewhere."""
    names: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            defined[child.name] = child
        elif isinstance(child, ast.Name):
            (names if isinstance(child.ctx, ast.Load) else stored).add(child.id)
        else:
            names |= _split(child, defined, stored)
    return names


def _loaded(body: list[ast.stmt]) -> set[str]:
    names = (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def _is_own_test(name: str, value: Any, module: ModuleType, own: set[str]) -> bool:
    """A test of the file's own, which assigns to the names ``own``; and none of unittest's, which runs those itself."""
    if isinstance(value, type):
        is_own = value.__module__ == module.__name__
        return is_own and _is_test(name, is_class=True) and not issubclass(value, unittest.TestCase)
    if not _is_test(name, is_class=False) or not callable(value):
        return False
    return getattr(value, "__module__", None) == module.__name__ or (name in own and _needs_nothing(value))


def _needs_nothing(value: Any) -> bool:
    """Whether it can be called as it is: ``test_fn = torch.relu`` is a name for something that is tested."""
    try:
        given = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return False
    open_ended = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(p.default is not inspect.Parameter.empty or p.kind in open_ended for p in given)


def _is_left_out(value: Any) -> bool:
    """By ``pytest.mark.skip``, or ``skipif`` with a condition that holds."""
    marks = getattr(value, "pytestmark", [])
    named = [(getattr(mark, "name", ""), getattr(mark, "args", ())) for mark in marks if isinstance(marks, list)]
    return any(name == "skip" or (name == "skipif" and any(a for a in args[:1])) for name, args in named)


def _is_test(name: str, *, is_class: bool) -> bool:
    return name.startswith("Test") if is_class else f"{name}_".startswith("test_")
