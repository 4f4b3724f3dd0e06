"""Kernels of equal text serve for one another: a layer that is repeated has its kernels once in the file."""

from __future__ import annotations

import dataclasses
import functools
import io
import re
import tokenize
from collections.abc import Sequence

from kernelagent.worker.synth.emit.kernel_source import KernelSource

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
    """The same launches in the same order; of kernels that differ in names only, all have the first one's text and
    name,
    with the parts of names in which they differ left out."""
    groups: dict[str, list[int]] = {}
    for position, kernel in enumerate(kernels):
        groups.setdefault(_skeleton(kernel), []).append(position)
    out = list(kernels)
    for members in groups.values():
        if len(members) < 2:
            continue
        text, renamed = _common_names([kernels[m] for m in members])
        comment = _comments([kernels[m] for m in members])
        for m in members:
            own = kernels[m]
            sizes = tuple(
                (renamed.get(n, n), e) for (n, _), (_, e) in zip(kernels[members[0]].sizes, own.sizes, strict=True)
            )
            out[m] = dataclasses.replace(own, name=kernels[members[0]].name, text=comment + text, sizes=sizes)
    return out


def distinct(kernels: Sequence[KernelSource]) -> list[KernelSource]:
    """One of each name, in order."""
    return list({k.name: k for k in reversed(kernels)}.values())[::-1]


def _body(kernel: KernelSource) -> str:
    return kernel.text[kernel.text.index("@triton.jit") :]


def _skeleton(kernel: KernelSource) -> str:
    """The text with every name of its own replaced by its number of appearance."""
    numbers: dict[str, str] = {kernel.name: "kernel"}
    parts: list[str] = []
    previous = ""
    for is_name, text in _tokens(_body(kernel)):
        own = is_name and text not in _FIXED and text not in kernel.used and previous != "."
        parts.append(numbers.setdefault(text, f"v{len(numbers)}") if own else text)
        previous = text
    sizes = [str(len(kernel.sizes)), *(t for _, t in kernel.constants), str(kernel.num_warps), str(kernel.num_stages)]
    grid = [f"{numbers.get(size, size)}/{block}" for size, block in kernel.grid]
    dtypes = [pointer.dtype for pointer in kernel.pointers]
    return " ".join([*parts, *sizes, *grid, *dtypes])


@functools.lru_cache(maxsize=1 << 12)
def _tokens(text: str) -> tuple[tuple[bool, str], ...]:
    """Tokens, and whether each is a name. Kernels are compared more than once."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tuple((token.type == tokenize.NAME, token.string) for token in tokens)


def _common_names(kernels: Sequence[KernelSource]) -> tuple[str, dict[str, str]]:
    """The first kernel's text, with each parameter called by what its names in all of them end in."""
    first = _body(kernels[0])
    columns = list(zip(*(_parameters(k) for k in kernels), strict=True))
    renamed: dict[str, str] = {}
    for names in columns:
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


def _parameters(kernel: KernelSource) -> list[str]:
    signature = _body(kernel).split("(", 1)[1].split("):", 1)[0]
    return [p.split(":")[0].strip() for p in signature.split(",") if p.strip()]


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
    lines: dict[str, None] = {}
    for kernel in kernels:
        for line in kernel.text[: kernel.text.index("@triton.jit")].splitlines():
            lines[line] = None
    return "".join(f"{line}\n" for line in lines)
