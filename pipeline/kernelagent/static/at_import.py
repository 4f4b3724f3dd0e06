"""What a file runs while it is imported, although nothing that is judged asks for it: bodies of classes, decorators,
defaults, bases, and what Python calls when a class is made."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.type_expressions import written_out
from kernelagent.static.walk import walk

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_HOOKS = frozenset({"__init_subclass__", "__class_getitem__", "__set_name__", "__prepare__", "__mro_entries__"})
_FILE_NAME = "__name__"


def run_by(definition: Definition) -> Iterator[ast.stmt]:
    """Statements of a definition that importing the file runs, but for bases and annotations; expressions as
    statements."""
    parts: list[ast.expr] = list(definition.decorator_list)
    if isinstance(definition, ast.ClassDef):
        parts += [keyword.value for keyword in definition.keywords]
        for statement in definition.body:
            if isinstance(statement, Definition):
                yield from run_by(statement)
            else:
                yield statement
    else:
        parts += [*definition.args.defaults, *(value for value in definition.args.kw_defaults if value is not None)]
    yield from map(_statement, parts)


def evaluated_by(definition: Definition) -> Iterator[ast.stmt]:
    """Bases and annotations, which are looked up and not called."""
    if isinstance(definition, ast.ClassDef):
        yield from map(_statement, definition.bases)
        for inner in definition.body:
            if isinstance(inner, Definition):
                yield from evaluated_by(inner)
    else:
        arguments = definition.args
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        hints = [argument.annotation for argument in given if argument is not None]
        yield from (_statement(written_out(hint)) for hint in (*hints, definition.returns) if hint is not None)


def classes_with_hooks(definitions: Iterable[Definition]) -> list[str]:
    """Names of those whose methods run when another class is made of them."""
    return [
        node.name
        for node in definitions
        if isinstance(node, ast.ClassDef)
        and (
            any(isinstance(item, Definition) and item.name in _HOOKS for item in walk(node))
            or any(isinstance(base, ast.Name) and base.id == "type" for base in node.bases)
        )
    ]


def names_itself(tree: ast.Module) -> list[ast.AST]:
    """Where the file gives itself a name: ``if __name__ == "__main__"`` would not stand for a self-check."""
    found: list[ast.AST] = []
    for node in walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                names = [name]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.alias(name=name, asname=asname):
                names = [asname or name]
            case ast.Global(names=several) | ast.Nonlocal(names=several):
                names = several
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names = [name]
            case ast.MatchMapping(rest=str(name)):
                names = [name]
            case _:
                continue
        if _FILE_NAME in names:
            found.append(node)
    return found


def _statement(expression: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(expression), expression)
