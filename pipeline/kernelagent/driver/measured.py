"""What subgraphs were measured to take: ``.fuse/measured.json``, by kernel, sizes, precision, versions and device.

A figure is never used for another device than it was measured on: the device's name is part of the key and of the
entry, and both have to fit.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, parse_json, to_json, write_json
from kernelagent.contract.compute import Measured
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.static.parsing import parse

VERSION = 1
MOST = 2000


def key_of(
    kernel: str, by_pytorch: str, problem: Problem, options: Options, versions: Mapping[str, str], device: str
) -> str:
    """``kernel`` and ``by_pytorch`` are the texts of the two files. Free sizes count by their power of two, fixed ones
    as they are."""
    sizes = {free.symbol: free.example.bit_length() for free in problem.free_sizes}
    specs = [(spec.dtype, spec.dims or spec.shape) for spec in problem.inputs]
    used = {name: versions.get(name, "") for name in ("torch", "triton")}
    content = [VERSION, _code(kernel), _code(by_pytorch), specs, sizes, options.fp32, options.allow_tf32, used, device]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _code(text: str) -> str:
    """A file without what names the example's sizes and computes nothing: docstrings, comments, the self-check."""
    tree = parse(text)
    tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


class MeasuredCache:
    """``path`` is shared by the runs of a project; one that writes meanwhile may win, which costs a measurement."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        """``None``: nothing is remembered."""

    def find(self, key: str, device: str) -> Measured | None:
        entry = self._read().get(key)
        try:
            found = from_json(Measured, entry)
        except (ValueError, TypeError, KeyError):
            return None
        sensible = 0.0 < found.pytorch_ms < float("inf") and 0.0 < found.triton_ms < float("inf")
        return found if sensible and found.device == device else None

    def keep(self, key: str, measured: Measured) -> None:
        if self._path is None:
            return
        entries = {**self._read(), key: to_json(measured)}
        with contextlib.suppress(OSError):  # what is not remembered is only measured again
            write_json(self._path, {"version": VERSION, "measured": dict(list(entries.items())[-MOST:])})

    def _read(self) -> dict[str, Any]:
        if self._path is None:
            return {}
        try:
            document = parse_json(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(document, dict) or document.get("version") != VERSION:
            return {}
        measured = document.get("measured")
        return measured if isinstance(measured, dict) else {}
