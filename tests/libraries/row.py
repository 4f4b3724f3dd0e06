"""One module of a library: what builds it, what calls it, and the file that says so as a problem."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    imports: str
    """Statements, separated by ``;``."""
    build: str
    """The module, an expression: small, with random weights; nothing is downloaded."""
    inputs: str
    """Of ``get_inputs``: expressions, separated by commas at the top."""
    call: str = "self.inner(x)"
    """What ``forward`` gives; the inputs are called x, y and z."""


NAMES = ("x", "y", "z")


def text_of(row: Row) -> str:
    import ast

    count = len(ast.parse(f"({row.inputs},)", mode="eval").body.elts)  # type: ignore[attr-defined]
    imports = "\n".join(part.strip() for part in row.imports.split(";"))
    return f"""import torch
from torch import nn
{imports}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = {row.build}

    def forward(self, {", ".join(NAMES[:count])}):
        return {row.call}


def get_inputs():
    return [{row.inputs}]


def get_init_inputs():
    return []
"""
