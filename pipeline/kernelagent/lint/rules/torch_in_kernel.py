"""A kernel that names PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Edit, Finding, Fix
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA504"
_ITS_OWN = "torch._inductor."
"""Kernels that Inductor has written call its own @triton.jit functions."""
_DTYPES = frozenset({"float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"})


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        inner = {id(node.value) for node in kernel.nodes if isinstance(node, ast.Attribute)}
        for node in kernel.nodes:
            if id(node) in inner or not isinstance(node, (ast.Attribute, ast.Name)):
                continue  # the whole of a dotted path is looked at
            path = file.names.of(node)
            if path is None or not (path == "torch" or path.startswith(("torch.", "numpy."))):
                continue
            if path.startswith(_ITS_OWN):
                continue
            name = path.rpartition(".")[2]
            fixes: tuple[Fix, ...] = ()
            if name in _DTYPES and "tl" in file.names:
                fixes = (Fix(f"Use tl.{name}", (Edit(file.source.span(node), f"tl.{name}"),), safe=True),)
            yield report.at(
                node,
                f"{path} inside a kernel: Triton's compiler knows nothing of it, use Triton's own language.",
                fixes=fixes,
            )


RULE = Rule(CODE, "torch-in-kernel", "error", "PyTorch inside a kernel", check)
