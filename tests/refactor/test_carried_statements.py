"""What a kernel file does at its top level, beside defining, comes along into a file with others."""

from __future__ import annotations

import ast

import pytest
from kernelagent.static.kernel_file import needed_statements, renamed_at_top
from kernelagent.worker.refactor.link import _Program, _take_over

ENTRY = "\n\ndef kernel_function(x):\n    return TABLE, x\n"
CARRIED = {
    "a method": "TABLE = {}\nTABLE.update({1: 2})",
    "a loop": "TABLE = {}\nfor size, warps in ((1, 2), (3, 4)):\n    TABLE[size] = warps",
    "a loop that appends": "TABLE = []\nfor warps in (1, 4):\n    TABLE.append(dict(num_warps=warps))",
    "a call": "TABLE = {}\ndef fill(table):\n    table[1] = 2\nfill(TABLE)",
    "a call that changes what it is not given": "TABLE = {}\ndef fill():\n    TABLE.update({1: 2})\nfill()",
    "another name of the same": "TABLE = {}\nother = TABLE\nother.setdefault(1, 2)",
    "a variable of a loop": "TABLE = {}\nUNUSED = {}\nfor table in (TABLE, UNUSED):\n    table.update({1: 2})",
    "a comprehension": "TABLE = []\n[TABLE.append(n) for n in (1, 2)]",
    "a condition": "TABLE = {}\nif 1 + 1 == 2:\n    TABLE[1] = 2\nelse:\n    TABLE[2] = 1",
    "a decorator": "TABLE = {}\ndef noted(f):\n    TABLE[f.__name__] = 1\n    return f\n@noted\ndef one():\n    ...",
    "deleting": "TABLE = {1: 2, 3: 4}\ndel TABLE[1]",
    "adding": "TABLE = [1]\nTABLE += [2]",
    "a function of the interpreter": "TABLE = [1]\nlist.append(TABLE, 2)",
    "with": "import contextlib\nTABLE = []\nwith contextlib.nullcontext() as n:\n    TABLE.append(n)",
}
LEFT_OUT = {
    "what nobody reads": ("TABLE = 1\nOTHER = []\nOTHER.append(2)", "OTHER"),
    "what is only read": ("TABLE = {1: 2}\nLIMIT = max(TABLE.keys())", "LIMIT"),
    "saying something": ("TABLE = 1\nprint(TABLE)", "print"),
    "a self-check": ('TABLE = []\nif __name__ == "__main__":\n    TABLE.append(1)\n    print(TABLE)', "__main__"),
}


def taken(*texts: str) -> dict[str, object]:
    """What is bound after the files are put together, each as a piece of its own."""
    program = _Program({}, [], {})
    for number, text in enumerate(texts):
        _take_over(f"sg{number}_piece", text, program)
    found: dict[str, object] = {}
    exec("\n".join([*program.imports, *program.parts]), found)
    return found


@pytest.mark.parametrize("text", CARRIED.values(), ids=CARRIED)
def test_carried(text: str) -> None:
    alone: dict[str, object] = {}
    exec(text, alone)
    assert taken(text + ENTRY)["piece"](None)[0] == alone["TABLE"]  # type: ignore[operator]


@pytest.mark.parametrize(("text", "absent"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_left_out(text: str, absent: str) -> None:
    assert absent not in "\n".join(statement.text for statement in needed_statements(text + ENTRY))


def test_each_piece_has_its_own() -> None:
    one, two = (f"TABLE = {{}}\nfor n in (1, 2):\n    TABLE[n] = {k}{ENTRY}" for k in (1, 2))
    found = taken(one, two, one)
    values = [found[name](None)[0] for name in ("piece", "piece_2", "piece_3")]  # type: ignore[operator]
    assert values == [{1: 1, 2: 1}, {1: 2, 2: 2}, {1: 1, 2: 1}]


def test_a_setting_of_something_outside_stays() -> None:
    text = "import triton\ndef alloc(n):\n    return n\ntriton.set_allocator(alloc)\nTABLE = 1" + ENTRY
    assert any("set_allocator" in statement.text for statement in needed_statements(text))


def test_imports_under_the_same_name() -> None:
    one = "from math import floor as whole\nTABLE = whole(1.5)" + ENTRY
    two = "from math import ceil as whole\nTABLE = whole(1.5)" + ENTRY
    found = taken(one, two)
    assert [found[name](None)[0] for name in ("piece", "piece_2")] == [1, 2]  # type: ignore[operator]


def test_what_binds_no_names_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say which names"):
        needed_statements("from triton.language import *\nTABLE = 1" + ENTRY)


SCOPES = """\
helper = 1

def local():
    import m as helper
    return helper

def of_the_file():
    global helper
    helper = 2
    return [helper for x in (1,)], [helper for helper in (1,)]

class Kept:
    helper = 3

    def helper_of(self):
        return helper, self.helper

def with_one():
    for helper in (1, 2):
        pass
    return lambda helper: helper
"""


def test_names_are_changed_by_scope() -> None:
    changed = renamed_at_top(SCOPES, {"helper": "other"})
    assert ast.unparse(ast.parse(changed)) == ast.unparse(
        ast.parse(
            SCOPES.replace("helper = 1\n", "other = 1\n")
            .replace(
                "global helper\n    helper = 2\n    return [helper for x",
                "global other\n    other = 2\n    return [other for x",
            )
            .replace("return helper, self", "return other, self")
        )
    )


SHARED_STATE = {
    "a dictionary": "KEPT = {}\ndef noted(x):\n    return KEPT.setdefault('x', x)",
    "a dictionary of a call": "KEPT = dict()\ndef noted(x):\n    return KEPT.setdefault('x', x)",
    "a global": "KEPT = None\ndef noted(x):\n    global KEPT\n    KEPT = x if KEPT is None else KEPT\n    return KEPT",
    "a default": "def noted(x, kept=[]):\n    kept.append(x)\n    return kept[0]",
    "an attribute of a class": "class Kept:\n    one = None\n"
    "def noted(x):\n    Kept.one = Kept.one or x\n    return Kept.one",
    "an attribute of a function": "def noted(x):\n    noted.one = noted.one or x\n    return noted.one\n"
    "noted.one = None",
    "a cache": "import functools\n@functools.cache\ndef kept():\n    return []\n"
    "def noted(x):\n    kept().append(x)\n    return kept()[0]",
    "a class": "class Kept:\n    all = []\ndef noted(x):\n    Kept.all.append(x)\n    return Kept.all[0]",
}


@pytest.mark.parametrize("text", SHARED_STATE.values(), ids=SHARED_STATE)
def test_what_changes_is_each_pieces_own(text: str) -> None:
    """The same statement in two files binds two things, as it did when each file was judged by itself."""
    one, two = (f"{text}\n\n\ndef kernel_function(x):\n    return noted(x) + {k} * 0\n" for k in (1, 2))
    found = taken(one, two)
    assert [found["piece"](1), found["piece_2"](2)] == [1, 2]  # type: ignore[operator]


def test_what_stays_the_same_is_there_once() -> None:
    text = "SIZE = 4 * 8\ndef helper(x):\n    return x * SIZE"
    one, two = (f"{text}\n\n\ndef kernel_function(x):\n    return helper(x) + {k}\n" for k in (1, 2))
    program = _Program({}, [], {})
    for number, file in enumerate((one, two)):
        _take_over(f"sg{number}_piece", file, program)
    assert "\n".join(program.parts).count("def helper") == 1


def test_one_module_by_two_imports() -> None:
    one = "from torch import nn\nfrom os import path as p\nTABLE = (nn, p)" + ENTRY
    two = "import torch.nn as nn\nimport os.path as p\nTABLE = (p, nn)" + ENTRY
    program = _Program({}, [], {})
    for number, text in enumerate((one, two)):
        _take_over(f"sg{number}_piece", text, program)
    assert list(program.imports) == ["from torch import nn", "from os import path as p"]


def test_the_future_comes_along() -> None:
    text = "from __future__ import annotations\nTABLE = 1\n\n\ndef kernel_function(x: Unknown):\n    return TABLE, x\n"
    assert taken(text)["piece"](2) == (1, 2)  # type: ignore[operator]


def test_a_pattern_binds_a_functions_own() -> None:
    text = "last = 64\n\n\ndef f(x):\n    match x:\n        case [rows, last, *more] | [rows, last] as more:\n"
    text += "            return last, more\n        case {'a': 1, **last}:\n            return last\n    return None\n"
    renamed = renamed_at_top(text, {"last": "last_2", "more": "other"})
    assert renamed == text.replace("last = 64", "last_2 = 64")


def test_statements_on_one_line() -> None:
    one, two = (f"import os; import math; TABLE = {k}; OTHER = TABLE{ENTRY}" for k in (1, 2))
    found = taken(one, two)
    assert [found[name](None)[0] for name in ("piece", "piece_2")] == [1, 2]  # type: ignore[operator]


def test_what_a_comprehension_goes_over_is_made_outside() -> None:
    text = "DIM = 4\n\n\ndef f(x):\n    return [DIM * y for DIM in range(DIM) for y in range(DIM)]\n"
    expected = "DIM_2 = 4\n\n\ndef f(x):\n    return [DIM * y for DIM in range(DIM_2) for y in range(DIM)]\n"
    assert renamed_at_top(text, {"DIM": "DIM_2"}) == expected


def test_a_class_may_read_what_it_bound_before() -> None:
    text = "N = 7\n\n\nclass K:\n    N = 4\n    M = N * 2\n\n\nTABLE = K.M + N" + ENTRY
    assert taken(text)["piece"](None)[0] == 15  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def kernel_function(a, b):\n    ...\n\n\ndef kernel_function(b, a):\n    ...\n", "bound a second time"),
        ("DIM = 1\n\n\ndef f():\n    class Sizes:\n        DIM = DIM\n    return Sizes\n" + ENTRY, "Sizes reads DIM"),
        ("def mark(f):\n    return f\n\n\n@mark\ndef kernel_function(a):\n    ...\n", "may call kernel_function in"),
        (
            "WARPS = 1\n\n\nclass Options:\n    WARPS = WARPS * 2\n" + ENTRY,
            "reads WARPS, which it binds itself",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        needed_statements(text)


def test_marks_that_keep_the_arguments() -> None:
    text = "import torch\n\n\n@torch.no_grad()\ndef kernel_function(a):\n    ...\n"
    assert len(needed_statements(text)) == 2
