"""What is wrong with a file's directives, as far as parsing alone can tell, and at which part of them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from kernelagent.contract.problem import Mode
from kernelagent.driver.directive import KEYS, START, place_of
from kernelagent.driver.modules import ModuleClass
from kernelagent.driver.project_file import unknown
from kernelagent.errors import BadExampleInputs, InitFailed, InputsDoNotFit, sentences
from kernelagent.static.parsing import parse


@dataclass(frozen=True)
class Fault:
    """On one line (1-based); columns are characters, from 0."""

    line: int
    column: int
    end_column: int
    code: str
    message: str
    """With what to do."""


_WRITTEN = 'Write it as "# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)".'
_NO_INPUTS = (
    *(ast.Constant, ast.JoinedStr, ast.Set, ast.SetComp, ast.GeneratorExp, ast.Lambda, ast.Compare, ast.BoolOp),
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def faults(text: str, modules: Sequence[ModuleClass]) -> tuple[Fault, ...] | None:
    """``modules``: those of ``text``. ``None``: the file is no Python, or not yet again."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError):
        return None
    lines = text.split("\n")
    nodes = {node.lineno: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    known = _names_of(tree)
    found: list[Fault] = []
    taken: set[int] = set()
    for module in modules:
        node = nodes.get(module.line)
        if node is None:
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        place = place_of(lines, first)
        if place is not None:
            taken.add(place[0])
            found += _Directive(lines, *place, node, known).faults()
    found += _stray(tree, lines, taken)
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.column)))


def part_of(text: str, line: int, part: str) -> tuple[int, int, int] | None:
    """Where ``part`` (``inputs`` or ``init``) of the directive that begins at ``line`` stands: its line (1-based), and
    its first and last column."""
    lines = text.split("\n")
    end = line
    while end < len(lines) and lines[end].lstrip().startswith("#"):
        end += 1
    place = place_of(lines, end + 1)
    if place is None or place[0] != line:
        return None
    return _Directive(lines, *place, None, None).place(part)


def _names_of(tree: ast.Module) -> frozenset[str] | None:
    """Names that are bound at the top of the file; ``None``: a star brings others."""
    names = {"torch", *dir(builtins)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any(alias.name == "*" for alias in node.names):
                return None
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


def _stray(tree: ast.Module, lines: Sequence[str], taken: set[int]) -> Iterator[Fault]:
    """Directives that belong to no class: nobody reads them."""
    strings = [
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.end_lineno != node.lineno
    ]
    for number, line in enumerate(lines, 1):
        match = START.match(line)
        if match is None or number in taken or any(number in span for span in strings):
            continue
        if match[1].partition("=")[0].strip() in KEYS:
            message = (
                "This kernelagent directive stands above no module class, so that nobody reads it. Put it directly "
                "above the class or its decorators, with no empty line between, one for each class."
            )
            begin = len(line) - len(line.lstrip())
            yield Fault(number, begin, len(line.rstrip()), BadExampleInputs.__name__, message)


class _Directive:
    """One directive, and the class that it stands above."""

    def __init__(
        self,
        lines: Sequence[str],
        number: int,
        parts: tuple[str, ...],
        node: ast.ClassDef | None,
        known: frozenset[str] | None,
    ) -> None:
        self._lines, self._number, self._parts, self._node, self._known = lines, number, parts, node, known
        self._body = "f(" + "\n".join(parts) + "\n)"

    def faults(self) -> Iterator[Fault]:
        try:
            call = parse(self._body, "eval").body
        except SyntaxError as exc:
            line, offset = exc.lineno or 1, (exc.offset or 1) - 1
            yield self._fault(line, offset - (2 if line == 1 else 0), None, f"is not Python: {exc.msg}")
            return
        except ValueError as exc:
            yield self._fault(1, 0, None, f"is not Python: {exc}")
            return
        if not isinstance(call, ast.Call) or not (call.args or call.keywords):
            yield self._fault(1, 0, None, "must hold inputs=..., init=... or mode=...")
            return
        for argument in call.args:
            yield self._at(argument, "must hold inputs=..., init=... or mode=...: this part has no name")
        for keyword in call.keywords:
            yield from self._of_keyword(keyword)

    def place(self, part: str) -> tuple[int, int, int] | None:
        try:
            call = parse(self._body, "eval").body
        except (SyntaxError, ValueError):
            return None
        keywords = call.keywords if isinstance(call, ast.Call) else []
        found = next((keyword for keyword in keywords if keyword.arg == part), None)
        if found is None:
            return None
        fault = self._at(found, "")
        return fault.line, fault.column, fault.end_column

    def _of_keyword(self, keyword: ast.keyword) -> Iterator[Fault]:
        name, value = keyword.arg, keyword.value
        if name not in KEYS:
            row, column = self._place_of(keyword.lineno, keyword.col_offset)
            yield self._fault_there(row, column, column + len(name or "**"), unknown(name or "**", KEYS))
            return
        if name == "mode":
            written = ast.unparse(value).strip("\"'")
            if written not in get_args(Mode):
                yield self._at(value, f"has mode={written}, which is none of {', '.join(get_args(Mode))}")
            return
        if name == "inputs" and isinstance(value, _NO_INPUTS):
            what = (
                f"has inputs={ast.unparse(value)}, which is no tuple of inputs, no dict of them by name and no tensor"
            )
            yield self._at(value, what, hint="A tuple of one has a comma: inputs=(torch.randn(8, 64),).")
            return
        for each in self._missing_names(value):
            yield self._at(
                each, f"uses {each.id}, which the file does not define", hint="torch and the file's names are known."
            )
        if self._node is not None:
            yield from self._of_signature(name, value, self._node)

    def _missing_names(self, value: ast.expr) -> Iterator[ast.Name]:
        bound = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        bound |= {each.arg for each in ast.walk(value) if isinstance(each, ast.arg)}
        for each in ast.walk(value):
            if isinstance(each, ast.Name) and self._known is not None and each.id not in self._known | bound:
                yield each

    def _of_signature(self, name: str, value: ast.expr, node: ast.ClassDef) -> Iterator[Fault]:
        """Too many, too few, or of other names than the method takes, where the class itself defines it."""
        method = "forward" if name == "inputs" else "__init__"
        function = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == method), None)
        if function is None or function.decorator_list:
            return
        why = _misfit(value, function.args)
        if why:
            code = InputsDoNotFit if name == "inputs" else InitFailed
            yield self._at(
                value, f"does not fit {node.name}.{method}({_spoken(function.args)}): {why}", code.__name__, code.hint
            )

    # Places

    def _place_of(self, line: int, byte: int) -> tuple[int, int]:
        """Row of the directive (0-based) and column in the file, of a place that the parser names."""
        source = self._body.split("\n")[line - 1]
        column = len(source.encode("utf-8")[:byte].decode("utf-8", "ignore")) - (2 if line == 1 else 0)
        row = min(line - 1, len(self._parts) - 1)
        return row, self._begins(row) + column

    def _begins(self, row: int) -> int:
        line = self._lines[self._number - 1 + row]
        return len(line) - len(self._parts[row])

    def _at(self, node: ast.expr | ast.keyword, what: str, code: str = "", hint: str = _WRITTEN) -> Fault:
        row, column = self._place_of(node.lineno, node.col_offset)
        end_row, end = self._place_of(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        if end_row != row:
            end = len(self._lines[self._number - 1 + row].rstrip())
        return self._fault_there(row, column, end, what, code, hint)

    def _fault(self, line: int, column: int, end: int | None, what: str) -> Fault:
        row = min(line - 1, len(self._parts) - 1)
        written = self._lines[self._number - 1 + row].rstrip()
        begin = self._begins(row) + max(column, 0) if line - 1 == row else len(written)
        if begin >= len(written):  # it ends too soon: all of the line
            begin = self._begins(row)
        return self._fault_there(row, begin, len(written) if end is None else end, what)

    def _fault_there(self, row: int, column: int, end: int, what: str, code: str = "", hint: str = _WRITTEN) -> Fault:
        told = sentences(f"The kernelagent directive {what}", hint)
        return Fault(self._number + row, column, max(end, column + 1), code or BadExampleInputs.__name__, told)


def _misfit(value: ast.expr, spec: ast.arguments) -> str:
    positional = [arg.arg for arg in [*spec.posonlyargs, *spec.args][1:]]
    optional = {arg.arg for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if default is not None}
    optional |= set(positional[len(positional) - len(spec.defaults) :] if spec.defaults else ())
    every = [*positional, *(arg.arg for arg in spec.kwonlyargs)]
    if isinstance(value, (ast.Tuple, ast.List)):
        if any(isinstance(each, ast.Starred) for each in value.elts):
            return ""
        if (
            len(value.elts) == 2
            and isinstance(value.elts[1], ast.Dict)
            and isinstance(value.elts[0], (ast.Tuple, ast.List))
        ):
            return ""  # KernelBench's [args, kwargs]
        given = set(positional[: len(value.elts)])
        if len(value.elts) > len(positional) and spec.vararg is None:
            return f"{len(value.elts)} are given, and it takes {len(positional) or 'none'}"
    elif isinstance(value, ast.Dict):
        if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in value.keys):
            return ""
        given = {key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
        strange = sorted(given - set(every))
        if strange and spec.kwarg is None:
            return f"it takes no {strange[0]}"
    else:
        return ""
    missing = [name for name in every if name not in given and name not in optional]
    return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing" if missing else ""


def _spoken(spec: ast.arguments) -> str:
    own = ast.unparse(spec)
    return own.partition(", ")[2] if own.startswith("self") else own
