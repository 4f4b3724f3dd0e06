"""Kernels that differ in whole numbers alone become one: what differs is a ``constexpr`` that each launch gives.

A layer of 64 channels and one of 128 are one kernel. The compiler folds a ``constexpr`` as it folds a literal, so that
the machine code of each launch is what it was.
"""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernelagent.worker.synth.emit.kernel_source import KernelSource, header, parameters_of
from kernelagent.worker.synth.emit.text import LINE, call, fresh_name

MOST = 4
"""Numbers that a kernel takes for its being shared; with more of them, two kernels are easier to read than one."""

Column = tuple[int, ...]
"""What stands at one place of the text, in each of the kernels."""


@dataclass(frozen=True)
class Named:
    """A number in which kernels differ."""

    name: str
    values: Column


def body_of(kernel: KernelSource) -> str:
    """The text from its decorator on."""
    return kernel.text[kernel.text.index("@triton.jit") :]


@functools.lru_cache(maxsize=1 << 12)
def tokens(text: str) -> tuple[tokenize.TokenInfo, ...]:
    """What a kernel says, however its calls are laid out in lines. Kernels are compared more than once."""
    found = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type != tokenize.NL]
    return tuple(
        t for t, after in zip(found, [*found[1:], found[-1]], strict=True) if (t.string, after.string) != (",", ")")
    )


def is_number(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NUMBER and token.string.isdecimal()


def columns(kernels: Sequence[KernelSource]) -> dict[int, Column]:
    """Place among the tokens → the numbers that stand there, where kernels of equal text but for those differ."""
    found = {}
    for place, standing in enumerate(zip(*(tokens(body_of(k)) for k in kernels), strict=True)):
        if is_number(standing[0]) and len({token.string for token in standing}) > 1:
            found[place] = tuple(int(token.string) for token in standing)
    return found


def named(kernels: Sequence[KernelSource], parameters: Sequence[str]) -> tuple[list[Named], dict[Column, str]] | None:
    """Names for the numbers in which the kernels differ, and what each column is in terms of them. ``parameters`` are
    those of the text that all are to have. ``None``: there are too many."""
    wanted = sorted(set(columns(kernels).values()))
    taken = set(parameters) | {token.string for token in tokens(body_of(kernels[0]))}
    sizes = _sizes(kernels, parameters)
    names: list[Named] = []
    texts: dict[Column, str] = {}
    for column in sorted(wanted, key=lambda c: (c not in sizes, c)):
        texts[column] = _composed(column, names)
        if not texts[column]:
            names.append(Named(fresh_name(sizes.get(column, "NUMBER"), taken), column))
            texts[column] = names[-1].name
    return (names, texts) if len(names) <= MOST else None


def _sizes(kernels: Sequence[KernelSource], parameters: Sequence[str]) -> dict[Column, str]:
    """Sizes of the tensors that the kernels are given, named by tensor and dimension; the first that has it."""
    found: dict[Column, str] = {}
    for position, parameter in enumerate(parameters[: len(kernels[0].pointers)]):
        shapes = [kernel.pointers[position].shape for kernel in kernels]
        if len({len(shape) for shape in shapes}) > 1:
            continue
        for axis, standing in enumerate(zip(*shapes, strict=True)):
            if all(getattr(size, "is_Integer", isinstance(size, int)) for size in standing):
                name = f"{parameter.removesuffix('_ptr').upper()}_DIM_{axis}"
                found.setdefault(tuple(int(size) for size in standing), name)
    return found


def _composed(column: Column, names: Sequence[Named]) -> str:
    """The column as one of the names times a number, or times another one."""
    for one in names:
        factors = {
            value // part if part and value % part == 0 else 0 for value, part in zip(column, one.values, strict=True)
        }
        if len(factors) == 1 and (factor := factors.pop()) > 1:
            return f"{one.name} * {factor}"
        for other in names:
            if all(value == a * b for value, a, b in zip(column, one.values, other.values, strict=True)):
                return f"{one.name} * {other.name}"
    return ""


def written(text: str, places: Iterable[tuple[int, str]]) -> str:
    """``text`` with other texts at some of its tokens, in brackets where what stands beside binds tighter."""
    lines = text.splitlines(keepends=True)
    standing = tokens(text)
    for place, new in sorted(places, reverse=True):
        (row, start), (_, end) = standing[place].start, standing[place].end
        beside = standing[place - 1].string in "(,[" and standing[place + 1].string in "),]"
        shown = new if new.isidentifier() or beside else f"({new})"
        lines[row - 1] = lines[row - 1][:start] + shown + lines[row - 1][end:]
    return "".join(line if len(line) <= LINE else _laid_out(line) for line in lines)


def _laid_out(line: str) -> str:
    """A statement on one line, with a line for each argument of its outermost call."""
    code = line.strip()
    try:
        statement = ast.parse(code).body[0]
    except SyntaxError:  # part of a statement that is laid out already
        return line
    value = statement.value if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr)) else None
    if not isinstance(value, ast.Call) or not code.endswith(")"):
        return line
    arguments = [code[a.col_offset : a.end_col_offset] for a in value.args]
    arguments += [f"{k.arg}={code[k.value.col_offset : k.value.end_col_offset]}" for k in value.keywords]
    indent = (len(line) - len(line.lstrip())) // 4
    return "    " * indent + call(code[: value.func.end_col_offset], arguments, indent) + "\n"


def with_parameters(text: str, names: Sequence[Named]) -> str:
    """``text`` whose kernel takes the ``names`` too, before the ``constexpr`` parameters that it has."""
    found, own = parameters_of(text)
    at = next((i for i, parameter in enumerate(own) if "tl.constexpr" in parameter), len(own))
    own[at:at] = [f"{one.name}: tl.constexpr" for one in names]
    return text[: found.start()] + header(found["name"], own) + "\n" + text[found.end() :]
