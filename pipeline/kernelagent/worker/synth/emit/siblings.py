"""Launches of one kernel that read the same memory and do not wait for each other become one launch: q, k and v of an
attention are three products of one input. ``program_id(1)`` says which of them a program works on.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from kernelagent.worker.synth.emit.kernel_source import KernelSource, header, parameters_of
from kernelagent.worker.synth.emit.share import share
from kernelagent.worker.synth.emit.text import fresh_name, unique
from kernelagent.worker.synth.ir import Buffer, Op
from kernelagent.worker.synth.plan import Kernel, Plan

MOST = 4
"""Launches that are joined: each has its pointers among the parameters."""


def join_siblings(sources: Sequence[KernelSource], plan: Plan) -> list[KernelSource]:
    """The same list, in which launches that are joined are one object, at the places of all of them. Those of a loop's
    body, which hand on what they write, stay as they are, and none is moved across a loop."""
    shared = share(sources)
    looped = {id(kernel) for loop in plan.loops for kernel in loop.kernels}
    fixed = [id(kernel) in looped for kernel in plan.kernels]
    groups: list[list[int]] = []
    taken: set[int] = set()
    for first in range(len(shared)):
        if first not in taken:
            groups.append([first] if fixed[first] else _group(shared, plan.kernels, fixed, first, taken))
            taken |= set(groups[-1])
    alone = {shared[group[0]].name for group in groups if len(group) == 1}
    names = set(alone)
    made = []
    for group in groups:
        source = shared[group[0]]
        made.append(source if len(group) == 1 else _joined([shared[i] for i in group], unique(source.name, names)))
    out = list(shared)
    for group, source in zip(groups, share(made), strict=True):
        for i in group:
            out[i] = source
    return out


def launches(sources: Sequence[KernelSource]) -> list[KernelSource]:
    """Each joined launch once."""
    return list({id(source): source for source in sources}.values())


def _group(
    sources: Sequence[KernelSource], kernels: Sequence[Kernel], fixed: Sequence[bool], first: int, taken: set[int]
) -> list[int]:
    """Places of launches like the ``first`` that can be made with it."""
    group = [first]
    written: set[Op] = set(kernels[first].stores)
    read: set[Op] = set(kernels[first].loads)
    for other in range(first + 1, len(sources)):
        if fixed[other]:
            break
        needs = set(kernels[other].loads)
        like = _alike(sources[first], sources[other]) and other not in taken
        if like and not needs & written and read & needs and len(group) < MOST:
            group.append(other)
        # what comes between is overtaken, so nothing of it may be needed
        written |= set(kernels[other].stores)
    return group


def _alike(a: KernelSource, b: KernelSource) -> bool:
    same = a.name == b.name and a.sizes == b.sizes and a.constants == b.constants and a.grid == b.grid
    different = sum(x is not y for x, y in zip(a.pointers, b.pointers, strict=False))
    return same and a.num_warps == b.num_warps and 0 < different < len(a.pointers)


def _joined(group: Sequence[KernelSource], name: str) -> KernelSource:
    first = group[0]
    found, parameters = parameters_of(first.text)
    taken = set(re.findall(r"\w+", first.text))
    which = fresh_name("which", taken)
    pointers: list[Op] = []
    names: list[str] = []
    chosen: list[str] = []
    for position in range(len(first.pointers)):
        own = [source.pointers[position] for source in group]
        parameter = parameters[position]
        if all(op is own[0] for op in own):
            pointers.append(own[0])
            names.append(parameter)
            continue
        variants = [
            fresh_name(f"{op.name}_ptr" if isinstance(op, Buffer) and op.name else f"{parameter}_{i}", taken)
            for i, op in enumerate(own)
        ]
        pointers += own
        names += variants
        text = "".join(f"{v} if {which} == {i} else " for i, v in enumerate(variants[:-1])) + variants[-1]
        chosen.append(f"    {parameter} = {text}\n")
    rest = parameters[len(first.pointers) :]
    body = first.text[found.end() :]
    lines = [f"    {which} = tl.program_id(1)\n", *chosen]
    comments = dict.fromkeys(
        line for s in group for line in s.text[: s.text.index("@triton.jit")].splitlines(keepends=True)
    )
    text = f"{''.join(comments)}@triton.jit\n{header(name, [*names, *rest])}\n{''.join(lines)}{body}"
    return dataclasses.replace(first, name=name, text=text, pointers=tuple(pointers), joined=len(group))
