"""Wrapper code → what the static check says of it."""

from __future__ import annotations

import pytest
from kernelagent.static.scan import scan
from kernelagent.static.text import kernel_text

KERNEL = """
import math
import torch
import triton
import triton.language as tl
import torch.nn.functional as F
from torch import nn

@triton.jit
def kernel(x_ptr, BLOCK: tl.constexpr):
    pass

"""

HONEST = {
    "allocation": "out = torch.empty_like(x)",
    "zeros for atomics": "out = torch.zeros(x.shape[:-1], dtype=torch.float32, device=x.device)",
    "views": "out = x.permute(0, 2, 1).contiguous().view(-1, x.size(-1)).expand(4, -1).t()",
    "casts": "out = x.to(torch.float16).reshape(x.shape)",
    "sizes": "grid = (triton.cdiv(x.numel(), 64) * max(1, x.stride(0)), math.ceil(x.shape[0] / 2))",
    "size arithmetic": "n = (x.shape[0] - 3 + 2 * 1) // 2 + 1",
    "the setting that allows TF32": "out = 'tf32' if torch.backends.cuda.matmul.allow_tf32 else 'tf32x3'",
    "devices": "out = torch.cuda.get_device_capability()[0] if torch.cuda.is_available() else 8",
    "assertion": "assert x.is_contiguous() and x.dtype == torch.float32",
    "annotated": "out: torch.Tensor = torch.empty(1)",
    "python maths": "scale = 1.0 / math.sqrt(x.shape[-1]); bits = math.log2(8)",
    "getattr on itself": "eps = getattr(x, 'eps', 1e-5)",
    "a seed by item": "seed = torch.randint(0, 2**31, (1,)).item()",
    "a seed by item, of several": "seeds = torch.randint(0, 2**31, (4,))\n    seed = seeds[2].item()",
    "padding": "out = F.pad(x, (0, 3))",
    "streams": "side = torch.cuda.Stream()\n    with torch.cuda.stream(side):\n        out = torch.empty(1)",
    "own attributes": "kernel_function.calls = getattr(kernel_function, 'calls', 0)",
    "an environment variable of its own": "import os\n    out = os.environ.get('ROWS', '1')",
    "annotation": "out: 'torch.Tensor | None' = None",
    "annotations of a function": "def inner(a: 'torch.dtype', *b: int, c: tuple[int, ...] = ()) -> None: pass",
    "annotations of typing": (
        "import typing\n    def inner(a: typing.Literal['a b', -1], b: typing.Callable[[int], None]): pass"
    ),
    "annotation by a name of the file": (
        "Pair = tuple[int, int]\n    class C:\n        a: 'C | None'\n    def inner(a: Pair, b: C): pass"
    ),
    "class that is asked for": "out = type(x) is torch.Tensor or type(x).__name__ in ('a', f'{type(x)}')",
    "another of its own": "class C:\n        def m(self):\n            return type(self)(self.a, 2, 3)",
    "dataclass": (
        "import dataclasses\n    @dataclasses.dataclass(frozen=True)\n    class C:\n"
        "        a: int = 1\n        b: list = dataclasses.field(default_factory=list)"
    ),
    "no_grad": "with torch.no_grad():\n        out = torch.empty(1)",
}
NARROW_NUMBERS = {
    "a quotient": ("line = ((i.to(tl.float32) + 0.5) / n).to(tl.int32)", "an index in float32"),
    "divided as it is": ("line = (i / n).to(tl.int64)", "an index in float32"),
    "by a cast": (
        "line = tl.cast(tl.cast(tl.program_id(1), tl.float16) * 0.5, tl.int32)",
        "a position in float16",
        "an index in float16",
    ),
    "by steps": (
        "at = i * 1.0\n    at += 0.5\n    at = tl.floor(at)\n    line = at.to(tl.int32)",
        "an index in float32",
    ),
    "of a triangle": ("line = ((tl.sqrt(8.0 * tl.program_id(0) + 1) - 1) / 2).to(tl.int32)", "an index in float32"),
    "in a loop": (
        "at = 0.0\n    for k in range(n):\n        j = at.to(tl.int32)\n        at = i * 0.5",
        "an index in float32",
    ),
    "by libdevice": ("line = libdevice.float2int_rd(i.to(tl.float32) / n)", "an index in float32"),
    "in double": ("line = (i.to(tl.float64) / n).to(tl.int32)",),
    "a quantised value": ("q = (tl.load(x_ptr + i) / 0.5 + 0.5).to(tl.int8)",),
    "one by its own scale": ("q = (tl.load(x_ptr + i) * (i / n)).to(tl.int8)",),
    "a number of an argument": ("q = (n * 0.5).to(tl.int32)",),
    "a position in radians": ("angle = tl.sin(i.to(tl.float32) / n)",),
    "an integer division": ("line = (i // n).to(tl.int64)",),
    "random bits": ("q = (tl.rand(n, i) * 4).to(tl.int32)",),
    "a position": ("at = (i % n).to(tl.bfloat16)", "a position in bfloat16"),
    "a counter": ("acc = tl.zeros((4,), tl.int16)\n    for k in range(n):\n        acc += 1", "a sum in int16"),
    "a sum in halves": (
        "acc = tl.full((4,), 0, dtype=tl.float16)\n    for k in range(n):\n        acc = acc + tl.load(x_ptr)",
        "a sum in float16",
    ),
    "a sum in float32": ("acc = tl.zeros((4,), tl.float32)\n    for k in range(n):\n        acc += 1",),
    "set anew in each round": ("for k in range(n):\n        acc = tl.load(x_ptr).to(tl.float16)\n        acc += 1",),
    "a sum of two": ("acc = tl.zeros((4,), tl.float16)\n    acc += 1",),
}


@pytest.mark.parametrize("name", NARROW_NUMBERS)
def test_numbers_in_types_that_hold_few_are_named(name: str) -> None:
    body, *wanted = NARROW_NUMBERS[name]
    source = KERNEL.replace(
        "    pass", f"    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)\n    n = 3\n    {body}"
    )
    found = scan(source).narrow_numbers
    assert [f"{what} in {kind}" for what, kind, _ in found] == wanted


REPEATED = {
    "steps of a search": ("for _ in range(8):\n        n = n // 2", [8]),
    "by a name": ("STEPS = 4 * 4\n    for _ in tl.static_range(STEPS):\n        n = n // 2", [16]),
    "inside another": ("for k in range(n):\n        for _ in range(3):\n            n += k", [3]),
    "over elements": ("for k in range(8):\n        n += k",),
    "as often as a size says": ("for _ in range(n):\n        i += 1",),
    "pointers that move on": ("for _ in range(4):\n        n += tl.load(x_ptr)\n        x_ptr += 16",),
    "once": ("for _ in range(1):\n        i += 1",),
}


@pytest.mark.parametrize("name", REPEATED)
def test_loops_of_a_fixed_number_of_rounds_are_named(name: str) -> None:
    body, *wanted = REPEATED[name]
    source = KERNEL.replace("    pass", f"    i = tl.program_id(0)\n    n = tl.load(x_ptr)\n    {body}")
    assert [rounds for rounds, _ in scan(source).repeated] == (wanted[0] if wanted else [])


COMPARED = {
    "a value": ("n = tl.where(n == 0.7, n, 0.0)", (0.7,)),
    "a negative one, and a range": ("n = tl.where((n > -2.5) & (-0.5 > n), n, 0.0)", (-2.5, -0.5)),
    "by a name": ("LEAST = 3 * 7.5\n    n = tl.where(n < LEAST, n, 0.0)", (22.5,)),
    "what is met anyway, and what is too large": ("n = tl.where((n > 0) & (n < 1e30), n, 1.5)", ()),
}


@pytest.mark.parametrize("name", COMPARED)
def test_numbers_that_a_kernel_compares_with_are_found(name: str) -> None:
    body, wanted = COMPARED[name]
    source = KERNEL.replace("    pass", f"    n = tl.load(x_ptr)\n    {body}")
    assert scan(source).compared == wanted


COMPUTING = {
    "a setting of everybody's": ("torch.backends.cuda.matmul.allow_tf32 = True", "torch.backends.cuda.matmul"),
    "torch function": ("out = torch.relu(x)", "torch.relu"),
    "functional": ("out = F.gelu(x)", "torch.nn.functional.gelu"),
    "module alias": ("t = torch\n    out = t.exp(x)", "torch.exp"),
    "function alias": ("f = torch.exp\n    out = f(x)", "torch.exp"),
    "getattr": ("out = getattr(torch, 'exp')(x)", "torch.exp"),
    "another module's module": ("triton.runtime.cache.os.system('true')", "triton.runtime.cache.os.system"),
    "any run-time name": ("out = getattr(x, '__glo' + 'bals__')", "made at run time"),
    "asking for the interpreter": ("import os\n    out = os.environ.get('TRITON_INTERPRET')", "TRITON_INTERPRET"),
    "getattr at run time": ("out = getattr(torch, name)(x)", "made at run time"),
    "method": ("out = x.softmax(-1)", ".softmax()"),
    "unbound method": ("out = torch.Tensor.exp(x)", "torch.Tensor.exp"),
    "matrix product": ("out = x @ x", "@"),
    "module": ("out = nn.ReLU()(x)", "torch.nn.ReLU"),
    "operator namespace": ("out = torch.ops.aten.relu(x)", "torch.ops"),
    "compile": ("out = torch.compile(f)(x)", "torch.compile"),
    "values to Python": ("out = x.item()", ".item()"),
    "values by the name of a seed": ("out = torch.randint(0, 9, (1,))\n    out = x\n    out = out.item()", ".item()"),
    "modes": ("import torch.utils._python_dispatch", "torch.utils"),
    "thread": ("import threading", "threading"),
    "numpy": ("import numpy as np\n    out = np.tanh(x)", "numpy"),
    "ctypes": ("from ctypes import memmove", "ctypes"),
    "eval": ("out = eval('x')", "eval()"),
    "file": ("out = open('x')", "open()"),
    "frames": ("import sys\n    out = sys._getframe()", "sys._getframe"),
    "process": ("import os\n    os.system('true')", "os.system"),
    "descriptor": ("from os import write", "os.write"),
    "private module of another": ("import collections\n    out = collections._sys.modules", "_sys"),
    "imported private module": ("from torch import _VF", "private"),
    "module of another, imported": ("from triton.runtime.cache import os", "triton.runtime.cache.os"),
    "interpreter, imported": ("from triton.runtime import interpreter", "triton.runtime.interpreter"),
    "modules by way of Triton's": ("from triton.language.extra import modules", "triton.language.extra.modules"),
    "attribute by update_wrapper": (
        "import functools\n    functools.update_wrapper(Box(), f)",
        "functools.update_wrapper",
    ),
    "attributes named to wraps": ("import functools\n    functools.wraps(f, ('a',))(g)", "functools.wraps"),
    "attribute by a format text": ("out = '{0.__globals__}'.format(f)", "format text"),
    "format text made at run time": ("out = text.format(f)", "not written out"),
    "built-in names by their own": ("out = __builtins__['open']", "__builtins__"),
    "class made by type": ("out = type('X', (), {})", "type()"),
    "attribute by position": ("match f:\n        case Pair(g):\n            pass", "by position"),
    "text of a kernel": ("out = f'{kernel}'", "of a kernel"),
    "attribute of a kernel": ("out = kernel.fn", "of a kernel"),
    "object for a parser": ("import argparse\n    argparse.ArgumentParser().parse_args([], x)", "parse_args"),
    "submodule that starts threads": ("import logging.handlers", "logging.handlers"),
    "attribute by attrgetter": ("import operator\n    out = operator.attrgetter('__globals__')(f)", "__globals__"),
    "method by methodcaller": ("import operator\n    out = operator.methodcaller('softmax', -1)(x)", ".softmax()"),
    "attribute by a pattern": ("match f:\n        case object(__globals__=g):\n            pass", "__globals__"),
    "attribute by getattr": ("out = getattr(f, '__closure__')", "__closure__"),
    "method by getattr": ("out = getattr(x, 'softmax')(-1)", ".softmax()"),
    "bytes of the storage": ("out = bytes(x.untyped_storage())", "untyped_storage"),
    "array protocol": ("out = x.__array__()", "__array__"),
    "patched torch": ("torch.allclose = None", "replaces torch.allclose"),
    "patched by setattr": ("setattr(triton, 'cdiv', None)", "replaces triton.cdiv"),
    "patched clock": ("import functools\n    functools.reduce = None", "replaces functools.reduce"),
    "star import": ("from torch import *", "imports everything"),
    "code object": ("import types\n    out = types.CodeType", "types.CodeType"),
    "class of a class": ("out = type(type(x))", "class of a class"),
    "class handed on": ("out = f(type(x))", "hands on what type() gives"),
    "class called with three": ("kind = type(x)\n    out = kind('X', (), {})", "three arguments"),
    "class of an own one": ("class C:\n        pass\n    out = C.__class__", "class of a class"),
    "own method with a class for self": (
        "class C:\n        def m(self):\n            return type(self)(1, 2, 3)\n    out = C.m(int)",
        "three arguments",
    ),
    "metaclass of its own": ("class C(metaclass=f):\n        pass", "metaclass"),
    "fields of a dataclass": ("import dataclasses\n    out = dataclasses.fields(x)", "dataclasses.fields"),
    "dataclass by another name": ("import dataclasses\n    out = dataclasses.dataclass", "decorator of a class"),
    "field elsewhere": ("import dataclasses\n    out = dataclasses.field()", "value of an annotated name"),
    "annotations of a class": ("out = x.__annotations__", "__annotations__"),
    "fields by a key": ("out = {'__match_args__': ()}", "__match_args__"),
    "format as a value": ("out = ''.join(map('{0.a}'.format, x))", ".format"),
    "annotation that indexes a list": ("def inner(a: [int][0]): pass", "no type"),
    "annotation that is a condition": ("def inner() -> (int if x else str): pass", "no type"),
    "annotation of a text that computes": ("def inner(a: '(int, str)[0]'): pass", "no type"),
    "annotation of a number": ("import typing\n    def inner(a: typing.List[3]): pass", "no type"),
    "annotation that is no text of a literal": (
        "import typing\n    Literal = typing.List\n    def inner(a: Literal['a b']): pass",
        "no type",
    ),
    "annotation by a name that holds a text": ("T = 'f()'\n    def inner(a: T): pass", "no type"),
    "annotation by an attribute that holds a text": (
        "class C:\n        T = 'f()'\n    def inner(a: C.T): pass",
        "no type",
    ),
    "annotation that a loop gives": ("for T in x:\n        def inner(a: T): pass", "no type"),
    "annotation by a parameter": ("def outer(T):\n        def inner(a: T): pass", "no type"),
    "annotation that names a builtin": ("def inner(a: eval): pass", "eval()"),
    "evaluated annotation": ("import typing\n    out = typing.get_type_hints(f)", "runs text as code"),
    "call in an annotation": ("def inner(a: exec('x = 1')): pass", "exec()"),
    "unwrapping a patch": ("out = f.__wrapped__", "__wrapped__"),
    "another name for a module": ("import sys\n    s = sys\n    out = s.modules", "sys.modules"),
    "subclasses": ("out = type(x).__subclasses__()", "__subclasses__"),
}


def findings(source: str) -> list[str]:
    return [finding.what for finding in scan(source).findings]


@pytest.mark.parametrize("name", HONEST)
def test_honest_wrapper_code_passes(name: str) -> None:
    assert findings(f"{KERNEL}def kernel_function(x):\n    {HONEST[name]}\n") == []


@pytest.mark.parametrize("name", COMPUTING)
def test_computing_is_found(name: str) -> None:
    code, wanted = COMPUTING[name]
    found = scan(f"{KERNEL}def kernel_function(x):\n    {code}\n").findings
    assert any(wanted in finding.what for finding in found), found
    assert all(finding.line > KERNEL.count("\n") for finding in found)


def test_what_the_entries_cannot_reach_may_use_pytorch() -> None:
    source = f"""{KERNEL}
def reference(x):
    return torch.softmax(x, -1)

def kernel_function(x):
    return torch.empty_like(x)

if __name__ == "__main__":
    print(reference(torch.randn(3)) - kernel_function(torch.randn(3)))
"""
    assert findings(source) == []


def test_what_they_reach_through_others_may_not() -> None:
    source = f"""{KERNEL}
def finish(x):
    return torch.softmax(x, -1)

class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return finish(x)
"""
    result = scan(source)
    assert [finding.what for finding in result.findings] == ["computes with torch.softmax, outside Triton"]
    assert result.entries == ("ModelNew",)
    assert result.kernels == ("kernel",)


def test_inheriting_from_anything_but_module_is_found() -> None:
    assert "inherits from nn.Linear" in findings(f"{KERNEL}class ModelNew(nn.Linear):\n    pass\n")[0]


def test_pytorch_inside_a_kernel_is_found() -> None:
    source = KERNEL.replace("    pass", "    torch.exp(x_ptr)") + "def kernel_function(x):\n    kernel[(1,)](x)\n"
    assert findings(source) == ["uses torch.exp inside a Triton kernel"]


def test_a_block_that_only_looks_like_the_self_check_is_read() -> None:
    source = f"""{KERNEL}
if __name__ != "__main__":
    def finish(x):
        return torch.softmax(x, -1)

def kernel_function(x):
    return finish(x)
"""
    asks = "asks for __name__: what is judged must be what is run"
    assert findings(source) == [asks, "computes with torch.softmax, outside Triton"]


def test_a_self_check_with_a_further_condition_is_left_alone() -> None:
    source = f"""{KERNEL}
if __name__ == "__main__" and not torch.cuda.is_available():
    import os
    os.environ["TRITON_INTERPRET"] = "1"

def kernel_function(x):
    kernel[(1,)](x)
"""
    assert findings(source) == []
    assert findings(source.replace(" and ", " or ")) != []


@pytest.mark.parametrize(
    "imported", ["import time", "import gc as g", "from pathlib import Path", "import random, json"]
)
def test_what_only_a_self_check_needs_may_be_imported_at_the_top(imported: str) -> None:
    bound = imported.rsplit(maxsplit=1)[-1]
    source = f"""{imported}
{KERNEL}
def measure():
    return {bound}.time()

def kernel_function(x):
    kernel[(1,)](x)

if __name__ == "__main__":
    print(measure())
"""
    assert findings(source) == []
    assert findings(source.replace("kernel[(1,)](x)", "kernel[(1,)](x)\n    measure()")) != []
    assert findings(source.replace("import", "import os, sys, socket;import", 1)) != []


def test_kernels_under_an_if_count_and_may_compute() -> None:
    source = KERNEL.replace("@triton.jit", "if True:\n  @triton.jit").replace("def kernel", "  def kernel")
    result = scan(source + "def kernel_function(x):\n    kernel[(1,)](x)\n")
    assert result.kernels == ("kernel",) and result.findings == ()


def test_what_only_the_constructor_calls_may_make_tables() -> None:
    source = f"""{KERNEL}
def table(n):
    return torch.cos(torch.arange(n))

class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self._fill()

    def _fill(self):
        self.register_buffer("table", table(8))
        for module in self.modules():
            nn.init._calculate_fan_in_and_fan_out(torch.rand(2, 2))

    def forward(self, x):
        return kernel[(1,)](x)
"""
    assert findings(source) == []
    assert findings(source.replace("kernel[(1,)](x)", "x * table(8)")) == [
        "computes with torch.cos, outside Triton",
    ]


IN_A_CONSTRUCTOR = """
class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

        def pair(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 3), nn.ReLU())

        self.layers = nn.Sequential(pair(3, 8), pair(8, 8))

    def forward(self, x):
        return kernel[(1,)](x)
"""


def test_a_function_that_a_constructor_only_calls_makes_layers() -> None:
    assert findings(KERNEL + IN_A_CONSTRUCTOR) == []


@pytest.mark.parametrize(
    "escape",
    [
        "self.pair = pair",
        "self.late = lambda: pair(3, 8)",
        "self.late = (pair(3, n) for n in (8, 9))",
        "self.register_forward_hook(pair)",
    ],
)
def test_one_that_leaves_the_constructor_does_not(escape: str) -> None:
    source = KERNEL + IN_A_CONSTRUCTOR.replace("        self.layers", f"        {escape}\n        self.layers")
    assert any("torch.nn.Sequential" in finding for finding in findings(source))


def test_an_autograd_function_may_compute_its_gradient() -> None:
    source = f"""{KERNEL}
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.empty_like(x)
        kernel[(1,)](x, out)
        return out

    @staticmethod
    def backward(ctx, grad):
        return torch.exp(grad)

def kernel_function(x):
    return Scale.apply(x)
"""
    assert findings(source) == []
    assert findings(source.replace("kernel[(1,)](x, out)", "out = torch.exp(x)")) != []


def test_bases_that_compute_nothing_pass() -> None:
    source = f"""{KERNEL}
import enum
from typing import NamedTuple

class Mode(enum.IntEnum):
    FAST = 1

class Tile(NamedTuple):
    rows: int = 4

def kernel_function(x):
    return torch.empty(Tile().rows * Mode.FAST)
"""
    assert findings(source) == []


@pytest.mark.parametrize(
    ("loop", "persistent"),
    [
        ("for i in range(tl.program_id(0), n, tl.num_programs(0)):", True),
        ("first = tl.program_id(0)\n    for i in tl.range(first, n, PROGRAMS):", True),
        ("for i in range(0, n, PROGRAMS):", False),
        ("for i in range(n):", False),
    ],
)
def test_programs_that_take_blocks_in_turn_are_recognised(loop: str, persistent: bool) -> None:
    source = f"""
import triton
import triton.language as tl

@triton.jit
def kernel(x_ptr, n, PROGRAMS: tl.constexpr):
    {loop}
        tl.store(x_ptr + i, 0.0)
"""
    assert scan(source).persistent is persistent


PLAIN = "# Größe\nx = 1\n"
ENCODED: dict[str, tuple[bytes, bool]] = {
    "UTF-8": (PLAIN.encode(), True),
    "a byte order mark": (b"\xef\xbb\xbf" + PLAIN.encode(), True),
    "said to be UTF-8": (b"# -*- coding: utf-8 -*-\r\n" + PLAIN.encode(), True),
    "Latin-1": (b"# coding: latin-1\n" + PLAIN.encode("latin-1"), False),
    "Latin-1 that does not say so": (PLAIN.encode("latin-1"), False),
    "escapes": (b"# coding: raw_unicode_escape\n" + PLAIN.encode(), False),
    "escapes, in a second line of old Macs": (b"\r# coding: raw_unicode_escape\n" + PLAIN.encode(), False),
}


@pytest.mark.parametrize("name", ENCODED)
def test_what_is_judged_is_what_python_reads(name: str) -> None:
    content, is_read = ENCODED[name]
    if is_read:
        assert kernel_text(content).endswith(PLAIN)
    else:
        with pytest.raises(SyntaxError):
            kernel_text(content)


@pytest.mark.parametrize(
    "line",
    [
        "__name__ = '__main__'",
        "import math as __name__",
        "def f():\n    global __name__",
        "(__name__ := 1)",
        "with open('x') as __name__: pass",
        "class __name__: pass",
    ],
)
def test_a_file_keeps_its_name(line: str) -> None:
    assert any("another name" in what for what in findings(f"{KERNEL}\n{line}\n"))
    assert not any("another name" in what for what in findings(f"{KERNEL}\nif __name__ == '__main__': pass\n"))


IMPORTS = [
    "from torch.autograd import Function",
    "from torch.autograd.function import once_differentiable",
    "from torch.nn.parameter import Parameter",
    "from torch.nn.modules.module import Module",
    "from torch.nn.modules.utils import _pair",
    "from torch.nn.utils import weight_norm",
    "from torch.nn.utils.parametrizations import spectral_norm",
    "from torch import nn, Tensor",
    "import torch.nn.init as init",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_of_an_import_the_name_is_looked_at(line: str) -> None:
    assert findings(f"{KERNEL}\n{line}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "from torch.nn.modules.linear import torch",
        "from torch.nn.init import torch",
        "from torch.utils import checkpoint",
        "from torch.utils._python_dispatch import x",
    ],
)
def test_modules_that_are_imported_by_modules_are_not_taken(line: str) -> None:
    assert findings(f"{KERNEL}\n{line}\n") != []


OWN_NAMES = {
    "a kernel's parameters": """
@triton.jit
def copied(output, input, F, BLOCK: tl.constexpr):
    tl.store(output, tl.load(input) * F)
""",
    "a kernel's variable": """
@triton.jit
def cleared(x_ptr):
    id = tl.program_id(0)
    tl.store(x_ptr + id, 0.0)
""",
    "a module of the class's own": """
class Inner(nn.Module):
    def forward(self, x):
        return x

class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = Inner()

    def forward(self, x):
        return self.norm(x)
""",
    "a size with the name of an import": """
def kernel_function(x):
    B, F = x.shape
    return torch.empty((B, F), dtype=x.dtype)
""",
    "a list that is sorted": """
def kernel_function(x):
    sizes = list(x.shape)
    sizes.sort()
    return torch.empty(sizes)
""",
}


NOT_ITS_OWN = {
    "a module under another name": "t = torch\n    return t.exp(x)",
    "one of several": "a, t = 1, torch\n    return t.exp(x)",
    "by a loop": "for t in (torch,):\n        x = t.exp(x)\n    return x",
    "by an import": "import torch as t\n    return t.exp(x)",
    "once so and once so": "t = 1\n    t = torch\n    return t.exp(x)",
}


@pytest.mark.parametrize("name", NOT_ITS_OWN)
def test_names_that_stand_for_modules_are_followed(name: str) -> None:
    assert findings(f"{KERNEL}def kernel_function(x):\n    {NOT_ITS_OWN[name]}\n") != []


@pytest.mark.parametrize("name", OWN_NAMES)
def test_names_of_its_own_are_not_pytorchs(name: str) -> None:
    assert findings(f"{KERNEL}\n{OWN_NAMES[name]}\n") == []


@pytest.mark.parametrize(
    ("body", "is_fine"),
    [
        ("kernel.warmup(x, grid=(1,))", True),
        ("kernel.run(x, grid=(1,), warmup=False)", True),
        ("shown = str(kernel.run)", False),
        ("run = kernel.run", False),
    ],
)
def test_what_a_kernel_offers_is_called_and_not_looked_at(body: str, is_fine: bool) -> None:
    assert (findings(f"{KERNEL}def kernel_function(x):\n    {body}\n") == []) == is_fine


def test_a_module_of_pytorch_may_stand_beside_the_kernel() -> None:
    """As the source that it was made from, or for a self-check: nothing of it runs while the file is imported."""
    source = f"""{KERNEL}
class Base(nn.Module):
    scale: float = 2.0

    def forward(self, x):
        return F.relu(x)

class Model(Base):
    @torch.no_grad()
    def forward(self, x, factor=math.sqrt(2.0)):
        return super().forward(x) @ x * factor

def kernel_function(x):
    return torch.empty_like(x)
"""
    assert findings(source) == []
