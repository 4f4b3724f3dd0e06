"""What is copied into a kernel's file names in its annotations only what is there."""

from __future__ import annotations

import ast

import pytest
from kernelagent.worker.synth.compose.plain_annotations import with_plain_annotations

HEAD = "from __future__ import annotations\nimport torch\nfrom typing import Any\nfrom .config import Config\n"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("def f(a: Config, b: int = 1) -> Config:", "def f(a, b: int = 1):"),
        ("def f(a: Config | None = None, *, é: 'Config' = 1) -> None:", "def f(a=None, *, é: 'Config' = 1) -> None:"),
        ("def f(a: torch.Tensor, b: dict[str, Any], *c: Unknown, **d: x.Y) -> list[int]:", None),
        (
            "def f(\n    ü: Config = 'ü',\n    b: Callable[\n        [int], Config\n    ] = None,\n) -> Config: # c",
            None,
        ),
    ],
)
def test_of_functions(given: str, left: str | None) -> None:
    found = with_plain_annotations(f"{HEAD}{given}\n    return a\n")
    tree, before = ast.parse(found), ast.parse(f"{HEAD}{given}\n    return a\n")
    if left is not None:
        assert found == f"{HEAD}{left}\n    return a\n"
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names & {"Config", "Unknown", "x", "Callable"} == set()
    assert _without_annotations(tree) == _without_annotations(before)


def _without_annotations(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def test_of_attributes_where_the_file_evaluates_none() -> None:
    body = "class A:\n    a: {} = 1\n    b: list['Config']\n    c: int = 2\n"
    assert with_plain_annotations(HEAD + body.format("Config")) == HEAD + body.format('"Config"')
    evaluated = "from .config import Config\n" + body.format("Config")
    assert with_plain_annotations(evaluated) == evaluated
