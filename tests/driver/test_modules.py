"""Which classes of a source text count as modules."""

from __future__ import annotations

import pytest
from kernelagent.driver.target import modules_in

CASES = {
    "import torch.nn as nn\nclass A(nn.Module): pass": ["A"],
    "import torch\nclass A(torch.nn.Module): pass": ["A"],
    "import torch as t\nclass A(t.nn.Module): pass": ["A"],
    "from torch import nn\nclass A(nn.Sequential): pass": ["A"],
    "from torch.nn import Module\nclass A(Module): pass": ["A"],
    "from torch.nn import Module as M\nclass A(M): pass": ["A"],
    "from torch.nn.modules.module import Module\nclass A(Module): pass": ["A"],
    "from torch import nn\nBase = nn.Module\nclass A(Base): pass": ["A"],
    "from torch import nn\nclass A(nn.Module): pass\nclass B(A): pass\nclass C(B): pass": ["A", "B", "C"],
    "from torch import nn\nclass B(A): pass\nclass A(nn.Module): pass": ["B", "A"],
    "from typing import Generic\nfrom torch import nn\nclass A(nn.Module, Generic[T]): pass": ["A"],
    "from .base import Base\nclass A(Base):\n    def forward(self, x): return x": ["A"],
    "from .base import Base\nclass A(Base): pass": [],
    "import torch\nclass F(torch.autograd.Function):\n    def forward(ctx, x): return x": [],
    "class A:\n    def forward(self, x): return x": [],
    "class A(dict):\n    def forward(self, x): return x": [],
    "import torch\nclass P(torch.nn.Parameter): pass": [],
    "from torch import nn\nclass Outer(nn.Module):\n    class Inner(nn.Module): pass": ["Outer", "Outer.Inner"],
    "from torch import nn\nif nn:\n    class A(nn.Module): pass\nelse:\n    class B(nn.Module): pass": ["A", "B"],
    "from torch import nn\nif True:\n    class A(nn.Module): pass\nelse:\n    class B(nn.Module): pass": ["A"],
    "from torch import nn\ntry:\n    import x\nexcept ImportError:\n    class A(nn.Module): pass": ["A"],
    "from torch import nn\ndef make():\n    class A(nn.Module): pass": [],
    "": [],
}


@pytest.mark.parametrize("source", CASES)
def test_which_classes_are_modules(source: str) -> None:
    assert [module.name for module in modules_in(source)] == CASES[source]


def test_where_a_class_stands() -> None:
    head = "from torch import nn\n\x0c\n@decorated(\n    1)\n"
    source = head + "class Ä(nn.Module):\n    def forward(self, x):\n        return x\n"
    (module,) = modules_in(source)
    assert (module.line, module.end_line, module.column) == (5, 7, 0)


def test_columns_count_characters() -> None:
    source = "from torch import nn\nif 'ä' == 'ö': pass; x = 1\nif True:\n    class A(nn.Module): pass"
    (module,) = modules_in(source)
    assert module.column == 4


def test_a_syntax_error_is_the_callers() -> None:
    with pytest.raises(SyntaxError):
        modules_in("class A(:")
