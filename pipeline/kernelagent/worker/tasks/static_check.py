"""The static check of a kernel file: its syntax tree, never its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import to_json
from kernelagent.static.narrow_numbers import EXACT, NARROW
from kernelagent.static.scan import scan
from kernelagent.static.text import kernel_text


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{kernel}`` → ``{error, line, findings: [{what, line}], kernels, entries, uses,
    constants, compared, groups, persistent, approximate: [[name, line]],
    surroundings: [[what, line]], narrow_numbers: [[what, type, exact bits, line]], repeated: [[rounds, line]],
    capacities: [[elements, line]], contracted: [line], declared, declared_lines: [[first, last]],
    reads: [[first line, column, last line, column, how, problem]]}``.
    """
    try:
        result = scan(kernel_text(Path(args["kernel"]).read_bytes()))
    except SyntaxError as exc:
        nothing: dict[str, Any] = {"findings": [], "kernels": [], "entries": [], "uses": {}}
        nothing |= {
            "constants": [],
            "compared": [],
            "groups": [],
            "persistent": False,
            "approximate": [],
            "surroundings": [],
        }
        nothing |= {
            "narrow_numbers": [],
            "repeated": [],
            "contracted": [],
            "declared": [],
            "declared_lines": [],
            "reads": [],
        }
        return {"error": f"syntax error: {exc.msg}", "line": exc.lineno, **nothing}
    return {
        "error": None,
        "line": None,
        "findings": [{"what": finding.what, "line": finding.line} for finding in result.findings],
        "kernels": list(result.kernels),
        "entries": list(result.entries),
        "constants": list(result.constants),
        "compared": list(result.compared),
        "groups": list(result.groups),
        "persistent": result.persistent,
        "surroundings": [list(entry) for entry in result.surroundings],
        "narrow_numbers": [[what, kind, (EXACT | NARROW)[kind], line] for what, kind, line in result.narrow_numbers],
        "repeated": [list(entry) for entry in result.repeated],
        "capacities": [list(entry) for entry in result.capacities],
        "contracted": list(result.contracted),
        "approximate": [list(entry) for entry in result.approximate],
        "declared": to_json(result.declared),
        "declared_lines": [[call.line, call.end_line] for call in result.declared_calls],
        "reads": [[*r.where, r.how, None if r.problem is None else r.problem[0]] for r in result.reads],
        "uses": {name: list(used) for name, used in result.uses.items()},
    }
