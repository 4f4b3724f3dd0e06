"""What the static check does not read is not there where a file is judged."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from kernelagent.static.extent import extent, without_unread
from kernelagent.static.names import Names

FILE = """
KEPT = []

def kernel_function(x):
    return helper(x)

def helper(x):
    return x

def forgotten(x):
    return "computed"

class Reference:
    scale = 2

    def forward(self, x):
        return "computed"

if __name__ == "__main__":
    KEPT.append("checked itself")
"""


@pytest.fixture
def namespace() -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "__main__"}  # as a file would like to be called
    exec(compile(without_unread(ast.parse(FILE)), "kernel.py", "exec"), found)
    return found


def test_what_is_read_is_as_it_was(namespace: dict[str, Any]) -> None:
    assert namespace["kernel_function"](3) == 3
    assert namespace["Reference"].scale == 2


def test_what_is_not_read_raises_and_says_so(namespace: dict[str, Any]) -> None:
    with pytest.raises(NameError, match="forgotten is called, and nothing that is judged names it"):
        namespace["forgotten"](3)
    with pytest.raises(NameError, match="forward is called"):
        namespace["Reference"]().forward(3)


def test_the_self_check_is_gone(namespace: dict[str, Any]) -> None:
    assert namespace["KEPT"] == []


HANDED_ON = {
    "by the top level": "KEPT.append(forgotten)",
    "by a constructor": "class ModelNew:\n    def __init__(self):\n        self.compute = forgotten",
    "by what a class runs": "class Notes:\n    KEPT.append(forgotten)",
    "by a default": "def notes(x=forgotten): pass",
    "by a call in an annotation": "def notes(x: KEPT.append(forgotten)): pass",
    "before a self-check": "if KEPT.append(forgotten) and __name__ == '__main__': pass",
}


@pytest.mark.parametrize("name", HANDED_ON)
def test_a_function_that_is_handed_on_runs_with_the_kernel(name: str) -> None:
    tree = ast.parse(f"{FILE}\n{HANDED_ON[name]}\n")
    assert "forgotten" in {node.name for node in extent(tree, Names(tree)).running}
    tree = ast.parse(FILE)
    assert "forgotten" not in {node.name for node in extent(tree, Names(tree)).reached}


@pytest.mark.parametrize(
    ("statement", "is_read"),
    [
        ("Reference = None", False),
        ("Reference: type = int", False),
        ("del Reference", False),
        ("Reference += 1", True),
        ("Reference.scale = 3", True),
        ("kept = Reference", True),
        ("kept = [each for each in Reference.__mro__]", True),
    ],
)
def test_who_binds_a_name_anew_runs_nothing_of_what_it_was(statement: str, is_read: bool) -> None:
    tree = ast.parse(f"{FILE}\n{statement}\n")
    reached = {node.name for node in extent(tree, Names(tree)).reached}
    assert ("Reference" in reached) == is_read
