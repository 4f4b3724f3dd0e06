"""``triton.autotune`` without a key, or with one that names no parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.kernel import argument
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA404"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        call = kernel.autotune
        if call is None or any(keyword.arg is None for keyword in call.keywords):
            continue
        key = argument(call, 1, "key")
        if key is None:
            yield report.at(
                call,
                "autotune needs a key: the names of the parameters whose values decide which configuration is "
                "fastest. key=[] tunes once for all sizes.",
            )
            continue
        for item in key.elts if isinstance(key, (ast.List, ast.Tuple)) else ():
            if isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value not in kernel.by_name:
                yield report.at(
                    item,
                    f"{kernel.name} has no parameter {item.value}: this part of the key has no effect.",
                    severity="warning",
                )


RULE = Rule(CODE, "autotune-key", "error", "autotune without a key, or with a wrong one", check)
