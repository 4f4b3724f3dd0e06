"""What a test says by what it returns."""

from __future__ import annotations

import inspect
from typing import Any


def require_ran(name: str, found: Any) -> None:
    """Raises ``AssertionError`` where what a call returned says that nothing of it has run."""
    if inspect.iscoroutine(found):
        found.close()  # or Python warns that it was never awaited
    if inspect.isawaitable(found) or inspect.isgenerator(found) or inspect.isasyncgen(found):
        raise AssertionError(f"{name}() returned a {type(found).__name__}, so nothing of it has run")


def require_passed(name: str, found: Any) -> None:
    """Raises ``AssertionError`` where ``found``, which a test returned, is neither ``None`` nor true.

    Truth values are ``bool`` and whatever has a dtype for them, such as a tensor; with more than one element those
    raise what they raise. A number, a text or a tuple says neither yes nor no: ``(False, "mismatch")`` is true to
    Python, and so is the largest difference of two tensors that differ.
    """
    require_ran(name, found)
    if found is None:
        return
    if not _is_truth(found):
        kind = f"{type(found).__name__}{f' of {found.dtype}' if hasattr(found, 'dtype') else ''}"
        raise AssertionError(
            f"{name}() returned a value of type {kind}, which says neither yes nor no: None or a bool does"
        )
    if not found:
        raise AssertionError(f"{name}() returned False")


def heeded(name: str, found: Any) -> Any:
    """``found``, which nobody looks at; raises ``AssertionError`` where it says that the test failed."""
    if _is_truth(found) and not found:
        raise AssertionError(f"{name}() returned False")
    return found


def _is_truth(found: Any) -> bool:
    return isinstance(found, bool) or str(getattr(found, "dtype", "")) in ("bool", "torch.bool")
