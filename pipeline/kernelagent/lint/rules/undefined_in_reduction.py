"""A reduction over masked-off elements that hold anything: the load says nothing of ``other``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.appending import appended
from kernelagent.lint.dtypes import is_integer
from kernelagent.lint.finding import Finding, Fix, Related
from kernelagent.lint.flow import Call
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.value import Rest, Tail, Value

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA103"
_NEUTRAL = {
    "sum": "0.0",
    "xor_sum": "0",
    "max": '-float("inf")',
    "argmax": '-float("inf")',
    "min": 'float("inf")',
    "argmin": 'float("inf")',
    "dot": "0.0",
}
_ZEROS = frozenset({"0", "0.0"})


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        flow = file.flow(kernel)
        undefined = [
            (call, tail)
            for call in flow.calls
            if call.name in _NEUTRAL
            for tail in {tail.load: tail for tail in reduced_tails(call) if tail.fill is Rest.UNDEFINED}.values()
        ]
        for call, tail in undefined:
            direct = any(value.identity == flow.made.get(tail.load) for value in call.values.values())
            wanted = {_NEUTRAL[other.name] for other, its in undefined if its.load is tail.load}
            yield report.at(
                call.node,
                f"tl.{call.name} takes in the elements that the load's mask left out, and the load does not say "
                "what they are: without other= they are undefined.",
                related=(Related(file.source.span(tail.load), "This load has a mask and no other=."),),
                fixes=_fixes(file, call, tail, wanted) if direct else (),
            )


def reduced_tails(call: Call) -> list[Tail]:
    """Tails of the elements that ``call``, a reduction or a product, adds up."""
    if call.name == "dot":
        pairs = [(call.values.get("input"), 1), (call.values.get("other"), 0)]
        return [value.tails[axis] for value, axis in pairs if value is not None and axis in value.tails]
    value = call.values.get("input")
    if value is None:
        return []
    axis = reduced_axis(call, value)
    return [tail for along, tail in value.tails.items() if axis is None or along == axis]


def reduced_axis(call: Call, value: Value) -> int | None:
    """The axis that is reduced; ``None``: all are. An axis that can't be told is none of them."""
    node = call.nodes.get("axis")
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return None
    is_negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    number = node.operand if isinstance(node, ast.UnaryOp) and is_negative else node
    if not isinstance(number, ast.Constant) or not isinstance(number.value, int):
        return -1
    if not is_negative:
        return number.value
    return -number.value % value.rank if value.rank else -1


def _fixes(file: KernelFile, call: Call, tail: Tail, wanted: set[str]) -> tuple[Fix, ...]:
    """The neutral value for ``other=``. Zero is one in all types, but may not be what another reduction of the same
    load wants. An infinity is none of integers, and of what type a load is can't be told: taking it is for a person."""
    hidden = any(keyword.arg in ("other", None) for keyword in tail.load.keywords)
    if hidden or len(tail.load.args) > 2 or any(isinstance(item, ast.Starred) for item in tail.load.args):
        return ()
    other = _NEUTRAL[call.name]
    is_zero = other in _ZEROS
    value = call.values.get("input")
    if not is_zero and value is not None and is_integer(value.dtype):
        return ()
    edit = appended(file.source, tail.load, f"other={other}")
    title = f"Add other={other}" if is_zero else f"Add other={other} (of floating point)"
    return () if edit is None else (Fix(title, (edit,), safe=wanted <= _ZEROS),)


RULE = Rule(CODE, "undefined-in-reduction", "warning", "a reduction over a masked load without other=", check)
