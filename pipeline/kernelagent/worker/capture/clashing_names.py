"""Parameters and buffers by names that ``torch.fx.GraphModule`` has itself: a codebook called ``code``, a ``graph``.

``torch.export`` traces such a module, and then fails to put it together again for its decompositions. So the traced
program is taken apart under other names, and gets its own back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch


def decomposed(program: torch.export.ExportedProgram, table: Mapping[Any, Any]) -> torch.export.ExportedProgram:
    """``program.run_decompositions(table)``, whatever the names in it. ``program`` is left with its own."""
    taken = torch.fx.GraphModule({}, torch.fx.Graph())
    used = {target.partition(".")[0] for target in (*program.state_dict, *program.constants)}
    clashing = sorted(name for name in used if hasattr(taken, name))
    found: torch.export.ExportedProgram
    if not clashing:
        found = program.run_decompositions(dict(table))
        return found
    others = {name: _free(name, used) for name in clashing}
    own = {other: name for name, other in others.items()}
    _rename(program, others)
    try:
        found = program.run_decompositions(dict(table))
    finally:
        _rename(program, own)
    _rename(found, own)
    return found


def _free(name: str, used: set[str]) -> str:
    while name in used or hasattr(torch.fx.GraphModule, name):
        name += "_"
    return name


def _rename(program: torch.export.ExportedProgram, names: Mapping[str, str]) -> None:
    """The first part of each path by ``names``, in place."""

    def other(target: str | None) -> str | None:
        if target is None:
            return None
        first, dot, rest = target.partition(".")
        return f"{names.get(first, first)}{dot}{rest}"

    signature = program.graph_signature
    for specs in (signature.input_specs, signature.output_specs):
        specs[:] = [_retargeted(spec, other(spec.target)) for spec in specs]
    for held in (program.state_dict, program.constants):
        entries = [(other(path), value) for path, value in held.items()]
        held.clear()
        held.update(entries)


def _retargeted(spec: Any, target: str | None) -> Any:
    """Of a result that is no state, the target is a name of an input."""
    is_path = type(spec).__name__ == "InputSpec" or spec.kind.name.startswith(("BUFFER", "PARAMETER"))
    return dataclasses.replace(spec, target=target) if is_path else spec
