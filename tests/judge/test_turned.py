"""Which decisions of a wrapper are told to have gone one way, and that watching them changes nothing else."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from kernelagent.worker.judge.entry_points import load_file
from kernelagent.worker.judge.turned import Turned
from torch.utils._python_dispatch import TorchDispatchMode

SIZES = (0, 1, 5, 64, 300, 4000)
"""What ``kernel_function`` is called with in the tests below, as the only thing that varies."""


TABLE: dict[str, tuple[str, list[str]]] = {
    "a bound that no size reaches": (
        "'a' if n * n > 100_000_000 else 'b'",
        ["`n * n > 100_000_000` was true in no case"],
    ),
    "one that some do": ("'a' if n * n > 100_000 else 'b'", []),
    "handed on as a value": ("dict(large=n >= 5_000)", ["`n >= 5_000` was true in no case"]),
    "by way of a name": ("(q := n // 5_000) and q", ["`q := n // 5_000` was true in no case"]),
    "one operand of several": ("n > 3 and n < 9_000 and 1", ["`n < 9_000` was false in no case"]),
    "by negation": ("1 if not n // 5_000 else 2", ["`n // 5_000` was true in no case"]),
    "the least of two": ("min(n, 132 * 64)", ["`min(n, 132 * 64)` took `132 * 64` in no case"]),
    "that both were": ("min(n, 132)", []),
    "at least one": ("max(n, 1)", []),
    "at least one, of what never comes past it": (
        "max(1, n // 4_000)",
        ["`max(1, n // 4_000)` took `n // 4_000` in no case"],
    ),
    "what a function of the file gives": ("1 if share(n) else 2", ["`share(n)` was true in no case"]),
    "by an index": ("('a', 'b')[n // 5_000]", ["`('a', 'b')[n // 5_000]` took `'b'` in no case"]),
    "by an index that takes all": ("('a', 'b')[n // 64 % 2]", []),
    "by a constant index": ("('a', 'b')[-1]", []),
    "by a key": (
        "{0: 'a', 1: 'b'}.get(n // 4_000, 'c')",
        ["`{0: 'a', 1: 'b'}.get(n // 4_000, 'c')` took `'c'` in no case"],
    ),
    "by a key of the file's": ("NAMED[n // 5_000]", ["`NAMED[n // 5_000]` took `2.5` in no case"]),
    "by a key that never varies": ("NAMED[FIXED // 7]", []),
    "by a quotient that varies": ("n // 64", []),
    "in a list": ("[i for i in (n,) if i > 9_000]", ["`i > 9_000` was true in no case"]),
    "in a chain": ("0 <= n < 9_000", ["`0 <= n < 9_000` was false in no case"]),
    "by operator": ("operator.gt(n, 9_000)", ["`operator.gt(n, 9_000)` was true in no case"]),
    "of what never varies": ("1 if FIXED > 100 else 2", []),
    "of what is given": ("1 if n is not None else 2", []),
    "of a type": ("1 if isinstance(n, int) else 2", []),
    "sizes that are one and the same": ("1 if n == again(n) else 2", []),
}

FILE = """import operator

FIXED = 7
NAMED = {{0: 1.5, 1: 2.5}}


def share(n):
    return n // 5_000


def again(n):
    return n


def kernel_function(n):
    return {expression}
"""


def loaded(source: str, folder: Path) -> tuple[Turned, ModuleType]:
    file = folder / "kernel.py"
    file.write_text(source, encoding="utf-8")
    turned = Turned()
    return turned, load_file(file, turned.loader)


@pytest.mark.parametrize("name", TABLE)
def test_decisions(name: str, tmp_path: Path) -> None:
    expression, wanted = TABLE[name]
    turned, module = loaded(FILE.format(expression=expression), tmp_path)
    plain: dict[str, object] = {}
    exec(FILE.format(expression=expression), plain)
    for n in SIZES:
        with turned:
            assert module.kernel_function(n) == plain["kernel_function"](n)  # type: ignore[operator]
    assert turned.unseen() == [(16, what) for what in wanted]


STATEMENTS = """import warnings
def kernel_function(n):
    if n > 9_000:
        raise ValueError("too many")
    if n > 8_000:
        warnings.warn("many")
    assert n < 9_000
    if n == 0:
        return 0
    num_warps = 4
    if n > 9_000:
        num_warps = 8
    kernel[(1,)](n, num_warps=num_warps)
    launch[(1,)](n, num_stages=3 if n > 9_000 else 4)
    rows, columns = Shaped(n, 40).shape
    columns = max(16, columns)
    block = 16
    while block < n:
        block *= 2
    return chosen(block)


def chosen(block):
    if block > 8_192:
        return "many"
    return "few"


class Launched(dict):
    def __getitem__(self, grid):
        return lambda *given, **options: None


kernel = launch = Launched()
class Shaped:
    def __init__(self, *sizes):
        self.shape = sizes


LARGE = 1 if len("x") > 5 else 2
"""


def test_what_cannot_go_otherwise_or_matter_is_left_out(tmp_path: Path) -> None:
    turned, module = loaded(STATEMENTS, tmp_path)
    for n in SIZES[1:]:
        with turned:
            module.kernel_function(n)
    assert turned.unseen() == [(24, "`block > 8_192` was true in no case")]


ATTEMPTS = """def kernel_function(n):
    try:
        found = 1 // n
    except ZeroDivisionError:
        return 0
    except OverflowError:
        return 1
    except ValueError:
        raise RuntimeError from None
    try:
        return found + {}[n]
    except KeyError:
        return found
"""


def test_handlers_that_no_case_entered(tmp_path: Path) -> None:
    turned, module = loaded(ATTEMPTS, tmp_path)
    for n in SIZES:
        with turned:
            module.kernel_function(n)
    told = [(6, "`except OverflowError` was entered in no case"), (10, "`try` went to its end in no case")]
    assert turned.unseen() == told


MATCHING = """def kernel_function(n):
    match n // 64:
        case 0 | 1:
            return "few"
        case blocks if blocks > 5_000:
            return "very many"
        case 70:
            return "seventy"
        case -1:
            raise ValueError("less than nothing")
        case _:
            return "many"
"""


def test_cases_that_nothing_came_to(tmp_path: Path) -> None:
    turned, module = loaded(MATCHING, tmp_path)
    for n in SIZES:
        with turned:
            assert module.kernel_function(n) == ("few" if n < 128 else "many")
    told = [(5, "`blocks > 5_000` was true in no case"), (7, "`case 70` was come to in no case")]
    assert set(told) <= set(turned.unseen())
    assert not {3, 9, 11} & {line for line, _ in turned.unseen()}


def test_lines_stay_what_they_are(tmp_path: Path) -> None:
    turned, module = loaded("\n\ndef kernel_function(n):\n    return 1 if n > 1 / n else 2\n", tmp_path)
    with turned, pytest.raises(ZeroDivisionError) as caught:
        module.kernel_function(0)
    assert [frame.lineno for frame in traceback.extract_tb(caught.tb)][-1] == 4


def test_a_file_has_no_name_for_what_watches_it(tmp_path: Path) -> None:
    _, module = loaded(FILE.format(expression="n > 5"), tmp_path)
    given = [name for name, value in vars(module).items() if getattr(value, "__self__", None).__class__ is Turned]
    assert given and not any(name.isidentifier() for name in given)


def test_to_look_at_a_tensor_is_nothing_that_the_module_does() -> None:
    operators: list[str] = []

    class Heard(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            operators.append(str(func))
            return func(*args, **(kwargs or {}))

    source = "import torch\ndef f(x):\n    return torch.where(x.max() > 3.0, x - 1.0, [x, -x][(x.sum() > 0).long()])\n"
    turned, namespace = Turned(of_a_module=True), dict[str, Any]()
    turned.give(namespace)
    exec(compile(turned.watched(source), "f.py", "exec"), namespace)
    with turned, Heard():
        namespace["f"](torch.ones(4))
    assert [name for name in operators if "gt" in name]
    # the index that is a tensor reads it once itself
    assert sum("_local_scalar_dense" in name for name in operators) == 1
