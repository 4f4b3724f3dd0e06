"""Several Python blocks of one reply → those of them that make up the file, by the names that they define and read."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field

from kernelagent.static.kernel_file import bound_at_top
from kernelagent.static.parsing import parse


@dataclass(frozen=True)
class _Block:
    binds: frozenset[str] = field(default_factory=frozenset)
    """At its top."""
    defines: frozenset[str] = field(default_factory=frozenset)
    """Functions and classes among them."""
    lacks: frozenset[str] = field(default_factory=frozenset)
    """What it reads and binds nowhere."""


def chosen(texts: Sequence[str], needed: Sequence[str]) -> tuple[int, ...]:
    """Places of the blocks that define the names ``needed``, and of those that define what these read, in their order;
    none where two of them define the same, so that nobody can say which is meant."""
    blocks = [_read(text) for text in texts]
    found = _defining(blocks, needed, "defines")
    while found:
        lacking = {name for place in found for name in blocks[place].lacks}
        lacking -= {name for place in found for name in blocks[place].binds}
        more = _defining(blocks, [name for name in lacking if any(name in b.binds for b in blocks)], "binds")
        if more is None:
            return ()
        if not more:
            break
        found |= more
    defined = [name for place in found or () for name in blocks[place].defines]
    return tuple(sorted(found or ())) if len(defined) == len(set(defined)) else ()


def _defining(blocks: Sequence[_Block], names: Sequence[str], how: str) -> set[int] | None:
    """The one block for each of ``names``; ``None`` where one has several, or none. Of imports the first will do."""
    found: set[int] = set()
    for name in names:
        places = [place for place, block in enumerate(blocks) if name in getattr(block, how)]
        defining = [place for place in places if name in blocks[place].defines]
        if not places or len(defining) > 1:
            return None
        found.add((defining or places)[0])
    return found


def _read(text: str) -> _Block:
    try:
        tree = parse(text)
        binds = frozenset(bound_at_top(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Block()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | binds | set(dir(builtins))
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {
        n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) if n.name
    }
    defines = frozenset(node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    return _Block(binds, defines, frozenset(node.id for node in names) - own)
