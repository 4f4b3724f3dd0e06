"""Programs that were tried, by what they say rather than how they are spelt, so that no worker repeats another's."""

from __future__ import annotations

import ast
import hashlib
import threading

from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import Cancelled
from kernelagent.static.parsing import parse


def digest_of(code: str) -> str:
    """The same for programs that differ in comments, docstrings and layout alone."""
    tree = parse(code)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                body[:] = body[1:] or [ast.Pass()]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


class Failures:
    """Shared by all workers; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, str | None] = {}
        """``None``: it is being tried."""

    def claim(self, digest: str, cancel: CancelToken) -> str | None:
        """``None``: the program is this worker's to try. Otherwise what was found of it, which is waited for while
        another worker tries it. Raises ``Cancelled``."""
        while True:
            with self._lock:
                if digest not in self._found:
                    self._found[digest] = None
                    return None
                found = self._found[digest]
            if found is not None:
                return found
            if cancel.wait(0.05):
                raise Cancelled("cancelled")

    def given_up(self, digest: str) -> None:
        """Nothing was found of it: it is the next one's to try."""
        with self._lock:
            self._found.pop(digest, None)

    def failed(self, digest: str, finding: str) -> None:
        with self._lock:
            self._found[digest] = finding

    def others(self, mine: set[str], most: int = 5) -> list[str]:
        """The last findings of programs that are not in ``mine``, in a line each."""
        with self._lock:
            told = [found for digest, found in self._found.items() if found and digest not in mine]
        return [" ".join(line.split())[:200] for line in told[-most:]]
