"""A file that a model composed is given out without what nothing in it uses; all else stays as it is, to the letter."""

from __future__ import annotations

import pytest
from kernelagent.static.unused import without_unused
from rewriting import DEAD_CODE, WHOLE, with_dead_code

ENTRIES = ("kernel_function", "GuardedTriton")
FILE = """\
import torch
import triton


@triton.jit
def kernel(x):
    pass


{}


def kernel_function(x):
    kernel[(1,)](x)
    return torch.empty_like(x)
"""
BARE = FILE.replace("{}\n\n\n", "")


def test_a_file_without_is_the_very_same() -> None:
    for text in (WHOLE, f"# ours\n\n{WHOLE}\n\nif __name__ == '__main__':\n    print(kernel_function)\n"):
        assert without_unused(text, ENTRIES) is text


@pytest.mark.parametrize(
    ("first", "between", "second", "goes"),
    [
        ("import torch", "", "import torch", True),
        ("UNROLL = 1", "", "UNROLL = 2", True),
        ("def blocks(x):\n    return 1", "", "def blocks(x):\n    return blocks(x - 1) if x else 2", True),
        ("import torch.nn", "", "import torch", False),
        ("UNROLL = 1", "TWICE = 2 * UNROLL", "UNROLL = 2", False),
        ("UNROLL = 1", "", "UNROLL = UNROLL + 1", False),
        ("UNROLL = 1", "UNROLL += 1", "UNROLL = 2", False),
        ("UNROLL = 1", "del UNROLL", "UNROLL = 2", False),
        ("UNROLL = 1", "TWICE = read()", "UNROLL = 2", False),
        ("UNROLL = 1", "exec('TWICE = UNROLL')", "UNROLL = 2", False),
        ("UNROLL = 1", "@triton.jit\ndef blocks(x):\n    return UNROLL", "UNROLL = 2", True),
        ("def blocks(x):\n    return 1", "", "@blocks\ndef blocks(x):\n    return 2", False),
    ],
)
def test_what_is_bound_anew_before_it_is_read_goes(first: str, between: str, second: str, goes: bool) -> None:
    used = "print(torch.nn, UNROLL, TWICE, blocks)\n"
    parts = [BARE.rstrip().replace("import torch\n", "")]
    kept = "\n".join(part for part in (between, second) if part)
    text = "\n\n\n".join([f"import torch\nUNROLL, TWICE, blocks = 0, 0, 0\n{used}", first, kept, f"{used}", *parts])
    shorter = without_unused(text, ENTRIES)
    assert shorter.count(first) == text.count(first) - goes
    assert kept in shorter


def test_dead_code_goes_with_its_comments() -> None:
    assert DEAD_CODE in with_dead_code(WHOLE)
    assert without_unused(with_dead_code(WHOLE), ENTRIES) == WHOLE


@pytest.mark.parametrize(
    "dead",
    [
        "LEFT = 3",
        "LEFT: int = 3  # never read",
        "import math",
        "from math import pi as LEFT, e",
        "# all of it\n# of old\n@triton.jit\ndef left(x):\n    left(x)",
        "@triton.autotune(configs=[], key=[])\n@triton.jit\ndef left(x):\n    pass",
        "class Left(torch.nn.Module):\n    pass",
        "async def left():\n    pass",
        "FIRST = 1\n\n\ndef left():\n    return FIRST\n\n\nTABLE = {'x': left}",
        "LIST = [\n    1,\n\n    2,\n]",
        "LEFT = RIGHT = None",
        "BLOCK_M, (BLOCK_N, _) = 64, (128, 1)",
        "DTYPES = dict(half=torch.float16)\nNAMES = frozenset(DTYPES)\nROWS = triton.cdiv(3, 2)",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from typing import Any",
        "import triton.language as tl\n\nBLOCK = tl.constexpr(max(2, 3))",
    ],
)
def test_what_nothing_uses(dead: str) -> None:
    assert without_unused(FILE.format(dead), ("kernel_function",)) == BARE


@pytest.mark.parametrize(
    "alive",
    [
        "LIST = []\nLIST.append(3)",
        "torch.set_num_threads(1)",
        "assert torch.__version__ > '1'",
        "try:\n    import left\nexcept ImportError:\n    left = None",
        "for name in (1, 2):\n    pass",
        "ONE = 1; TWO = 2",
        "_ = torch.set_num_threads(1)",
        "LEFT: object = print('here')",
        "__all__ = ['kernel_function', 'Other']\n\n\nclass Other:\n    pass",
        "COMPUTED_BY_PYTORCH = ()",
        "@torch.library.impl('a::b', 'cpu')\ndef left(x):\n    return x",
        "def check():\n    return 1\n\n\nif __name__ == '__main__':\n    check()",
        "def named():\n    return 1\n\n\nprint(globals()['named'])",
    ],
)
def test_what_may_do_something_stays(alive: str) -> None:
    text = FILE.format(alive)
    assert without_unused(text, ("kernel_function",)) is text


def test_a_kernel_that_nothing_launches_is_left_for_the_judge() -> None:
    text = BARE.replace("    kernel[(1,)](x)\n", "")
    assert without_unused(text, ("kernel_function",)) is text


def test_a_cycle_of_functions_is_dead_as_a_whole() -> None:
    dead = "def one(x):\n    return two(x)\n\n\ndef two(x):\n    return one(x)"
    assert without_unused(FILE.format(dead), ("kernel_function",)) == BARE
