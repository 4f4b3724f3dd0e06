"""Integers that a wrapper reads of memory that its kernels wrote: how large a result is may be counted before it is
allocated. They may only become sizes, or Python computes in the kernels' place.

A number is read by ``.item()``, ``.tolist()``, ``int(...)`` or ``bool(...)``, and where a tensor stands for a size. Of
all but the first two only the run tells what they were given; so what would be wrong with each is told beforehand, and
asked for where it did read (``dispatch``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from kernelagent.static.counts.levels import Levels
from kernelagent.static.counts.places import Places
from kernelagent.static.counts.wholes import Wholes
from kernelagent.static.names import Names
from kernelagent.static.readable import is_readable
from kernelagent.static.walk import walk

Where = tuple[int, int, int, int]
"""First line and column, last line and column of a call, as CPython keeps them."""
_BY_SIZES = frozenset(
    {"empty", "zeros", "ones", "new_empty", "new_zeros", "new_ones", "narrow", "view", "reshape", "expand"}
)
MOST_READS = 64
"""In one file's text."""


@dataclass(frozen=True)
class Read:
    """A call that may read such a number."""

    where: Where
    how: str
    """``item``, ``tolist``, ``int``, ``bool``, or ``size``: a tensor stands for one."""
    problem: tuple[str, ast.AST] | None
    """What the file does with it that no size is computed by, and where."""
    is_certain: bool
    """It does read; else it may only turn one number of Python's into another."""


def reads(parts: Iterable[ast.stmt], kernels: Iterable[ast.FunctionDef], names: Names) -> list[Read]:
    """``parts``: the statements and definitions that run where the file is used."""
    parts, kernels = list(parts), list(kernels)
    calls = [node for part in parts for node in walk(part) if isinstance(node, ast.Call)]
    of_text = [node for node in calls if _method(node) or _function(node)]
    sizing = [n for part in parts for n in walk(part) if isinstance(n, ast.expr) and _sizes_of(n)]
    if not of_text and not sizing:
        return []
    places = Places(names).read(parts, kernels)
    wholes = Wholes(places)
    own = frozenset(kernel.name for kernel in kernels)
    of_text = [node for node in of_text if not _is_seed(_given(node), places)]
    of_text = [n for n in of_text if not (isinstance(n.func, ast.Name) and places.is_bound(n.func))]
    certain = [node for node in of_text if is_readable(_given(node), names.of, names.readable)]
    others: list[ast.expr] = [n for n in of_text if n not in certain and not all(map(wholes.is_whole, n.args))]
    perhaps = {node for node in of_text if node in others and wholes.is_of_tensors(_given(node))}
    others += [node for node in sizing if any(wholes.is_of_tensors(size) for size in _sizes_of(node))]
    joint = _problem(places, wholes, own, frozenset(certain))
    found = [Read(_where(node), _how(node), joint, is_certain=True) for node in certain[:MOST_READS]]
    for node in others[: MOST_READS - len(found)]:
        problem = _problem(places, wholes, own, frozenset({*certain, *perhaps, node}))
        found.append(Read(_where(node), _how(node), problem, is_certain=False))
    return found


def _problem(
    places: Places, wholes: Wholes, kernels: frozenset[str], read: frozenset[ast.expr]
) -> tuple[str, ast.AST] | None:
    findings = Levels(places, wholes, kernels, read).findings() if read else ()
    return min(findings, key=lambda found: getattr(found[1], "lineno", 0), default=None)


def _how(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and (_method(node) or _function(node)):
        return str(getattr(node.func, "attr", getattr(node.func, "id", "")))
    return "size"


def _where(node: ast.expr) -> Where:
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def _sizes_of(node: ast.expr) -> list[ast.expr]:
    """What may be a tensor that PyTorch makes a size of: ``x.new_empty(count[0], 4)``, ``x[: count[0]]``."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name in _BY_SIZES:
            several = [part.elts if isinstance(part, (ast.Tuple, ast.List)) else [part] for part in arguments]
            return [size for parts in several for size in parts]
        case ast.Subscript(slice=key):
            slices = [
                part for part in (key.elts if isinstance(key, ast.Tuple) else [key]) if isinstance(part, ast.Slice)
            ]
            return [bound for part in slices for bound in (part.lower, part.upper) if bound is not None]
    return []


def _method(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("item", "tolist") and not node.args


def _function(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in ("int", "bool") and len(node.args) == 1


def _is_seed(node: ast.expr, places: Places) -> bool:
    """It was drawn, and so is nothing that a kernel wrote (``dispatch`` sees to that)."""
    match node:
        case ast.Name():
            given = places.given.get(places.place_of(node), ())
            return bool(given) and all(
                g.value is not None and not g.is_item and _is_seed(g.value, places) for g in given
            )
        case ast.Subscript(value=inner):
            return _is_seed(inner, places)
        case ast.Call(func=function):
            return places.path(function) == "torch.randint"
    return False


def _given(node: ast.Call) -> ast.expr:
    """What is read."""
    return node.func.value if isinstance(node.func, ast.Attribute) else node.args[0]
