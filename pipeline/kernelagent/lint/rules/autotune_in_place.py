"""A tuned kernel that updates memory: tuning runs it many times on the caller's tensors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.configurations import made
from kernelagent.lint.finding import Finding, Related
from kernelagent.lint.kernel import argument
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA405"
_CARES = ("reset_to_zero", "restore_value", "pre_hook", "post_hook")


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        call = kernel.autotune
        if call is None or any(keyword.arg in (*_CARES, None) for keyword in call.keywords):
            continue
        if not _tunes(file, call):
            continue
        accesses = file.flow(kernel).accesses
        loaded: set[str] = set()
        told: set[str] = set()
        for access in accesses:
            root = access.pointer.root
            if root is None or root in told:
                continue
            if access.kind == "load":
                loaded.add(root)
            elif access.call.name == "atomic_add" or (access.kind == "store" and root in loaded):
                told.add(root)
                way = "reset_to_zero" if access.kind == "atomic" else "restore_value"
                yield report.at(
                    call.func,
                    f"{kernel.name} updates what {root} points to, and tuning runs it many times on the same memory: "
                    f'say {way}=["{root}"], or the first result is wrong.',
                    related=(Related(file.source.span(access.node), f"{root} is updated here."),),
                    severity="warning" if access.kind == "atomic" else "information",
                )


def _tunes(file: KernelFile, call: ast.Call) -> bool:
    """One configuration is not tried out, and a hook of a configuration may do what is needed; of those that are made
    in another file nobody knows."""
    configs = argument(call, 0, "configs")
    if configs is None or (isinstance(configs, (ast.List, ast.Tuple)) and len(configs.elts) < 2):
        return False
    configurations = made(configs, file)
    hooked = any(keyword.arg in ("pre_hook", None) for config in configurations for keyword in config.keywords)
    return bool(configurations) and not hooked


RULE = Rule(CODE, "autotune-in-place", "warning", "a tuned kernel that updates memory", check)
