"""A kernel file imports what its wrapper has no use for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.finding import Finding
from kernelagent.lint.judged import as_sentence, said
from kernelagent.lint.rule import Report, Rule
from kernelagent.static.needed import needed, statement
from kernelagent.static.provenance import provenances

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA502"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    others = _of_the_modules_own(file)
    for span, what in said(file, "import"):
        if span.line not in others:
            yield report.at(span, f"{as_sentence(what)}. The judge refuses it.")


def _of_the_modules_own(file: KernelFile) -> set[int]:
    """Lines of statements that no kernel needs, in a file that has the classes themselves, too: what the judge is given
    is the kernels' part."""
    body = file.source.tree.body
    made = provenances(file.source.text)
    classes = {node.name for top in body for node in ast.walk(top) if isinstance(node, ast.ClassDef)}
    if not any(each.class_name.partition(".")[0] in classes for each in made):
        return set()
    statements = [statement(node) for node in body]
    of_kernels = set(needed(statements, {each.entry for each in made}))
    return {
        line
        for number, node in enumerate(body)
        if number not in of_kernels
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


RULE = Rule(CODE, "forbidden-import", "warning", "an import that a kernel file has no use for", check)
