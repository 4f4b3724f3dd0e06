"""A sum in half precision: kept over a loop, or of a block that is converted to it first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.dtypes import product_dtype
from kernelagent.lint.finding import Edit, Finding, Fix, Related
from kernelagent.lint.flow import Call
from kernelagent.lint.kernel import argument
from kernelagent.lint.language import HALF
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA301"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        flow = file.flow(kernel)
        seen: set[ast.AST] = set()
        for sum_ in flow.accumulations:
            origin = sum_.origin
            if sum_.before.dtype not in HALF or not isinstance(origin, ast.Call) or origin in seen:
                continue
            seen.add(origin)
            yield report.at(
                origin,
                f"{sum_.name} is summed up in {sum_.before.dtype} over a loop: each addition rounds to "
                "11 bits or fewer. Keep the sum in float32, and convert it at the end.",
                related=(Related(file.source.span(sum_.node), "It is added to here."),),
                fixes=_fixes(file, argument(origin, _place(origin), "dtype")),
            )
        for call in flow.calls:
            if call.name == "sum":
                yield from _of_a_block(file, report, call)
            if call.name != "dot":
                continue
            kept = call.values.get("acc")
            given, left = call.nodes.get("out_dtype"), call.values.get("input")
            asked = None if given is None else file.names.language(given)
            is_half = asked in HALF and (left is None or product_dtype(left.dtype, asked) in (None, asked))
            if given is not None and is_half and call.loops:
                yield report.at(
                    given,
                    "The product is summed up in half precision. Let tl.dot give float32, and convert at the end.",
                    fixes=_fixes(file, given),
                )
            node = call.nodes.get("acc")
            origin = flow.assigned.get(node.id) if isinstance(node, ast.Name) else None
            if kept is not None and kept.dtype in HALF and call.loops and origin is not None and origin not in seen:
                seen.add(origin)
                made = flow.environment.get(node.id) if isinstance(node, ast.Name) else None
                at = _first_assignment(kernel.node, node.id) if isinstance(node, ast.Name) else None
                if made is None or at is None:
                    continue
                yield report.at(
                    at,
                    f"tl.dot sums up in this {kept.dtype} accumulator over a loop. Keep it in float32, "
                    "and convert it at the end.",
                    related=(Related(file.source.span(call.node), "It is added to here."),),
                    fixes=_fixes(file, argument(at, _place(at), "dtype")),
                )


def _of_a_block(file: KernelFile, report: Report, call: Call) -> Iterator[Finding]:
    """``tl.sum(x.to(tl.float16))``, which adds in float16 as compiled, and ``tl.sum(x, dtype=tl.float16)``."""
    asked, operand = call.nodes.get("dtype"), call.nodes.get("input")
    if asked is not None:
        name = file.names.language(asked) or ""
        if name in HALF:
            message = f"tl.sum adds up in {name} here, and rounds at each addition. {_ADVICE}"
            yield report.at(asked, message, fixes=_fixes(file, asked))
        return
    value = call.values.get("input")
    if value is None or value.dtype not in HALF or not isinstance(operand, ast.Call):
        return
    converts = isinstance(operand.func, ast.Attribute) and operand.func.attr in ("to", "cast")
    if converts:
        yield report.at(
            operand,
            f"tl.sum adds up in the type of its block, {value.dtype}, and rounds at each addition. {_ADVICE}",
            fixes=_fixes(file, argument(operand, len(operand.args) - 1, "dtype")),
        )


_ADVICE = "Add up in float32, and convert the result."


def _first_assignment(function: ast.FunctionDef, name: str) -> ast.Call | None:
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            return node.value
    return None


def _place(call: ast.Call) -> int:
    """Where ``dtype`` stands among the arguments of ``zeros`` and ``full``."""
    return 2 if isinstance(call.func, ast.Attribute) and call.func.attr == "full" else 1


def _fixes(file: KernelFile, dtype: ast.expr | None) -> tuple[Fix, ...]:
    if not isinstance(dtype, ast.Attribute):
        return ()
    text = f"{file.source.text_of(dtype.value)}.float32"
    return (Fix("Keep the sum in float32", (Edit(file.source.span(dtype), text),)),)


RULE = Rule(CODE, "half-accumulator", "warning", "a sum in half precision", check)
