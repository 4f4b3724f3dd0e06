"""Kernels of equal text serve for one another: a layer that is repeated has its kernels once in the file, and so have
layers that differ in a number of channels alone (:mod:`~kernelagent.worker.synth.emit.differing_numbers`)."""

from __future__ import annotations

import dataclasses
import re
import tokenize
from collections.abc import Callable, Sequence

from kernelagent.worker.synth.emit.differing_numbers import (
    body_of,
    columns,
    is_number,
    named,
    tokens,
    with_parameters,
    written,
)
from kernelagent.worker.synth.emit.kernel_source import KernelSource, parameters_of

_FIXED = {
    "tl",
    "triton",
    "jit",
    "def",
    "for",
    "in",
    "range",
    "constexpr",
    "float",
    "if",
    "else",
    "return",
    "True",
    "False",
}


def share(kernels: Sequence[KernelSource]) -> list[KernelSource]:
    """The same launches in the same order. Of kernels that differ in names and whole numbers only, all have the first
    one's text and name, with the parts of names in which they differ left out and the numbers as parameters; what each
    launch passes stays its own."""
    out = list(kernels)
    for alike in _groups(kernels, range(len(kernels)), _skeleton):
        if len(alike) > 1 and not _share(out, alike):
            for same in _groups(kernels, alike, _with_numbers):
                _share(out, same)
    return out


def distinct(kernels: Sequence[KernelSource]) -> list[KernelSource]:
    """One of each name, in order."""
    return list({k.name: k for k in reversed(kernels)}.values())[::-1]


def _groups(
    kernels: Sequence[KernelSource], places: Sequence[int], key: Callable[[KernelSource], str]
) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    for place in places:
        found.setdefault(key(kernels[place]), []).append(place)
    return list(found.values())


def _share(out: list[KernelSource], places: Sequence[int]) -> bool:
    """Whether the kernels at these places have become one."""
    members = [out[place] for place in places]
    text, renamed = _common_names(members)
    parameters = [p.partition(":")[0] for p in parameters_of(text)[1]]
    found = named(members, parameters)
    if found is None:
        return False
    names, texts = found
    text = written(text, [(place, texts[column]) for place, column in columns(members).items()])
    text = _comments(members) + with_parameters(text, names)
    first = members[0]
    for number, (place, own) in enumerate(zip(places, members, strict=True)):
        sizes = tuple((renamed.get(n, n), e) for (n, _), (_, e) in zip(first.sizes, own.sizes, strict=True))
        constants = tuple((n, t) for (n, _), (_, t) in zip(first.constants, own.constants, strict=True))
        grid = tuple(
            (renamed.get(theirs, theirs) if mine in dict(own.sizes) else mine, block)
            for (mine, _), (theirs, block) in zip(own.grid, first.grid, strict=True)
        )
        given = tuple((one.name, str(one.values[number])) for one in names)
        out[place] = dataclasses.replace(
            own, name=first.name, text=text, sizes=sizes, constants=given + constants, grid=grid
        )
    return True


def _skeleton(kernel: KernelSource) -> str:
    """The text with every name of its own replaced by its number of appearance, and without its whole numbers."""
    return _likeness(kernel, lambda token: "#" if is_number(token) else token.string)


def _with_numbers(kernel: KernelSource) -> str:
    return _likeness(kernel, lambda token: token.string)


def _likeness(kernel: KernelSource, shown: Callable[[tokenize.TokenInfo], str]) -> str:
    numbers: dict[str, str] = {kernel.name: "kernel"}
    parts: list[str] = []
    previous = ""
    for token in tokens(body_of(kernel)):
        text = token.string
        own = token.type == tokenize.NAME and text not in _FIXED and text not in kernel.used and previous != "."
        parts.append(numbers.setdefault(text, f"v{len(numbers)}") if own else shown(token))
        previous = text
    grid = [f"{numbers.get(size, '#')}/{numbers.get(block or '', '')}" for size, block in kernel.grid]
    dtypes = [pointer.dtype for pointer in kernel.pointers]
    return " ".join([*parts, str(len(kernel.sizes)), *(str("(" in t) for _, t in kernel.constants), *grid, *dtypes])


def _common_names(kernels: Sequence[KernelSource]) -> tuple[str, dict[str, str]]:
    """The first kernel's text, with each parameter called by what its names in all of them end in."""
    first = body_of(kernels[0])
    names_of = [[p.partition(":")[0] for p in parameters_of(k.text)[1]] for k in kernels]
    renamed: dict[str, str] = {}
    for names in zip(*names_of, strict=True):
        for common in (_common_suffix(names), _agreed(names)):
            free = common not in renamed.values() and not re.search(rf"\b{common}\b", first)
            if common and common != names[0] and free:
                renamed[names[0]] = common
                break
    text = first
    for old, new in renamed.items():
        text = re.sub(rf"\b{old}\b", new, text)
        old_value, new_value = old.removesuffix("_ptr"), new.removesuffix("_ptr")
        if new_value and not re.search(rf"\b{new_value}\b", text):
            text = re.sub(rf"\b{old_value}(_start|_row)?\b", rf"{new_value}\1", text)
    return text, renamed


def _common_suffix(names: Sequence[str]) -> str:
    parts = [n.split("_") for n in names]
    common: list[str] = []
    for column in zip(*(reversed(p) for p in parts), strict=False):
        if len(set(column)) > 1:
            break
        common.insert(0, column[0])
    suffix = "_".join(common)
    return suffix if suffix not in ("", "ptr", "ptr_2") and suffix.isidentifier() else ""


def _agreed(names: Sequence[str]) -> str:
    """``layers_0_q_ptr`` and ``layers_1_q_ptr`` → ``layers_q_ptr``"""
    columns = list(zip(*(n.split("_") for n in names), strict=False))
    same = [column[0] for column in columns if len(set(column)) == 1]
    agreed = "_".join(same)
    return agreed if len({n.count("_") for n in names}) == 1 and len(same) > 1 and agreed.isidentifier() else ""


def _comments(kernels: Sequence[KernelSource]) -> str:
    """The source's lines, then what is said of tiles, each once."""
    found = dict.fromkeys(
        line for kernel in kernels for line in kernel.text[: kernel.text.index("@triton.jit")].splitlines()
    )
    source = {line: int(number[1]) for line in found if (number := re.match(r"# line (\d+):", line))}
    ordered = [*sorted(source, key=source.__getitem__), *(line for line in found if line not in source)]
    return "".join(f"{line}\n" for line in ordered)
