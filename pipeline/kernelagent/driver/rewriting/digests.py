"""Programs that have failed, by what they say rather than how they are spelt, so that no worker repeats another's."""

from __future__ import annotations

import ast
import hashlib
import threading

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

    def claim(self, digest: str) -> str | None:
        """``None``: the program is this worker's to try. Otherwise what was found of it, or that it is being tried."""
        with self._lock:
            if digest in self._found:
                return self._found[digest] or "another worker is trying it"
            self._found[digest] = None
            return None

    def failed(self, digest: str, finding: str) -> None:
        with self._lock:
            self._found[digest] = finding

    def others(self, mine: set[str], most: int = 5) -> list[str]:
        """The last findings of programs that are not in ``mine``, in a line each."""
        with self._lock:
            told = [found for digest, found in self._found.items() if found and digest not in mine]
        return [" ".join(line.split())[:200] for line in told[-most:]]
