"""What a wrapper does with numbers that its kernels counted → what the static check says of it."""

from __future__ import annotations

import pytest
from kernelagent.static.scan import Scan, scan

KERNEL = """
import functools
import itertools
import math
import operator
import types
import torch
import triton
import triton.language as tl
from contextlib import suppress

TABLE = [0.5, 1.5, 2.5]
WIDTH = 64


@triton.jit
def kernel(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    pass


class Data(types.SimpleNamespace):
    pass

"""

HONEST = {
    "a size": "o = torch.empty(c, dtype=x.dtype, device=x.device)",
    "rows": "o = x.new_empty((c, *x.shape[1:]))",
    "rows by a named shape": "shape = (c,) + x.shape[1:]\n    o = x.new_empty(shape)",
    "a slice": "o = torch.empty_like(x)[:c]",
    "narrow": "o = torch.empty_like(x).narrow(0, 0, c)",
    "a launch": "o = torch.empty(c)\n    if c:\n        kernel[(triton.cdiv(c, 64),)](x, o, c, BLOCK=64)",
    "a grid of its own": (
        "grid = lambda meta: (triton.cdiv(c, meta['BLOCK']),)\n    o = x\n    kernel[grid](x, o, c, BLOCK=64)"
    ),
    "a grid's function": (
        "o = x\n    def grid(meta):\n        return (triton.cdiv(c, meta['BLOCK']), 1)\n"
        "    kernel[grid](x, o, c, BLOCK=64)"
    ),
    "nothing": "if c == 0:\n        return x.new_empty(0)\n    o = x[:c]",
    "at least one": (
        "grid = (max(1, triton.cdiv(c * x.shape[1], WIDTH)),)\n    o = x\n"
        "    kernel[grid](x, o, c * x.shape[1], BLOCK=64)"
    ),
    "padded": "padded = triton.cdiv(c, 16) * 16\n    o = torch.zeros(padded, device=x.device)",
    "a block by it": (
        "block = 1024 if c > 4096 else 128\n    o = x\n    kernel[(triton.cdiv(c, block),)](x, o, c, BLOCK=block)"
    ),
    "a power of two": "o = x\n    kernel[(1,)](x, o, c, BLOCK=triton.next_power_of_2(c))",
    "the rest": "m = x.shape[0]\n    rest = m - c\n    o = torch.empty(c), torch.empty(rest)",
    "several": (
        "start = 0\n    o = torch.empty_like(x)\n    for e, n in enumerate(several):\n        if n > 0:\n"
        "            kernel[(triton.cdiv(n, 64),)](x[start : start + n], o[start : start + n], n, BLOCK=64)\n"
        "        start += n"
    ),
    "outputs": "o = [x.new_empty(n) for n in several]",
    "outputs one by one": "o = []\n    for n in several:\n        o.append(x.new_empty(n))",
    "split": "o = torch.split(torch.empty_like(x), several)",
    "sums": "total = sum(several)\n    o = x.new_empty(total)",
    "a helper": "o = launched(x, c)",
    "refused": "if c > x.numel():\n        raise ValueError(f'{c} are too many')\n    o = x[:c]",
    "asserted": "assert c <= x.numel(), f'{c} are too many'\n    o = x[:c]",
    "its own size": (
        "o = torch.empty(c, 4)\n    kernel[(triton.cdiv(o.numel(), 64),)](x, o, o.numel(), o.stride(0), BLOCK=64)"
    ),
    "other arithmetic": "scale = 1.0 / math.sqrt(x.shape[-1])\n    o = x[:c]\n    «scale»",
    "an argument as one": "o = x.new_empty(c * int(k))",
    "kept": "kernel_function.last = c\n    o = x[:c]",
    "the device": "o = torch.empty(c)\n    with torch.cuda.device(o.device):\n        «c»",
    "bounded": "cap = x.shape[0] * 2\n    c = min(c, cap)\n    o = x.new_empty(c)",
}

BAD = {
    "a root": "v = math.sqrt(c)\n    «v»",
    "a power": "«c**0.5»",
    "a quotient": "«c / 4»",
    "bits": "e = (c >> 23) & 255\n    o = x[:e]",
    "a float": "«float(c)»",
    "times a float": "«c * 0.5»",
    "times a named float": "half = 0.5\n    «c * half»",
    "times an argument": "«c * k»",
    "text": "v = str(c)\n    «len(v)»",
    "formatted": "v = f'{c}'\n    «int(v)»",
    "formatted by %": "v = '%d' % c\n    «int(v)»",
    "a square": "«c * c»",
    "a square by a name": "d = c\n    «c * d»",
    "Newton's step": "v = 1000\n    for _ in range(8):\n        v = (v + c // v) // 2\n    «v»",
    "a tensor of it": "o = torch.tensor([c])",
    "filled": "o = torch.full((4,), c)",
    "filled by a method": "o = torch.zeros(4)\n    o.fill_(c)",
    "new_full": "o = x.new_full((4,), c)",
    "an element": "o = torch.zeros(4)\n    o[0] = c",
    "a table": "«TABLE[c]»",
    "a table by a slice": "«TABLE[c:][0]»",
    "a table in a dictionary": "«{1: 0.5}[c]»",
    "by a helper": "v = computed(c)\n    «v»",
    "by what a helper gives": "v = counted(x) ** 0.5\n    «v»",
    "by a list": "v = [c]\n    «v[0] ** 0.5»",
    "by a list's other name": "a = []\n    b = a\n    b.append(c)\n    «a[0] ** 0.5»",
    "by a dictionary": "d = {}\n    d['n'] = c\n    «d['n'] ** 0.5»",
    "by an attribute": "kernel_function.n = c\n    «kernel_function.n ** 0.5»",
    "by an object": "d = Data(n=c)\n    «d.n ** 0.5»",
    "by a lambda": "f = lambda: c\n    «f() ** 0.5»",
    "by a lambda of floats": "f = lambda m: c * m['h']\n    «f({'h': 0.5})»",
    "by a default": "def f(n=c):\n        return n\n    «f() / 2»",
    "by a closure": "def f():\n        return c\n    «f() / 2»",
    "by a generator": "def f():\n        yield c\n    «next(f()) / 2»",
    "by a size": "t = torch.empty(c)\n    «t.shape[0] ** 0.5»",
    "by numel": "t = torch.empty(c)\n    «math.sqrt(t.numel())»",
    "by len": "«len(torch.empty(c)) ** 0.5»",
    "by a range": "«len(range(c)) ** 0.5»",
    "by counting": "n = 0\n    for _ in range(c):\n        n += 1\n    «n ** 0.5»",
    "by counting floats": "v = 0.0\n    for _ in range(c):\n        v += 0.5\n    «v»",
    "by searching": "v = 0.0\n    while v * v < c:\n        v += 0.25\n    «v»",
    "by a search that is left": (
        "v = 0\n    for i in range(999):\n        v = i\n        if i > c:\n            break\n    «v * 0.5»"
    ),
    "by a search that launches": "for i in range(3):\n        if c == i:\n            «TABLE[i]»",
    "by a search in a table": "v = [t for t in TABLE if t > c][0]\n    «v»",
    "by bisection": (
        "v = 0\n    for i in range(15, -1, -1):\n        if (v + 2**i) * (v + 2**i) <= c:\n            v = v + 2**i\n"
        "    «v»"
    ),
    "by shifts and sums": (
        "a = 0\n    n = c\n    for i in range(30, -1, -1):\n        if n >= 2**i:\n            n -= 2**i\n"
        "            a += c * 2**i\n"
        "    «a»"
    ),
    "by halves": "n = c\n    for i in range(30):\n        n = n // 2 + min(n % 2, 1)\n    «n»",
    "a choice of floats": "v = 0.5 if c > 3 else 1.5\n    «v»",
    "a float that is set": "v = 0.5\n    if c > 3:\n        v = 1.5\n    «v»",
    "by and": "«c and 0.5»",
    "the smallest of floats": "«min(c, 0.5)»",
    "the smallest by a key": "«min(TABLE, key=lambda t: t - c)»",
    "by an error": (
        "v = 0.5\n    for i in range(99):\n        try:\n            torch.empty(c - i)\n            v += 0.5\n"
        "        except RuntimeError:\n            pass\n    «v»"
    ),
    "by an error's text": (
        "try:\n        x.view(c, -1)\n    except RuntimeError as e:\n        v = len(str(e))\n        «v / 2»"
    ),
    "by an error that is passed over": (
        "v = 0.5\n    with suppress(RuntimeError):\n        torch.empty(c - 7)\n        v = 1.5\n    «v»"
    ),
    "operator": "«operator.truediv(c, 3)»",
    "partial": "f = functools.partial(math.pow, c)\n    «f(0.5)»",
    "reduce": "«functools.reduce(lambda a, b: a * b, several)»",
    "accumulate": "«list(itertools.accumulate(several, operator.mul))[-1]»",
    "one of several functions": "«[math.sqrt][0](c)»",
    "map": "«next(map(math.sqrt, several))»",
    "a method of integers": "«c.__truediv__(2)»",
    "its bytes": "«c.to_bytes(4, 'little')[0]»",
    "chr": "«ord(chr(c))»",
    "complex": "«complex(c).real»",
    "divmod": "«divmod(c, 3)[0]»",
    "pow": "«pow(c, 2)»",
    "a function of the file named as one of torch's": "torch = Data(empty=math.sqrt)\n    «torch.empty(c)»",
    "a kernel's name": "kernel = {(1,): math.sqrt}\n    o = kernel[(1,)](c)",
    "min of its own": "min = math.pow\n    «min(c, 2)»",
    "walrus": "if (v := c) > 3:\n        «v / 3»",
    "unpacked": "(a, b) = several\n    «a / b»",
    "starred": "a, *b = several\n    «b[0] / 2»",
    "by the file": "global WIDTH\n    WIDTH = c\n    «WIDTH / 2»",
    "matched": "match c:\n        case n:\n            «n / 2»",
    "by itself": "v = deeper(c, 0.5)\n    «v»",
    "arange": "o = torch.arange(c, c + 1)",
    "looked up": "«0.5 if c in (3, 4) else 1.5»",
}


HELPERS = """
def launched(x, n):
    o = x.new_empty(n)
    kernel[(triton.cdiv(n, 64),)](x, o, n, BLOCK=64)
    return o


def computed(n):
    return n**0.5


def counted(x):
    p = torch.zeros(1, dtype=torch.int32, device=x.device)
    kernel[(1,)](x, p, 1, BLOCK=64)
    return p.item()


def deeper(n, v):
    if v > n:
        return v
    return deeper(n, v + 0.5)


def kernel_function(x, k=2):
    counts = torch.zeros(16, dtype=torch.int32, device=x.device)
    o = torch.empty_like(x)
    c = counts[0].item()
    several = counts[:4].tolist()
    {lines}
    return o
"""


def wrapper(lines: str) -> Scan:
    """``«v»``: ``v`` is handed to a kernel."""
    launching = lines.replace("«", "kernel[(1,)](x, o, ").replace("»", ", BLOCK=64)")
    return scan(KERNEL + HELPERS.replace("{lines}", launching))


@pytest.mark.parametrize("name", HONEST)
def test_a_count_becomes_a_size(name: str) -> None:
    found = [finding for finding in wrapper(HONEST[name]).findings if "reads a number" in finding.what]
    assert not found, found


@pytest.mark.parametrize("name", BAD)
def test_a_count_becomes_nothing_else(name: str) -> None:
    assert any("it may only become a size" in finding.what for finding in wrapper(BAD[name]).findings)


def test_what_int_reads_is_asked_for_where_it_did_read() -> None:
    """Whether it was given a tensor, the text alone does not tell."""
    found = scan(KERNEL + "def kernel_function(x, k):\n    kernel[(1,)](x, x, int(k) ** 0.5, BLOCK=64)\n    return x\n")
    assert not found.findings
    assert [read.problem is not None and read.problem[0] for read in found.reads] == ["computes with **"]
