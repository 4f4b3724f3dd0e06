"""Where the example inputs come from, in order: an option, the file's ``get_inputs()``, ``pyproject.toml``, a directive
above the class, jaxtyping annotations. Everything is read, nothing is run: the worker evaluates the expressions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.problem import ExampleInputs, Mode, Origin
from kernelagent.driver import jaxtyping_shapes, project_file
from kernelagent.driver.directive import read_directive
from kernelagent.driver.modules import ModuleClass
from kernelagent.errors import BadExampleInputs, NoExampleInputs
from kernelagent.static.parsing import parse


@dataclass(frozen=True)
class Found:
    """What was found, and the mode that the same place asked for."""

    example: ExampleInputs
    mode: Mode | None = None


def find_example(
    file: Path, text: str, module: ModuleClass, *, inputs: str | None = None, init: str | None = None
) -> Found:
    """The example inputs of ``module``; ``inputs`` and ``init`` are the options, and win over what is found.

    Raises ``NoExampleInputs``, ``BadExampleInputs`` (an expression does not parse), ``BadConfiguration``.
    """
    tree = parse(text)
    functions = {node.name: node.lineno for node in tree.body if isinstance(node, ast.FunctionDef)}
    # The table is read where something else goes before it, too: a key that is none of its keys is always told.
    needs_table = inputs is None and "get_inputs" not in functions
    table = project_file.module_table(file, module.name, needs_inputs=needs_table)
    found = None if inputs is not None and init is not None else _search(file, text, module, tree, functions, table)
    if inputs is None and found is None:
        raise NoExampleInputs(f"nothing says what {module.name}.forward() takes.", file=str(file), line=module.line)
    origin: Origin = "option"
    line = None
    if inputs is None and found is not None:
        inputs, origin, line = found.example.inputs, found.example.origin, found.example.line
        _require_expression(inputs, "inputs", file, line)
    else:
        inputs = inputs or "()"
        _require_expression(inputs, "--inputs", None, None)
    if init is not None:
        _require_expression(init, "--init", None, None)
    else:
        init = found.example.init if found is not None else _init_of_file(text)
        _require_expression(init, "init", file, line)
    mode = found.mode if found is not None else None
    return Found(ExampleInputs(origin, init, inputs, line), mode)


def _search(
    file: Path,
    text: str,
    module: ModuleClass,
    tree: ast.Module,
    functions: Mapping[str, int],
    configured: project_file.ModuleTable | None,
) -> Found | None:
    """``functions``: those at the top of the file, with their lines."""
    if "get_inputs" in functions:
        return Found(ExampleInputs("get_inputs", _init_of_file(text), "get_inputs()", functions["get_inputs"]))
    if configured is not None:
        example = ExampleInputs("pyproject", configured.init or "()", configured.inputs, None)
        return Found(example, configured.mode)
    directive = read_directive(file, text, module)
    if directive is not None and directive.inputs is not None:
        return Found(
            ExampleInputs("directive", directive.init or "()", directive.inputs, directive.line), directive.mode
        )
    init = directive.init if directive is not None and directive.init else "()"
    annotated = jaxtyping_shapes.inputs_of(tree, module.name)
    if annotated is not None:
        return Found(
            ExampleInputs("annotations", init, annotated.inputs, annotated.line), directive.mode if directive else None
        )
    return None


def _init_of_file(text: str) -> str:
    defines = any(isinstance(node, ast.FunctionDef) and node.name == "get_init_inputs" for node in parse(text).body)
    return "get_init_inputs()" if defines else "()"


def _require_expression(expression: str, what: str, file: Path | None, line: int | None) -> None:
    try:
        parse(inspect.cleandoc(expression).strip(), "eval")
    except (SyntaxError, ValueError) as exc:
        reason = getattr(exc, "msg", None) or exc
        raise BadExampleInputs(
            f"{what} is not a Python expression: {expression!r} ({reason}).",
            file=str(file) if file else None,
            line=line,
        ) from exc
