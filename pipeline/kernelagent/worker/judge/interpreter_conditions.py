"""``and``, ``or``, ``not``, ``if``, ``while`` and chained comparisons mean in a kernel what the compiler makes of them.

The interpreter runs Python's own: there a block counts as true, so that ``a and b`` gives ``b`` and ``if block`` is
always taken. The compiler computes all operands, combines conditions (``int1``, single ones and blocks) element by
element, and refuses numbers there, blocks as a condition of ``if`` or ``while``, and ``a < b < c``. So does this, with
the line in the kernel.

Arithmetic between conditions is that of one bit, modulo 2: their sum and their difference are "one, not both". NumPy
takes a sum of truth values as "or", and refuses a difference. (``tl.sum`` counts conditions: it converts first.)
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.interpreter_loops import Loops
from kernelagent.worker.judge.patching import replace

_ALL, _ANY, _NOT, _ONE, _CHAIN = (f"(compiled {name})" for name in ("and", "or", "not", "condition", "chain"))
"""No identifiers: no text of a kernel can name them."""


class RefusedByCompiler(ValueError):
    """What the kernel does here compiles nowhere."""


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    meanings: dict[str, Callable[..., Any]] = {_ALL: _all, _ANY: _any, _NOT: _not, _ONE: _one, _CHAIN: _chain}

    def transform(original: Any, rewriter: Any, source: str) -> Any:
        rewriter.fn.__globals__.update(meanings)
        return original(rewriter, source)

    replace(interpreter.FunctionRewriter, "_transform_ast", transform)
    interpreter.FunctionRewriter.ast_transformer = _AsCompiled()
    for name in ("create_add", "create_sub"):
        replace(interpreter.InterpreterBuilder, name, _of_one_bit)
    replace(interpreter.ReduceOps, "sum", _sum_of_bits)
    replace(interpreter.ScanOps, "cumsum", _scan_of_bits)


def _of_one_bit(original: Any, builder: Any, lhs: Any, rhs: Any) -> Any:
    if lhs.data.dtype == bool and rhs.data.dtype == bool:
        return interpreter.TensorHandle(lhs.data ^ rhs.data, tl.int1)
    return original(builder, lhs, rhs)


def _sum_of_bits(original: Any, reduction: Any, block: Any) -> Any:
    """Where a kernel asks for the sum in ``tl.int1``, or for one by a function of its own that is tl's."""
    if block.handle.data.dtype != bool:
        return original(reduction, block)
    odd = np.logical_xor.reduce(block.handle.data, axis=reduction.axis, keepdims=reduction.keep_dims)
    return reduction.to_tensor(odd, block.dtype)


def _scan_of_bits(original: Any, scan: Any, block: Any) -> Any:
    if block.handle.data.dtype != bool:
        return original(scan, block)
    return [scan.to_tensor(np.logical_xor.accumulate(block.handle.data, axis=scan.axis), block.dtype)]


class _AsCompiled(interpreter.ASTTransformer):  # type: ignore[misc]
    """The interpreter's own changes to a kernel, after ours."""

    def visit_Module(self, node: ast.Module) -> Any:
        return self.generic_visit(Loops().visit(_Conditions().visit(node)))


class _Conditions(ast.NodeTransformer):
    """Every condition becomes a call; operands of ``and`` and ``or`` become functions, for constants end them early."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        operands: list[ast.expr] = [ast.copy_location(ast.Lambda(nothing, value), value) for value in node.values]
        return _call(_ALL if isinstance(node.op, ast.And) else _ANY, operands, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call(_NOT, [node.operand], node) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return node if len(node.ops) == 1 else _call(_CHAIN, [], node)

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._tested(node, "if")

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._tested(node, "while")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._tested(node, "if ... else")

    def _tested(self, node: Any, where: str) -> ast.AST:
        self.generic_visit(node)
        node.test = _call(_ONE, [node.test, ast.Constant(where)], node.test)
        return node  # type: ignore[no-any-return]


def _call(name: str, arguments: list[ast.expr], at: ast.AST) -> ast.Call:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), at)


def _all(*operands: Callable[[], Any]) -> Any:
    return _combined(operands, "and", operator.and_, stops=False)


def _any(*operands: Callable[[], Any]) -> Any:
    return _combined(operands, "or", operator.or_, stops=True)


def _combined(operands: tuple[Callable[[], Any], ...], word: str, combine: Callable[..., Any], stops: bool) -> Any:
    """Constants decide at once or are left out; of the others every one is computed."""
    conditions: list[Any] = []
    value: Any = None
    for operand in operands:
        value = operand()
        if isinstance(value, tl.tensor):
            conditions.append(_condition(value, f"`{word}`"))
        elif bool(value) is stops:
            return value
    return functools.reduce(combine, conditions) if conditions else value


def _not(value: Any) -> Any:
    return ~_condition(value, "`not`") if isinstance(value, tl.tensor) else not value


def _condition(value: Any, where: str) -> Any:
    if value.dtype != tl.int1:
        raise RefusedByCompiler(
            f"{where} of {value.dtype} numbers compiles nowhere: compare them first, as in `x != 0`"
        )
    return value


def _one(value: Any, where: str) -> Any:
    """The condition of a branch or a loop. Python's own ``bool`` of it follows."""
    if isinstance(value, tl.tensor):
        if value.numel.value != 1:
            shape = ", ".join(str(getattr(size, "value", size)) for size in value.shape)
            raise RefusedByCompiler(
                f"`{where}` on a block of shape ({shape}) compiles nowhere: use tl.where, a mask or a reduction"
            )
        if where == "while" and value.dtype != tl.int1:
            return _condition(value, "`while`")
    return value


def _chain() -> Any:
    raise RefusedByCompiler("a chained comparison compiles nowhere: write `(a < b) & (b < c)`")
