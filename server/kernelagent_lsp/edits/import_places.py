"""Where further imports go in a file: into the block of their kind, in the order that the block is in.

A block is a run of import statements without a blank line. Blocks are told apart as isort and ruff do: the standard
library, then what is installed, then the project's own. Within a block ``import x`` stands before ``from x import y``,
or all stand by their module, whichever the block shows; a block in no order gets its new lines at its end.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import Literal

from kernelagent.static.parsing import parse

Kind = Literal["future", "standard", "installed", "own"]
_ORDER: tuple[Kind, ...] = ("future", "standard", "installed", "own")


@dataclass(frozen=True)
class Block:
    statements: tuple[ast.Import | ast.ImportFrom, ...]

    @property
    def kind(self) -> Kind:
        return _kind(self.statements[0])

    @property
    def end(self) -> int:
        """Its last line (1-based)."""
        return self.statements[-1].end_lineno or self.statements[-1].lineno


@dataclass(frozen=True)
class NewLine:
    after: int
    """The line (1-based) behind which it goes; 0: before everything."""
    text: str


def import_places(above: list[ast.stmt], missing: list[str], otherwise: int) -> list[NewLine]:
    """Places for ``missing``, import statements of a line each, among the statements ``above``; ``otherwise`` is the
    line after which they go where there is no import yet."""
    blocks = _blocks(above)
    placed: dict[int, list[str]] = {}
    within: dict[tuple[int, bool], list[str]] = {}
    for text in sorted(missing, key=lambda line: _key(_statement(line), by_module=False)):
        statement = _statement(text)
        kind = _kind(statement)
        same = [block for block in blocks if block.kind == kind]
        before = [block for block in blocks if _ORDER.index(block.kind) < _ORDER.index(kind)]
        behind = [block for block in blocks if _ORDER.index(block.kind) > _ORDER.index(kind)]
        if same:
            within.setdefault(_within(same[0], statement), []).append(text)
        elif before:
            begins = not any(line.startswith("\n") for line in placed.get(before[-1].end, []))
            placed.setdefault(before[-1].end, []).append(f"\n{text}\n" if begins else f"{text}\n")
        elif behind:
            placed.setdefault(behind[0].statements[0].lineno - 1, []).append(f"{text}\n\n")
        else:
            placed.setdefault(otherwise, []).append(f"{text}\n")
    for (after, by_module), texts in within.items():
        texts.sort(key=lambda line: _key(_statement(line), by_module))
        placed[after] = [*(f"{text}\n" for text in texts), *placed.get(after, [])]
    return [NewLine(after, "".join(lines)) for after, lines in placed.items()]


def _blocks(above: list[ast.stmt]) -> list[Block]:
    blocks: list[list[ast.Import | ast.ImportFrom]] = []
    last = -1
    for node in above:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if node.lineno == last + 1 and blocks:
                blocks[-1].append(node)
            else:
                blocks.append([node])
            last = node.end_lineno or node.lineno
    return [Block(tuple(block)) for block in blocks]


def _within(block: Block, statement: ast.Import | ast.ImportFrom) -> tuple[int, bool]:
    """The line behind which ``statement`` goes, and whether the block is in the order of its modules alone."""
    for by_module in (False, True):
        keys = [_key(each, by_module) for each in block.statements]
        if keys != sorted(keys):
            continue
        key = _key(statement, by_module)
        below = [each for each, its in zip(block.statements, keys, strict=True) if its <= key]
        after = (below[-1].end_lineno or below[-1].lineno) if below else block.statements[0].lineno - 1
        return after, by_module
    return block.end, False


def _key(statement: ast.Import | ast.ImportFrom, by_module: bool) -> tuple[object, ...]:
    is_from = isinstance(statement, ast.ImportFrom)
    module = (statement.module or "") if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    return (module.lower(), is_from) if by_module else (is_from, module.lower())


def _kind(statement: ast.Import | ast.ImportFrom) -> Kind:
    if isinstance(statement, ast.ImportFrom) and statement.level:
        return "own"
    name = (statement.module or "") if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    root = name.partition(".")[0]
    if root == "__future__":
        return "future"
    return "standard" if root in sys.stdlib_module_names else "installed"


def _statement(line: str) -> ast.Import | ast.ImportFrom:
    statement = parse(line).body[0]
    assert isinstance(statement, (ast.Import, ast.ImportFrom))
    return statement
