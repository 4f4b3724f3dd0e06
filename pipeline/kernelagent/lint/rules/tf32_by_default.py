"""A matrix product whose precision is left to the default, which is TF32."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.appending import appended
from kernelagent.lint.finding import Finding, Fix
from kernelagent.lint.flow import Call
from kernelagent.lint.rule import Report, Rule

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA303"
_PRECISIONS = ("tf32x3", "ieee", "tf32")
_SAID = ("input_precision", "allow_tf32")


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "hint")
    for kernel in file.kernels:
        told = False
        for call in file.flow(kernel).calls:
            if call.name != "dot" or call.is_method or any(name in call.nodes for name in _SAID):
                continue
            left, right = call.values.get("input"), call.values.get("other")
            if (
                _is_of_integers(call)
                or left is None
                or right is None
                or any(keyword.arg is None for keyword in call.node.keywords)
            ):
                continue
            kinds = (left.dtype, right.dtype)
            if kinds == ("float32", "float32"):
                yield report.at(
                    call.node,
                    "The operands are float32, and by default tl.dot rounds them to TF32: about three digits are left. "
                    'Say input_precision="tf32x3" or "ieee" to keep float32, or "tf32" if that is meant.',
                    fixes=_fixes(file, call),
                    severity="warning",
                )
            elif (left.raw is not None and right.raw is not None) and kinds == (None, None) and not told:
                told = True
                yield report.at(
                    call.node,
                    "For float32 inputs tl.dot rounds to TF32 by default: about three digits are left. "
                    "Say with input_precision= what is meant; it has no effect on half precision.",
                    fixes=_fixes(file, call),
                )


def _is_of_integers(call: Call) -> bool:
    """By the type of what it adds to, or the one that it is asked for."""
    asked, added_to = call.nodes.get("out_dtype"), call.values.get("acc")
    return getattr(asked, "attr", "").startswith("int") or (
        added_to is not None and (added_to.dtype or "").startswith("int")
    )


def _fixes(file: KernelFile, call: Call) -> tuple[Fix, ...]:
    edits = [(name, appended(file.source, call.node, f'input_precision="{name}"')) for name in _PRECISIONS]
    return tuple(Fix(f'Add input_precision="{name}"', (edit,)) for name, edit in edits if edit is not None)


RULE = Rule(CODE, "tf32-by-default", "hint", "a product whose precision is left to the default", check)
