"""Python that Triton's compiler does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA209"
_WORDS: dict[type[ast.AST], str] = {
    ast.Break: "break",
    ast.Continue: "continue",
    ast.Try: "try",
    ast.Raise: "raise",
    ast.Lambda: "a lambda",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.DictComp: "a dictionary comprehension",
    ast.SetComp: "a set comprehension",
    ast.GeneratorExp: "a generator",
    ast.NamedExpr: ":=",
    ast.FunctionDef: "a nested function",
    ast.ClassDef: "a class",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.Delete: "del",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
_ADVICE: dict[type[ast.AST], str] = {
    ast.Break: "Put what follows under an if, or end the loop by its bounds or a while condition.",
    ast.Continue: "Put what follows under an if.",
    ast.Raise: "Use tl.device_assert or tl.static_assert.",
    ast.Lambda: "Write a @triton.jit function.",
    ast.FunctionDef: "Make it a @triton.jit function of its own.",
}


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "error")
    for kernel in file.kernels:
        for node, _, may_be_dropped in file.flow(kernel).unsupported:
            word = _WORDS.get(type(node))
            if word is None or may_be_dropped:
                continue
            span = file.source.header(node) if isinstance(node, ast.FunctionDef) else file.source.span(node)
            advice = _ADVICE.get(type(node), "")
            yield report.at(span, f"Triton's compiler does not take {word} in a kernel. {advice}".rstrip())


RULE = Rule(CODE, "unsupported-python", "error", "Python that Triton's compiler does not take", check)
