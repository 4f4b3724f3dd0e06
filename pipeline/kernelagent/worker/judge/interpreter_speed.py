"""Time that the interpreter spends on itself: it patches ``triton.language`` again for every call of a device function.

Those patches (some 1500 attribute look-ups, a third of the time of a small program) are the same each time. Here they
are made once for each module and stay: this process runs interpreted kernels until it ends.
"""

from __future__ import annotations

import types
from typing import Any

import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace


class _Nothing:
    """A patch scope that puts nothing back."""

    def restore(self) -> None:
        return


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    patched: set[int] = set()
    known: dict[int, tuple[Any, bool]] = {}

    def patch_lang(original: Any, function: Any) -> Any:
        # Kept with its namespace, so that an address is never taken for another's.
        namespace = function.__globals__
        if id(namespace) not in known:
            modules = {id(v) for v in namespace.values() if isinstance(v, types.ModuleType) and v in (tl, tl.core)}
            if not modules or modules - patched:
                original(function)
            patched.update(modules)
            known[id(namespace)] = (namespace, True)
        return _Nothing()

    replace(interpreter, "_patch_lang", patch_lang)
