"""A live module as a target, and that target as a module again."""

from __future__ import annotations

import functools
import importlib
import linecache
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.driver import isolation
from kernelagent.driver.stages import load
from kernelagent.errors import InitFailed, KernelAgentError, NotAModule, NotPicklable
from kernelagent.live.literal import literal
from kernelagent.live.own_text import own_text
from kernelagent.live.saving import live_target
from kernelagent.worker.problem import build_model

BLOCK = (
    "import torch\nclass Block(torch.nn.Module):\n    def __init__(self, n, act):\n        super().__init__()\n"
    "        self.fc, self.act = torch.nn.Linear(n, n), act\n"
    "    def forward(self, x):\n        return self.act(self.fc(x))\n"
)


@pytest.fixture
def block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "own_block.py").write_text(BLOCK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("own_block").Block
    for name in ("own_block", "_fused_own_block"):
        sys.modules.pop(name, None)


def problem_of(module: torch.nn.Module, use: Callable[[Problem], None]) -> None:
    with live_target(module, init_given=False) as target:
        use(load.read(target, Options(inputs="(torch.randn(2, 4),)", init="'live'")).problem)


def test_weights_modes_and_dtypes_come_out_as_they_are(block: Any) -> None:
    module = block(4, functools.partial(torch.clamp, min=0.5)).half().eval()
    module.fc.bias.requires_grad_(False)

    def check(problem: Problem) -> None:
        assert Path(problem.file).name == "own_block.py"  # its own file, with its own lines
        made = build_model(problem, seed=3)
        assert not made.training
        assert [p.requires_grad for p in made.parameters()] == [True, False]
        assert torch.equal(made.fc.weight, module.fc.weight)  # type: ignore[arg-type, union-attr]
        assert made.act.keywords == {"min": 0.5}  # type: ignore[union-attr]
        with pytest.raises(InitFailed, match="process that had it is gone"):
            build_model(problem.without_live_file())
        folder = str(Path(problem.live.file).parent)  # type: ignore[union-attr]
        private = [Path(file) for file in problem.private_files]
        assert folder in isolation.choose("limits", sys.executable, private).project

    problem_of(module, check)


def test_an_installed_class_is_imported() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh())

    def check(problem: Problem) -> None:
        assert problem.class_name == "Sequential"
        x = torch.randn(2, 4)
        assert torch.equal(build_model(problem)(x), module(x))

    problem_of(module, check)


@pytest.mark.parametrize(
    ("module", "error", "told"),
    [
        (lambda block: block(4, lambda x: x), NotPicklable, "lambda"),
        (lambda block: torch.nn.LazyLinear(3), NotPicklable, "call|size"),
        (lambda block: torch.nn.Linear(2, 2, device="meta"), NotPicklable, "meta"),
        (lambda block: 3, NotAModule, "int"),
    ],
)
def test_what_cannot_be_saved(block: Any, module: Any, error: type[KernelAgentError], told: str) -> None:
    with pytest.raises(error, match=told), live_target(module(block), init_given=False):
        pass


def test_a_file_that_has_changed_since_its_import(block: Any, tmp_path: Path) -> None:
    module = block(4, torch.relu)
    (tmp_path / "own_block.py").write_text(BLOCK.replace("self.act(", "2 * self.act("), encoding="utf-8")
    with pytest.raises(NotPicklable, match="has changed since"), live_target(module, init_given=False):
        pass


CELLS = [
    "import torch.nn as nn\nfrom math import pi as half_turn\nWIDTH = 4\ndef twice(x):\n    return 2 * x\n",
    "class Cell(nn.Module):\n    def forward(self, x, *, b):\n        own = x.max\n"
    "        return twice(x) * half_turn + WIDTH\n",
]


def cells(*texts: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, text in enumerate(texts):
        name = f"<cell {number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec", dont_inherit=True), namespace)
    return namespace


def test_the_text_of_cells() -> None:
    assert own_text(["Cell"], {**cells(*CELLS), "b": object(), "max": object()}) == (
        "import torch\nimport torch.nn as nn\n\n\n"
        "def twice(x):\n    return 2 * x\n\n\n"
        "half_turn = 3.141592653589793\n\n\nWIDTH = 4\n\n\n" + CELLS[1]
    )


def test_what_a_cell_uses_and_has_no_text() -> None:
    namespace = cells(*CELLS)
    namespace["WIDTH"] = object()
    with pytest.raises(NotPicklable, match="Cell uses WIDTH, a object"):
        own_text(["Cell"], namespace)


BRANCHES = """
import torch.nn as nn
def orig(x): return x * 0.125
act = orig
if True:
    def quarter(x):
        return x * 0.25
try:
    from no_such_package import Norm
except ImportError:
    class Norm(nn.Module):
        def forward(self, x): return x * 0.5
"""
MADE = """
def make(s):
    def inner(x): return x * s
    return inner
act = make(3.0)
@make
def decorated(x): return x
"""


def test_what_a_branch_defines_and_another_name_for_it() -> None:
    users = "class Cell(nn.Module):\n    def forward(self, x):\n        return Norm()(quarter(act(x)))\n"
    found: dict[str, Any] = {"__name__": "elsewhere"}
    exec(own_text(["Cell"], cells(BRANCHES, users)), found)
    assert found["Cell"]()(8.0) == 0.125


@pytest.mark.parametrize("name", ["act", "decorated"])
def test_a_function_that_a_call_made_has_no_text(name: str) -> None:
    with pytest.raises(NotPicklable, match=f"{name} is inner, which a call of make made"):
        own_text([name], cells(MADE))


def test_a_class_without_functions_is_that_of_the_cell_that_ran_last() -> None:
    namespace = cells("class Own:\n    scale = 2.0\n", "class Own:\n    scale = 3.0\n")
    exec(compile("class Own:\n    scale = 2.0\n", "<cell 0>", "exec"), namespace)  # run again: its old place
    assert "scale = 2.0" in own_text(["Own"], namespace)


CONSTANTS = """
import typing
import torch
from torch import nn
LOW = float("-inf")
SHAPE = torch.Size([2, 3])
TABLE = {"a": (1, [float("nan"), 2.5], {3}), torch.float16: slice(None, 4)}
HOME = torch.device("cpu")
class Kept:
    width = 4
Pair = typing.Tuple[torch.Tensor, "int | None" and typing.Optional[Kept]]
Either = int | float
Act = typing.Callable[[torch.Tensor], torch.Tensor]
How = typing.Literal["sum", "mean"]
T = typing.TypeVar("T")
class Cell(nn.Module):
    def forward(self, x: T, f: Act, how: How) -> Pair:
        return x.masked_fill(x < 0, LOW), SHAPE, TABLE, HOME, isinstance(3, Either)
"""


def test_plain_constants_and_types_have_a_text() -> None:
    text = own_text(["Cell"], cells(CONSTANTS))
    found: dict[str, Any] = {"__name__": "elsewhere"}
    exec(text, found)
    assert found["LOW"] == float("-inf")
    assert (found["SHAPE"], found["HOME"]) == (torch.Size([2, 3]), torch.device("cpu"))
    assert repr(found["TABLE"]) == "{'a': (1, [nan, 2.5], {3}), torch.float16: slice(None, 4, None)}"
    kept: Any = found["Kept"]
    assert kept.width == 4
    assert typing.get_args(found["Pair"]) == (torch.Tensor, kept | None)
    assert isinstance(3, found["Either"])
    assert (found["How"], found["T"].__name__) == (typing.Literal["sum", "mean"], "T")
    assert typing.get_args(found["Act"]) == ([torch.Tensor], torch.Tensor)


@pytest.mark.parametrize("value", [object(), [object()], {1: object()}, torch.ones(2), (lambda: 0,)])
def test_what_is_no_plain_constant_has_none(value: Any) -> None:
    assert literal(value) is None


def test_a_constant_that_holds_itself_has_no_text() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    assert literal(ring) is None
