"""The tests that a file defines and does not call, run as ``python -m unittest`` and pytest would: with what is set up
and torn down around them."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import io
import unittest
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

__unittest = True
"""So that unittest leaves the frames of this file out of what it tells."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def run_defined(module: ModuleType, source: bytes, said: io.StringIO) -> int:
    """Run what ``module``, which was made of ``source``, defines: every ``TestCase``; and functions ``test_*`` and
    classes ``Test*`` that it does not call itself.

    1 after tests of unittest that fail, which are told to ``said``; else 0. Raises what another test raises, and
    ``AssertionError`` for one that returns ``False``, as KernelAgent's do when they fail, or that has not run by being
    called.
    """
    with _around(module, "module"):
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        for case in _cases(suite):
            _watch(case)
        if suite.countTestCases() and not unittest.TextTestRunner(said).run(suite).wasSuccessful():
            return 1
        names = _uncalled(source)
        plain = [value for name, value in list(vars(module).items()) if name in names and _is_plain(value, module)]
        if plain:
            with _around(module, "Module"):
                for one in plain:
                    _run_plain(one, module)
    return 0


def _run_plain(one: Any, module: ModuleType) -> None:
    if not isinstance(one, type):
        with _around(module, "function", one):
            _require_ran(one.__name__, one())
        return
    with _around(one, "class"):
        for name in [name for name in dir(one) if name.startswith("test")]:
            owner = one()
            method = getattr(owner, name)
            if callable(method):
                with _around(owner, "method", method):
                    _require_ran(f"{one.__name__}.{name}", method())


def _is_plain(value: Any, module: ModuleType) -> bool:
    """A function or class of the file's own, and none of unittest's, which runs those itself."""
    if isinstance(value, type):
        return value.__module__ == module.__name__ and not issubclass(value, unittest.TestCase)
    return inspect.isfunction(value) and value.__module__ == module.__name__


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
    _require_ran(found.__name__, found(given) if inspect.signature(found).parameters else found())


def _require_ran(name: str, found: Any) -> None:
    """Raises ``AssertionError`` where what a call returned says that it failed, or that nothing of it has run."""
    if found is False:
        raise AssertionError(f"{name}() returned False")
    if inspect.iscoroutine(found):
        found.close()  # or Python warns that it was never awaited
    if inspect.isawaitable(found) or inspect.isgenerator(found) or inspect.isasyncgen(found):
        raise AssertionError(f"{name}() returned a {type(found).__name__}, so nothing of it has run")


def _cases(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _cases(one)
        else:
            yield one


def _watch(case: unittest.TestCase) -> None:
    """Let its test fail by what it returns, too: unittest asks nothing of that."""
    name = case.id().rpartition(".")[2]
    method: Callable[..., Any] | None = getattr(case, name, None)
    if isinstance(case, unittest.IsolatedAsyncioTestCase) or not inspect.ismethod(method):
        return

    @functools.wraps(method)
    def watched() -> None:
        _require_ran(f"{type(case).__name__}.{name}", method())

    setattr(case, name, watched)


def _uncalled(source: bytes) -> set[str]:
    """Names of functions ``test`` and ``test_*``, and of classes ``Test*``, that nothing calls: neither the file as it
    runs, nor a test that nothing else names."""
    defined: dict[str, _Definition] = {}
    todo = _split(ast.parse(source), defined)
    tests = {name for name, node in defined.items() if _is_test(node)}
    uses = {name: _loaded(node.body) - {name} for name, node in defined.items()}
    todo |= set().union(*(uses[name] for name in tests - set().union(*uses.values())))
    reached: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo |= uses.get(name, set())
    return tests - reached


def _split(node: ast.AST, defined: dict[str, _Definition]) -> set[str]:
    """Put what ``node`` defines into ``defined``; the names that it uses elsewhere."""
    names: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            defined[child.name] = child
        else:
            names |= {child.id} if isinstance(child, ast.Name) else _split(child, defined)
    return names


def _loaded(body: list[ast.stmt]) -> set[str]:
    return {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _is_test(node: _Definition) -> bool:
    return node.name.startswith("Test") if isinstance(node, ast.ClassDef) else f"{node.name}_".startswith("test_")
