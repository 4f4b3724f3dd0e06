"""What a class needs of its file, and of the project's other files that it imports from: imports, constants, functions,
classes without their ``forward``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from kernelagent.static.indentation import USUAL, indented_by
from kernelagent.static.wiring import originals
from kernelagent.worker.synth.compose.allowed_imports import ALLOWED_IMPORTS, defined
from kernelagent.worker.synth.compose.plain_annotations import with_plain_annotations
from kernelagent.worker.synth.compose.renamed import renamed

FORWARD = ("forward", "__call__", "extra_repr", "reset_cache")
_ROOTS = ("__init__", "__post_init__", "__new__", "__init_subclass__", "__setattr__", "__getattr__")
PACKAGE = "__init__.py"


class NotCopiable(Exception):
    """The class leans on something that may not be imported or cannot be found."""


class Slicer:
    """Of one file; those that it imports from have one of their own."""

    def __init__(self, text: str, path: Path, others: dict[Path, Slicer] | None = None):
        text = indented_by(USUAL, with_plain_annotations(text))
        self.text = text
        self.path = path
        self.lines = [line + "\n" for line in text.split("\n")]  # as Python counts: a form feed ends no line
        self.tree = ast.parse(text)
        self.tops = {name: node for node in self.tree.body for name in defined(node)}
        self.needed: dict[str, None] = {}
        self._pending: list[str] = []
        self._others = {} if others is None else others
        """By their files; this one, too."""
        self._others[path] = self
        self._linked: dict[str, tuple[Slicer, str]] = {}
        """Name here → where it is defined, and its name there."""

    def kept_methods(self, cls: ast.ClassDef, wanted: Collection[str] = ()) -> list[ast.stmt]:
        """Class attributes, ``__init__``, those ``wanted`` and the methods that they call; an own ``forward`` never."""
        methods = {s.name: s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
        reached: set[str] = set()
        stack = [n for n in methods if n in _ROOTS or n in wanted]
        while stack:
            name = stack.pop()
            if name in reached or name in FORWARD:
                continue
            reached.add(name)
            for node in ast.walk(methods[name]):
                if isinstance(node, ast.Attribute) and node.attr in methods:
                    stack.append(node.attr)
        kept: list[ast.stmt] = []
        for statement in cls.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if statement.name in reached:
                    kept.append(statement)
            elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                kept.append(statement)
        return kept

    def need_names(self, *groups: Iterable[ast.AST]) -> None:
        for group in groups:
            for root in group:
                for node in ast.walk(root):
                    if isinstance(node, ast.Name) and node.id in self.tops and node.id not in self.needed:
                        self.needed[node.id] = None
                        self._pending.append(node.id)

    def follow(self) -> None:
        while self._pending:
            name = self._pending.pop()
            node = self.tops[name]
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._follow_import(node, name)
            elif isinstance(node, ast.ClassDef):
                kept = self.kept_methods(node)
                self.need_names(node.bases, [k.value for k in node.keywords], node.decorator_list, kept)
            else:
                self.need_names([node])

    def _follow_import(self, node: ast.Import | ast.ImportFrom, name: str) -> None:
        alias = _alias(node, name)
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
        if not is_relative and module.partition(".")[0] in ALLOWED_IMPORTS:
            return
        file = self._project_file(node, module) if isinstance(node, ast.ImportFrom) else None
        if file is None:
            raise NotCopiable(f"its __init__ needs {module or 'a relative import'}")
        other = self._others.get(file) or self._read(file)
        if alias.name not in other.tops:
            raise NotCopiable(f"its __init__ needs {alias.name}, which {file.name} does not define at its top")
        self._linked[name] = other, alias.name
        other.need_names([ast.Name(alias.name)])
        other.follow()

    def _project_file(self, node: ast.ImportFrom, module: str) -> Path | None:
        """The file of the project that is imported from: below its own package, or beside it."""
        folder = self.path.parent
        for _ in range(node.level - 1):
            folder = folder.parent
        if not node.level:
            while (folder / PACKAGE).is_file():
                folder = folder.parent
        where = folder.joinpath(*module.split(".")) if module else folder
        if not module:
            return where / PACKAGE if (where / PACKAGE).is_file() else None
        return next((f for f in (where / PACKAGE, where.with_name(f"{where.name}.py")) if f.is_file()), None)

    def _read(self, file: Path) -> Slicer:
        try:
            return Slicer(originals(file.read_text(encoding="utf-8-sig")), file, self._others)
        except (OSError, ValueError, SyntaxError) as exc:
            raise NotCopiable(f"its __init__ needs {file.name}, which cannot be read") from exc

    def _in_order(self, met: set[int] | None = None) -> Iterator[Slicer]:
        """Those that are imported from first."""
        met = set() if met is None else met
        if id(self) in met:
            return
        met.add(id(self))
        for other, _ in self._linked.values():
            yield from other._in_order(met)
        yield self

    def imports(self) -> list[str]:
        """Of all the files. Raises NotCopiable where two of them mean different things by a name."""
        found: dict[str, None] = {}
        bound: dict[str, str | int] = {}
        for one in self._in_order():
            for name in one.needed:
                meaning = one._meaning(name)
                if isinstance(meaning, str):
                    found[meaning] = None
                if bound.setdefault(name, meaning) != meaning:
                    raise NotCopiable(f"two of its files mean different things by {name}")
        return list(found)

    def _meaning(self, name: str) -> str | int:
        """An import's text, or what tells a definition from all others."""
        if name in self._linked:
            other, there = self._linked[name]
            return other._meaning(there)
        node = self.tops[name]
        return _import_of(node, name) if isinstance(node, (ast.Import, ast.ImportFrom)) else id(node)

    def refuse_hidden(self, in_use: Collection[str]) -> None:
        """Raises NotCopiable for a name of ``in_use`` that what is copied binds to something else."""
        same = ("torch", "triton", "math", "os")
        for one in self._in_order():
            for name in one.needed:
                node = one.tops[name]
                plain = isinstance(node, ast.Import) and any(a.name == name and a.asname is None for a in node.names)
                shorthand = name == "tl" and "triton.language" in ast.unparse(node)
                if name in in_use and not (plain and name in same) and not shorthand:
                    raise NotCopiable(f"its __init__ needs a {name} of its own, and the kernels another")

    def helpers(self) -> list[str]:
        """Statements in the files' order."""
        return [text for one in self._in_order() for text in one._own_helpers()]

    def _own_helpers(self) -> Iterator[str]:
        chosen = {id(self.tops[name]) for name in self.needed}
        for node in self.tree.body:
            if id(node) in chosen and not isinstance(node, (ast.Import, ast.ImportFrom)):
                yield self.statement(node)

    def as_there(self, source: str) -> str:
        """What is imported under another name is called as where it is defined."""
        for name, (_, there) in self._linked.items():
            if name != there:
                source = renamed(source, name, there)
        return source

    def statement(self, node: ast.stmt) -> str:
        if not isinstance(node, ast.ClassDef):
            return self.segment(node).rstrip()
        kept = self.kept_methods(node)
        if len(kept) == len(node.body):
            return self.segment(node).rstrip()
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        first = node.body[0]
        end = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
        header = self.lines[start - 1 : end - 1]
        body = "\n\n".join(self.segment(s).rstrip() for s in kept) or "    pass"
        return self.as_there("".join(header).rstrip()) + "\n" + body

    def segment(self, node: ast.stmt) -> str:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(d.lineno for d in decorators)])
        return self.as_there("".join(self.lines[start - 1 : node.end_lineno]).rstrip())


def _alias(node: ast.Import | ast.ImportFrom, name: str) -> ast.alias:
    return next(a for a in node.names if (a.asname or a.name.partition(".")[0]) == name)


def _import_of(node: ast.Import | ast.ImportFrom, name: str) -> str:
    alias = _alias(node, name)
    spelled = alias.name + (f" as {alias.asname}" if alias.asname else "")
    prefix = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
    return f"{prefix}import {spelled}"
