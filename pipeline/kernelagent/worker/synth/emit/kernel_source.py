"""A finished kernel: its text and all that a wrapper needs to launch it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.text import LINE, grouped_call
from kernelagent.worker.synth.ir import Op


@dataclass(frozen=True)
class KernelSource:
    name: str
    text: str
    pointers: tuple[Op, ...]
    """Memory passed, in order."""
    sizes: tuple[tuple[str, Any], ...]
    """Parameter name → size expression, in order, after the pointers."""
    constants: tuple[tuple[str, str], ...]
    """``constexpr`` parameter → text that the wrapper passes."""
    grid: tuple[tuple[str, str | None], ...]
    """Factors of the number of programs: ``(size, block)`` for ``cdiv(size, block)``, ``(size, None)`` for the size
    itself; a size is a size parameter, or what the wrapper calls it (a literal, ``s0 * 64``), a block a constant."""
    num_warps: int
    num_stages: int
    used: frozenset[str]
    limits: tuple[tuple[Any, int], ...] = ()
    """Sizes that may not be larger, and how large."""
    joined: int = 1
    """Launches that this one is made of: second dimension of its grid."""


def assemble(
    name: str,
    body: Body,
    lines: Sequence[str],
    constants: Sequence[tuple[str, str]],
    grid: Sequence[tuple[str, str | None]],
    comment: Sequence[str],
    num_warps: int = 4,
    num_stages: int = 3,
    limits: tuple[tuple[Any, int], ...] = (),
) -> KernelSource:
    parameters = [*body.pointers.values(), *body.sizes.values(), *(f"{c}: tl.constexpr" for c, _ in constants)]
    text = "\n".join([*(f"# {c}" for c in comment), "@triton.jit", header(name, parameters), *lines]) + "\n"
    return KernelSource(
        name=name,
        text=text,
        pointers=tuple(body.pointers),
        sizes=tuple((n, e) for e, n in body.sizes.items()),
        constants=tuple(constants),
        grid=tuple(grid),
        num_warps=num_warps,
        num_stages=num_stages,
        used=frozenset(body.used),
        limits=limits,
    )


def header(name: str, parameters: Sequence[str]) -> str:
    """``def name(parameters):``, with lines for pointers, for sizes and for constants where it would be too long."""
    groups = [list(group) for _, group in itertools.groupby(parameters, _role)]
    return "\n".join(grouped_call(f"def {name}", groups, LINE, ":"))


def _role(parameter: str) -> str:
    return "constant" if ":" in parameter else "pointer" if re.search(r"_ptr(_\d+)*$", parameter) else "size"


def parameters_of(text: str) -> tuple[re.Match[str], list[str]]:
    """A kernel's ``def`` line as it stands in its text, and its parameters with their annotations."""
    found = re.search(r"^def (?P<name>\w+)\((?P<parameters>.*?)\):\n", text, re.S | re.M)
    assert found is not None
    return found, [p.strip() for p in found["parameters"].split(",") if p.strip()]
