"""What a model's PyTorch may say: attacks on the process that runs it as a reference, and honest modules."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import rewriting
from kernelagent.static import plain_source
from kernelagent.worker import plain_torch
from pieces_of_net import NET

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))


@functools.cache
def installed() -> tuple[dict[str, list[str]], list[str]]:
    return plain_torch.names(), plain_torch.attributes()


def findings(text: str) -> list[str]:
    return plain_source.findings(text, *installed())


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from torch import load",
        "import torch\ntorch.load('x')",
        "import torch\ntorch.relu = None",
        "import torch.nn.functional as F\nF.relu.kept = 1",
        "import torch.nn.functional as F\nrelu = F.relu\ndel relu.kept",
        "import torch\ntorch.hub.load('x')",
        "import torch\ntorch.utils.cpp_extension.load_inline('x')",
        "import torch\ntorch.ops.load_library('x.so')",
        "open('x')",
        "getattr(object, 'x')",
        "().__class__",
        "x = __builtins__",
        "import torch.nn as nn\nnn.Module.__subclasses__()",
        "import torch\ntorch.nn.modules.module.os",
        "import torch\ntorch.Tensor.tofile",
        "import torch\ntorch.functional.torch.load('x')",
        "import torch as t\nt.save(1, 'x')",
        "import torch\ntorch.onnx.export",
        "import collections\ncollections._sys.modules",
        "import typing\ntyping.get_type_hints",
        "import dataclasses\ndataclasses.sys",
        "from torch.nn import Module, functional\nfunctional.os",
        "import functools\nfunctools.reduce(__import__, 'x')",
        "from . import x",
        "def (",
        "x = 1\n" * 100_000,
        # by way of a module that an allowed module holds
        "import dataclasses\ndataclasses.re.enum.bltns.exec('x')",
        "import torch\ntorch.utils.collect_env.run('id')",
        "import torch\ntorch.cuda.memory._dump_snapshot('x')",
        "import torch\ntorch._jit_internal.io.open('x')",
        "import torch\ntorch.logging.FileHandler('x')",
        "import torch\ntorch.platform.popen('id')",
        "import torch\ntorch.from_file('x', size=1)",
        "import torch\ntorch.ops.aten.from_file('x')",
        "import torch\ntorch.ops.aten.save(1, 'x')",
        "import torch\ntorch.ops.loaded_libraries",
        "import typing\ntyping.operator.attrgetter('__globals__')",
        "from typing import sys",
        "from torch import nn\nfrom torch.nn import modules",
        "import torch.utils.data",
        "from torch import *",
        # a module that is handed on, from which anything could be taken
        "import torch\nt = torch",
        "import torch\ndef f(m):\n    return m.platform\nf(torch)",
        "import torch\n[torch][0].platform",
        "import torch\nclass A:\n    m = torch.nn",
        "from torch.nn import functional\nx = (functional,)",
        "import torch\ndef f(m=torch):\n    pass",
        "import torch\nfor m in (torch,):\n    pass",
        "import math\nx = {'m': math}",
        "import torch\nx = torch.ops.aten",
        # names of attributes as strings
        "import functools, torch\nfunctools.wraps(torch.relu, assigned=('__globals__',))",
        "import functools\nfunctools.update_wrapper",
        "match print:\n    case object(__self__=b):\n        pass",
        "X = type('X', (), {'__match_args__': ('__globals__',)})",
        "class M(type):\n    pass",
        "class A:\n    def __getattr__(self, name):\n        pass",
        "class A:\n    def __torch_function__(cls, f, t, a, k):\n        pass",
        "class A:\n    __match_args__ = ('__globals__',)",
        "import dataclasses\ndataclasses.make_dataclass",
        # texts that become code, or names of attributes
        "from dataclasses import dataclass\nclass A:\n    pass\ndataclass(A)",
        "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    a = field()",
        "from dataclasses import field\nclass A:\n    a: int = field()",
        "import dataclasses\nd = dataclasses.dataclass",
        "x = type(type(1))",
        "def f(x):\n    return type(x)('H', (), {'a b': int})",
        "def f(x):\n    kind = type(x)\n    return kind('H', (), {'a b': int})",
        "def f(x):\n    return [type(x)]",
        "class A(metaclass=print):\n    pass",
        "x = {'__annotations__': {'a b': int}}",
        "def f(x: [print('x')][0]):\n    pass",
        "def f(x: '[1][0]'):\n    pass",
        "def f(x: int if 1 else str):\n    pass",
        "class A:\n    a: (lambda: 1)",
        "T = '[1][0]'\ndef f(x: T):\n    pass",
        "class A:\n    T = 'print(1)'\ndef f(x: A.T):\n    pass",
        "print('{0.__class__.__init__.__globals__}'.format(1))",
        "T = '{0.a}'\nprint(T.format(1))",
        "print(str.format('{0.a}', 1))",
        "x = map('{0.a}'.format, (1,))",
        "print('{a[b]}'.format_map({}))",
        # Python's own
        "vars()",
        "memoryview(b'x')",
        "f = eval",
        "x = dir(1)",
        "try:\n    pass\nexcept Exception as e:\n    e.__traceback__",
        "(i for i in ()).gi_frame.f_builtins",
        # private attributes that are not the file's own
        "import torch\ntorch.zeros(1)._typed_storage()",
        "import torch\nclass A(torch.Tensor):\n    def _typed_storage(self):\n        return self._typed_storage()",
        "def f(x):\n    x._made = 1\n    return x._made",
    ],
)
def test_what_is_not_plain(text: str) -> None:
    assert findings(text)


HONEST = """\
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Optional

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn import functional, init
from torch.nn.parameter import Parameter


@dataclass(frozen=True)
class Sizes:
    width: int = 8
    kinds: Optional["list[Literal['a b', 1]]"] = field(default=None)


def scaled(x: Tensor, by: float) -> Tensor:
    return x * by


class Block(nn.Module):
    eps: float = 1e-5

    def __init__(self, width: int, act: Optional[Callable[[Tensor], Tensor]] = None) -> None:
        super().__init__()
        self.layers = nn.Sequential(OrderedDict(first=nn.Linear(width, width), norm=nn.LayerNorm(width)))
        self.weight = Parameter(torch.empty(width, width, dtype=torch.float32))
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.register_buffer("_mask", torch.tril(torch.ones(width, width, dtype=torch.bool)))
        self._scale = partial(scaled, by=1.0 / math.sqrt(width))
        self.act = act if act is not None else F.gelu

    def _mixed(self, x: Tensor) -> Tensor:
        return torch.einsum("bi,ij->bj", x, self.weight.masked_fill(~self._mask, 0.0))

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        if not isinstance(x, torch.Tensor) or type(x) is not torch.Tensor:
            raise TypeError(f"{type(x).__name__} is no tensor")
        for layer in self.layers.children():
            x = layer(x)
        x = self._scale(self._mixed(x)) + torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        x = functional.softmax(x.to(torch.float16), dim=-1, dtype=torch.float32)
        return self.act(torch.special.expit(x)).clamp(min=torch.finfo(x.dtype).eps, max=float("inf"))


def get_inputs():
    torch.manual_seed(0)
    return [torch.randn(4, Sizes().width, device="cuda" if torch.cuda.is_available() else "cpu")]


def get_init_inputs():
    return [Sizes().width]


if __name__ == "__main__":
    print(Block(*get_init_inputs())(*get_inputs()).shape)
"""


@pytest.mark.parametrize(
    "text",
    [
        "def f(eval):\n    class C:\n        run = eval\n        eval = None\n    return C.run",
        "def f(eval=eval):\n    return eval",
        "def f(eval):\n    def g():\n        global eval\n        return eval\n    return g",
        "def f(x, of=eval):\n    return of",
        "def f(input):\n    return x\n\n\ny = input",
        "def f(x):\n    return [eval for eval in [eval]]",
        "def f(x):\n    class C:\n        run = eval\n        eval = x\n    return C.run",
        "def f(x):\n    global eval\n    eval = x\n    return eval",
        "def f(x):\n    def g(y):\n        eval = y\n    return eval",
        "def f(x):\n    return [eval for y in x], [y for eval in x]",
    ],
)
def test_a_builtin_is_one_where_no_argument_is_meant(text: str) -> None:
    assert findings(text)


@pytest.mark.parametrize(
    "text",
    [
        "def f(self, input, id):\n    return [(lambda dir: dir + input)(y) for y in (input, id)]",
        "def f(self, type):\n    return type.isnan() + type",
        "def f(x):\n    input = x + 1\n    for dir in x:\n        input += dir\n    return [id for id in input if id]",
        "def f(x):\n    vars = {id: dir for id, dir in x}\n    return lambda: vars",
    ],
)
def test_arguments_and_variables_may_be_called_like_builtins(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize("text", [rewriting.REWRITTEN, rewriting.GUARDED, NET, HONEST])
def test_what_is_plain(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_are_plain(file: Path) -> None:
    assert findings(file.read_text(encoding="utf-8")) == []


def test_small_things_that_are_plain() -> None:
    assert findings("import torch\nfor m in torch.nn.Module().modules():\n    m.eval()\n") == []
    assert findings("import torch\nx = torch.nn.utils.rnn.pad_sequence\ny = torch.ops.aten.relu.default\n") == []


def test_classes_of_results_are_plain() -> None:
    told = "def f(x):\n    return '{} and {:>3}'.format(type(x).__name__, x)\n"
    assert findings(told) == []
    again = "class A:\n    def m(self):\n        return type(self)(self.a, 2, 3)\n"
    assert findings(again) == []
    named = "from typing import NamedTuple\nimport torch\n\n\nclass Parts(NamedTuple):\n    a: torch.Tensor\n"
    assert findings(named) == []
    assert findings('from collections import namedtuple\nParts = namedtuple("Parts", ["a"])\n') == []


def test_no_name_that_may_be_used_is_a_module() -> None:
    import types
    from importlib import import_module

    for path, names in plain_torch.names().items():
        assert len(names) > 1 or path in ("torch.ops", "torch.nn.utils"), path
        module = import_module("torch") if path.startswith("torch.ops") else import_module(path)
        for name in names:
            assert not isinstance(getattr(module, name), types.ModuleType), f"{path}.{name}"
