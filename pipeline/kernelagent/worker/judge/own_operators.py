"""Operators that the candidate's file registers around its kernels: PyTorch's ``triton_op`` and ``custom_op``.

A dispatch mode sees such an operator as one, and is not there while its body runs. So its body runs under the mode
again: what it computes in PyTorch is seen like anything else, and what it allocates is guarded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from torch._library.custom_ops import OPDEFS


class OwnOperators:
    """Made before the candidate is loaded: what is registered later is its own."""

    def __init__(self, again: Callable[[], AbstractContextManager[Any]]) -> None:
        self._before = frozenset(OPDEFS.keys())
        self._again = again
        """Enters the mode, which is off while an operator runs."""
        self._opened: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether ``mine::name`` is one. From then on its body runs under the mode."""
        if name in self._opened:
            return True
        definition = None if name in self._before else OPDEFS.get(name)
        if definition is None or name.startswith(("aten::", "prims::", "prim::")):
            return False
        for device, body in definition._backend_fns.items():
            definition._backend_fns[device] = self._under_the_mode(body)
        self._opened.add(name)
        return True

    def _under_the_mode(self, body: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return body(*args, **kwargs)

        return run
