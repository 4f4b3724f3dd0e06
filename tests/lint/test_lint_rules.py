"""Kernel code → what the linter says of it: what is found, and what looks like it and is right."""

from __future__ import annotations

import pytest
from kernelagent.lint.linter import lint

HEAD = """import torch
import triton
import triton.language as tl

"""
KERNEL = """
@triton.jit
def kernel(x_ptr, out_ptr, n, m, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    offsets = pid * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
{body}
"""

BODIES: dict[str, tuple[str, set[str]]] = {
    # memory
    "a masked kernel": (
        "x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + offsets, x * m, mask=mask)",
        set(),
    ),
    "the mask is given by its place": (
        "x = tl.load(x_ptr + offsets, mask)\ntl.store(out_ptr + offsets, x * m, mask)",
        set(),
    ),
    "mask=None is none": (
        "x = tl.load(x_ptr + offsets, mask=None)\ntl.store(out_ptr + offsets, x * m, mask=mask)",
        {"KA101"},
    ),
    "pointers in a variable": (
        "ptrs = x_ptr + offsets\nx = tl.load(ptrs)\ntl.store(out_ptr + offsets, x * m, mask=mask)",
        {"KA101"},
    ),
    "the store is the one without": (
        "x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + offsets, x * m)",
        {"KA102"},
    ),
    "whole rows are read, and their first columns written": (
        "rows = tl.arange(0, BLOCK)\nx = tl.load(x_ptr + pid * BLOCK + rows)\n"
        "tl.store(out_ptr + pid * m + rows, tl.sort(x), mask=rows < m)",
        set(),
    ),
    "rows of another length are read": (
        "rows = tl.arange(0, BLOCK)\nx = tl.load(x_ptr + pid * n + rows)\n"
        "tl.store(out_ptr + pid * n + rows, x * m, mask=rows < n)",
        {"KA101"},
    ),
    "offsets that are wrapped": (
        "x = tl.load(x_ptr + offsets % n)\ntl.store(out_ptr + offsets, x * m, mask=mask)",
        set(),
    ),
    "a product of integers by what it gives": (
        "a = tl.load(x_ptr + offsets[:, None], mask=mask[:, None])\n"
        "b = tl.load(out_ptr + offsets[None, :], mask=mask[None, :])\n"
        "c = tl.dot(a, b, out_dtype=tl.int32)\ntl.store(out_ptr + offsets, tl.sum(c, 1), mask=mask)",
        set(),
    ),
    "a product of integers by what it adds to": (
        "a = tl.load(x_ptr + offsets[:, None], mask=mask[:, None])\n"
        "b = tl.load(out_ptr + offsets[None, :], mask=mask[None, :])\n"
        "c = tl.dot(a, b, tl.zeros((BLOCK, BLOCK), tl.int32))\ntl.store(out_ptr + offsets, tl.sum(c, 1), mask=mask)",
        set(),
    ),
    "a product of who knows what": (
        "a = tl.load(x_ptr + offsets[:, None], mask=mask[:, None])\n"
        "b = tl.load(out_ptr + offsets[None, :], mask=mask[None, :])\n"
        "c = tl.dot(a, b)\ntl.store(out_ptr + offsets, tl.sum(c, 1), mask=mask)",
        {"KA303"},
    ),
    "one number needs no mask": (
        "x = tl.load(x_ptr + pid)\ntl.store(out_ptr + offsets, x * m, mask=mask)",
        set(),
    ),
    "a branch for full blocks": (
        "if m:\n    x = tl.load(x_ptr + offsets)\nelse:\n    x = tl.load(x_ptr + offsets, mask=mask)\n"
        "tl.store(out_ptr + offsets, x, mask=mask)",
        set(),
    ),
    "full blocks in a loop, the rest masked": (
        "at = tl.arange(0, BLOCK)\ntotal = tl.zeros((BLOCK,), tl.float32)\n"
        "for _ in range(m):\n    total += tl.load(x_ptr + at)\n    at += BLOCK\n"
        "total += tl.load(x_ptr + at, mask=at < n, other=0.0)\ntl.store(out_ptr + pid, tl.sum(total))",
        set(),
    ),
    "rows here, columns there": (
        "lane = tl.arange(0, BLOCK)\nx = tl.load(x_ptr + lane[None, :])\n"
        "tl.store(out_ptr + lane[:, None] * m + lane[None, :], x, mask=lane[:, None] < n)",
        set(),
    ),
    # reductions
    "a sum over zeros": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\ntl.store(out_ptr + pid, tl.sum(x * m))",
        set(),
    ),
    "a sum over what is undefined": (
        "x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + pid, tl.sum(x * m))",
        {"KA103"},
    ),
    "the method": ("x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + pid, x.sum() * m)", {"KA103"}),
    "a sum over ones": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\ntl.store(out_ptr + pid, tl.sum(tl.exp(x)) * m)",
        {"KA104", "KA302"},
    ),
    "a softmax": (
        'x = tl.load(x_ptr + offsets, mask=mask, other=-float("inf")).to(tl.float32)\n'
        "e = tl.exp(x - tl.max(x))\ntl.store(out_ptr + offsets, e / tl.sum(e) * m, mask=mask)",
        set(),
    ),
    "a softmax that was loaded as zeros": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0).to(tl.float32)\n"
        "e = tl.exp(x - tl.max(x))\ntl.store(out_ptr + offsets, e / tl.sum(e) * m, mask=mask)",
        {"KA104"},
    ),
    "minus infinity by tl.where": (
        'x = tl.load(x_ptr + offsets, mask=mask).to(tl.float32)\nx = tl.where(mask, x, float("-inf"))\n'
        "e = tl.exp(x - tl.max(x))\ntl.store(out_ptr + offsets, e / tl.sum(e) * m, mask=mask)",
        set(),
    ),
    "the sum of a maximum's -inf": (
        'x = tl.load(x_ptr + offsets, mask=mask, other=float("-inf"))\ntl.store(out_ptr + pid, tl.sum(x) * m)',
        {"KA104"},
    ),
    "the largest magnitude": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\ntl.store(out_ptr + pid, tl.max(tl.abs(x)) * m)",
        set(),
    ),
    "a variance that takes the tail in": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\nd = x - tl.sum(x) / n\n"
        "tl.store(out_ptr + pid, tl.sum(d * d) * m)",
        {"KA104"},
    ),
    "a variance times the mask": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\nd = (x - tl.sum(x) / n) * mask\n"
        "tl.store(out_ptr + pid, tl.sum(d * d) * m)",
        set(),
    ),
    "a mask on rows, a sum along columns": (
        "lane = tl.arange(0, BLOCK)\n"
        "x = tl.load(x_ptr + offsets[:, None] * m + lane[None, :], mask=mask[:, None])\n"
        "tl.store(out_ptr + offsets, tl.sum(x, axis=1), mask=mask)",
        set(),
    ),
    "a mask on rows, a sum along rows": (
        "lane = tl.arange(0, BLOCK)\n"
        "x = tl.load(x_ptr + offsets[:, None] * m + lane[None, :], mask=mask[:, None])\n"
        "tl.store(out_ptr + lane, tl.sum(x, axis=0))",
        {"KA103"},
    ),
    "a product by weights that are zero there": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\nw = tl.load(x_ptr + m + offsets, mask=mask)\n"
        "tl.store(out_ptr + pid, tl.sum(x * w))",
        set(),
    ),
    # the language
    "a condition on a number": (
        "if pid < m:\n    x = tl.load(x_ptr + offsets, mask=mask)\n    tl.store(out_ptr + offsets, x, mask=mask)",
        set(),
    ),
    "while on a block": ("while mask:\n    tl.store(out_ptr + offsets, m, mask=mask)", {"KA203"}),
    "an if expression on a block": ("tl.store(out_ptr + offsets, m if mask else n, mask=mask)", {"KA203"}),
    "and between numbers": ("if pid < m and pid < n:\n    tl.store(out_ptr + offsets, m, mask=mask)", set()),
    "or between blocks": ("tl.store(out_ptr + offsets, m, mask=mask or offsets > m)", {"KA204"}),
    "a chain of numbers": ("if 0 < m < 5:\n    tl.store(out_ptr + offsets, m, mask=mask)", {"KA205"}),
    "print": ("print('m', m)\ntl.store(out_ptr + offsets, m, mask=mask)", {"KA207"}),
    "a text that is printed while compiling": (
        "tl.static_print('m', BLOCK)\ntl.store(out_ptr + offsets, m, mask=mask)",
        set(),
    ),
    "a lambda": ("f = lambda a: a\ntl.store(out_ptr + offsets, m, mask=mask)", {"KA209"}),
    "a raise that the compiler never sees": (
        "if BLOCK > 4096:\n    raise ValueError('too large')\ntl.store(out_ptr + offsets, m, mask=mask)",
        set(),
    ),
    "a fill without a value": ("tl.store(out_ptr + offsets, mask=mask)\ntl.static_assert(m == n)", {"KA210"}),
    "Python's min": ("tl.store(out_ptr + offsets, min(m, n), mask=mask)", set()),
    "arguments that are unpacked": ("tl.store(*[out_ptr + offsets, m])", set()),
    "tanh": ("tl.store(out_ptr + offsets, tl.tanh(m), mask=mask)", {"KA211"}),
    # numbers
    "a sum in half precision, outside of a loop": (
        "x = tl.zeros((BLOCK,), tl.float16)\nx += m\ntl.store(out_ptr + offsets, x, mask=mask)",
        set(),
    ),
    "a sum in half precision": (
        "x = tl.zeros((BLOCK,), dtype=tl.bfloat16)\nfor _ in range(m):\n    x = x + 1\n"
        "tl.store(out_ptr + offsets, x, mask=mask)",
        {"KA301"},
    ),
    "an addition to what each round makes anew": (
        "for at in range(m):\n    x = tl.load(x_ptr + offsets + at, mask=mask).to(tl.float16)\n    x = x + 1\n"
        "    x += m\n    tl.store(out_ptr + offsets + at, x, mask=mask)",
        set(),
    ),
    "a sum in half precision that an inner loop keeps": (
        "for at in range(m):\n    x = tl.zeros((BLOCK,), tl.float16)\n    for _ in range(n):\n        x += at\n"
        "    tl.store(out_ptr + offsets + at, x, mask=mask)",
        {"KA301"},
    ),
    "products of half precision that ask for it": (
        "a = tl.zeros((16, 16), tl.float16)\nfor _ in range(m):\n"
        "    tl.static_assert(tl.dot(a, a, out_dtype=tl.float16) is not None)\n"
        "tl.store(out_ptr + offsets, m, mask=mask)",
        {"KA301"},
    ),
    "products of bfloat16 that ask for float16, and are float32": (
        "a = tl.zeros((16, 16), tl.bfloat16)\nfor _ in range(m):\n"
        "    tl.static_assert(tl.dot(a, a, out_dtype=tl.float16) is not None)\n"
        "tl.store(out_ptr + offsets, m, mask=mask)",
        set(),
    ),
    "a sum of what is converted to half": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\n"
        "tl.store(out_ptr + pid, tl.sum(x.to(tl.float16), axis=0) * m)",
        {"KA301"},
    ),
    "a sum that asks for half": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\ntl.store(out_ptr + pid, tl.sum(x, dtype=tl.bfloat16) * m)",
        {"KA301"},
    ),
    "a sum of what is converted from half": (
        "x = tl.load(x_ptr + offsets, mask=mask, other=0.0)\n"
        "tl.store(out_ptr + pid, tl.sum(x.to(tl.float16).to(tl.float32), axis=0) * m)",
        set(),
    ),
    "exp of what is half": (
        "x = tl.zeros((BLOCK,), tl.float16)\ntl.store(out_ptr + offsets, tl.exp(x) * m, mask=mask)",
        {"KA302"},
    ),
    "exp of a load that is not converted": (
        "x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + offsets, tl.exp(x + 1) * m, mask=mask)",
        {"KA302"},
    ),
    "exp of a quotient, which is float32 for half precision too": (
        "x = tl.load(x_ptr + offsets, mask=mask)\ntl.store(out_ptr + offsets, tl.exp(x / 8.0) * m, mask=mask)",
        set(),
    ),
    "exp of what is clamped by name": (
        "x = tl.load(x_ptr + offsets, mask=mask)\n"
        "tl.store(out_ptr + offsets, tl.exp(tl.clamp(x, min=0.0, max=1.0)) * m, mask=mask)",
        set(),
    ),
    "a sum of quotients of half, which are float32": (
        "x = tl.load(x_ptr + offsets, mask=mask).to(tl.float16)\nx = tl.maximum(x, x / 2)\n"
        "for _ in range(m):\n    x = x + 1\ntl.store(out_ptr + offsets, x, mask=mask)",
        set(),
    ),
    "exp of a converted load": (
        "x = tl.load(x_ptr + offsets, mask=mask).to(tl.float32)\ntl.store(out_ptr + offsets, tl.exp(x) * m, mask=mask)",
        set(),
    ),
    "TF32 by the old name": (
        "a = tl.zeros((16, 16), tl.float32)\ntl.store(out_ptr + offsets, m, mask=mask)\n"
        "tl.static_assert(tl.dot(a, a, allow_tf32=False) is not None)",
        set(),
    ),
    "a type of PyTorch's that is compared": (
        "if BLOCK == torch.float16:\n    m = 2\ntl.store(out_ptr + offsets, m, mask=mask)",
        set(),
    ),
    "a type of PyTorch's that is compared with Triton's": (
        "x = tl.load(x_ptr + offsets, mask=mask)\nif x.dtype == torch.float16:\n    m = 2\n"
        "tl.store(out_ptr + offsets, x * m, mask=mask)",
        {"KA504"},
    ),
    "limits of a type of PyTorch's": (
        "tl.store(out_ptr + offsets, m + torch.finfo(torch.float32).min, mask=mask)",
        set(),
    ),
    "torch in a kernel": ("tl.store(out_ptr + offsets, torch.exp(m), mask=mask)", {"KA504"}),
}


@pytest.mark.parametrize("name", BODIES)
def test_code_in_a_kernel(name: str) -> None:
    body, wanted = BODIES[name]
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    found = {finding.code for finding in lint(HEAD + KERNEL.format(body=indented)).findings}
    assert found - {"KA403"} == wanted


COPY = """
@triton.jit
def copy(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n)
    tl.store(out_ptr + offsets, x, mask=offsets < n)

"""
UNMASKED = COPY.replace(", mask=offsets < n", "")
TOTAL = """
@triton.jit
def total(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n, other=0.0)
    tl.atomic_add(out_ptr, tl.sum(x))

"""
CONFIGS = 'configs=[triton.Config({"BLOCK": 64}), triton.Config({"BLOCK": 128})]'

JUDGED = (
    "from torch import nn\n"
    + COPY
    + "class CopyTriton(nn.Module):\n    def forward(self, x):\n        x = x.contiguous()\n"
    + "        out = torch.empty_like(x)\n        copy[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)\n"
    + "        return out\n\n\n"
)
ORIGINAL = "class Wave(nn.Module):\n    def forward(self, x):\n        return torch.sin(x)\n"
INDENTED = "".join(f"    {line}\n" for line in ORIGINAL.splitlines())

FILES: dict[str, tuple[str, set[str]]] = {
    "a grid that is rounded up": (
        UNMASKED + "def run(x, out, n):\n    copy[(triton.cdiv(n, 64),)](x, out, n, BLOCK=64)\n",
        {"KA102"},
    ),
    "a size that divides evenly": (
        UNMASKED
        + "def run(x, out, n):\n    assert n % 64 == 0\n    copy[(triton.cdiv(n, 64),)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a block that is rounded up": (
        UNMASKED + "def run(x, out, n):\n    b = triton.next_power_of_2(n)\n    copy[(1,)](x, out, n, BLOCK=b)\n",
        {"KA102"},
    ),
    "loads of a grid that is rounded up": (
        TOTAL.replace(", mask=offsets < n, other=0.0", "")
        + "def run(x, out, n):\n    total[(triton.cdiv(n, 64),)](x, out, n, BLOCK=64)\n",
        {"KA101"},
    ),
    "memory that zero_ has filled": (
        TOTAL + "def run(x):\n    out = torch.empty(1)\n    out.zero_()\n    total[(4,)](x, out, 9, BLOCK=64)\n",
        set(),
    ),
    "memory that nothing has filled": (
        TOTAL + "def run(x):\n    out = x.new_empty(1)\n    total[(4,)](x, out, 9, BLOCK=64)\n",
        {"KA105"},
    ),
    "memory that a loop fills with others": (
        TOTAL + "def run(x):\n    out, more = x.new_empty(1), x.new_empty(1)\n    for one in (out, more):\n"
        "        one.zero_()\n    total[(4,)](x, out, 9, BLOCK=64)\n",
        set(),
    ),
    "memory that nothing fills, returned with others": (
        TOTAL + "def run(x):\n    out = x.new_empty(1)\n    total[(4,)](x, out, 9, BLOCK=64)\n    return x, out\n",
        {"KA105"},
    ),
    "memory that another name or a view of it may fill": (
        TOTAL + "def run(x, other):\n    out, more = x.new_empty(1), x.new_empty(1)\n    again = out\n"
        "    other(again)\n    other(more.flatten())\n"
        "    total[(4,)](x, out, 9, BLOCK=64)\n    total[(4,)](x, more, 9, BLOCK=64)\n",
        set(),
    ),
    "memory that is only asked about, and used afterwards": (
        TOTAL + "def run(x):\n    out = x.new_empty(1)\n    n = out.numel() * out.shape[0]\n"
        "    total[(4,)](x, out, n, BLOCK=64)\n    return out.view(1).to(x.dtype)\n",
        {"KA105"},
    ),
    "memory that a configuration's hook fills": (
        TOTAL.replace(
            "@triton.jit",
            "def zeroed(given):\n    given['out'].zero_()\n\n"
            "@triton.autotune(configs=[triton.Config({'BLOCK': 64}, pre_hook=zeroed)], key=['n'])\n@triton.jit",
        )
        + "def run(x):\n    out = x.new_empty(1)\n    total[(4,)](x, out, 9)\n",
        set(),
    ),
    "a literal that is no power of two, at the launch": (
        COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=100)\n",
        {"KA201"},
    ),
    "arithmetic that gives no power of two": (
        COPY.replace("tl.arange(0, BLOCK)", "tl.arange(0, 3 * 32)")
        + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=96)\n",
        {"KA201"},
    ),
    "a constant of the file that is no power of two": (
        "W = tl.constexpr(96)\n\n"
        + COPY.replace("tl.arange(0, BLOCK)", "tl.arange(0, W)")
        + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=96)\n",
        {"KA201"},
    ),
    "a constant of the file that is one": (
        "W = tl.constexpr(128)\n\n"
        + COPY.replace("tl.arange(0, BLOCK)", "tl.arange(0, W // 2)")
        + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a constant of the kernel's own, of the same name": (
        "W = tl.constexpr(96)\n\n"
        + COPY.replace("    offsets", "    W: tl.constexpr = 64\n    offsets").replace(
            "arange(0, BLOCK)", "arange(0, W)"
        )
        + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a constant of the file, at the launch": (
        "WIDTH = 3 * 32\n\n" + COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=WIDTH)\n",
        {"KA201"},
    ),
    "a grid that is rounded down": (
        COPY + "def run(x, out, n):\n    copy[(n // 64,)](x, out, n, BLOCK=64)\n",
        {"KA409"},
    ),
    "a grid that is rounded down, by names": (
        COPY
        + "def run(x, out):\n    n = x.numel()\n    grid = lambda meta: (n // meta['BLOCK'],)\n"
        + "    copy[grid](x.contiguous(), out, x.numel(), BLOCK=64)\n",
        {"KA409"},
    ),
    "a grid that is rounded up by hand": (
        COPY + "def run(x, out, n):\n    copy[((n + 63) // 64,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a grid of another quotient": (
        COPY + "def run(x, out, n, m):\n    copy[(m // 64,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a grid that is rounded down of what divides": (
        COPY + "def run(x, out, n):\n    if n % 64:\n        return\n    copy[(n // 64,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a size for a block": (
        COPY + "def run(x, out):\n    n = x.shape[-1]\n    copy[(4,)](x, out, n, BLOCK=n)\n",
        {"KA201"},
    ),
    "a size for a block that is looked at": (
        COPY + "def run(x, out):\n    n = x.shape[-1]\n    assert n in (64, 128)\n    copy[(4,)](x, out, n, BLOCK=n)\n",
        set(),
    ),
    "a helper takes constants": (
        "@triton.jit\ndef lanes(n):\n    return tl.arange(0, n)\n\n"
        + COPY.replace("tl.arange(0, BLOCK)", "lanes(BLOCK)"),
        set(),
    ),
    "a condition on what another file makes of a block": (
        "import helpers\n" + COPY.replace("    tl.store(", "    if helpers.total(x) > 0:\n        tl.store("),
        set(),
    ),
    "a constexpr of the file": (
        "SCALE = tl.constexpr(2)\n" + COPY.replace("offsets, x,", "offsets, x * SCALE,"),
        set(),
    ),
    "a number of the file": ("SCALE = 2\n" + COPY.replace("offsets, x,", "offsets, x * SCALE,"), {"KA206"}),
    "a number of the file as a default": ("SIZE = 64\n" + COPY.replace("constexpr)", "constexpr = SIZE)"), set()),
    "an argument is missing": (COPY + "def run(x, out):\n    copy[(4,)](x, out, BLOCK=64)\n", {"KA401"}),
    "an argument is given twice": (
        COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n, n=n, BLOCK=64, num_warps=4)\n",
        {"KA401"},
    ),
    "arguments that can't be seen": (COPY + "def run(*given, **more):\n    copy[(4,)](*given, **more)\n", set()),
    "a configuration supplies the block": (
        f'@triton.autotune({CONFIGS}, key=["n"])' + COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n)\n",
        set(),
    ),
    "a configuration and the launch supply it": (
        f'@triton.autotune({CONFIGS}, key=["n"])' + COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n, BLOCK=64)\n",
        {"KA401"},
    ),
    "a heuristic supplies it": (
        '@triton.heuristics({"BLOCK": lambda given: 64})' + COPY + "def run(x, out, n):\n    copy[(4,)](x, out, n)\n",
        set(),
    ),
    "a key that names nothing": (f'@triton.autotune({CONFIGS}, key=["m"])' + COPY, {"KA404"}),
    "one configuration is not tried out": (
        '@triton.autotune(configs=[triton.Config({"BLOCK": 64})], key=["n"])' + TOTAL,
        set(),
    ),
    "a tuned sum": (f'@triton.autotune({CONFIGS}, key=["n"])' + TOTAL, {"KA405"}),
    "a tuned sum that is reset": (f'@triton.autotune({CONFIGS}, key=["n"], reset_to_zero=["out_ptr"])' + TOTAL, set()),
    "a tuned sum, configurations by a function": (
        f"def configurations():\n    return {CONFIGS.removeprefix('configs=')}\n\n"
        '@triton.autotune(configurations(), key=["n"])' + TOTAL,
        {"KA405"},
    ),
    "a tuned sum that hooks of a function's configurations reset": (
        "def reset(given):\n    given['out_ptr'].zero_()\n\n"
        "def configurations():\n"
        "    return [triton.Config({'BLOCK': b}, pre_hook=reset) for b in (64, 128)]\n\n"
        '@triton.autotune(configurations(), key=["n"])' + TOTAL,
        set(),
    ),
    "a tuned sum that hooks of a list reset that grew": (
        "CHOICES = []\nfor size in (64, 128):\n"
        "    CHOICES.append(triton.Config({'BLOCK': size}, pre_hook=lambda given: given['out_ptr'].zero_()))\n\n"
        '@triton.autotune(CHOICES, key=["n"])' + TOTAL,
        set(),
    ),
    "a tuned sum, configurations of another file": (
        'from elsewhere import CHOICES\n@triton.autotune(CHOICES, key=["n"])' + TOTAL,
        set(),
    ),
    "too many programs": (
        COPY.replace("program_id(0)", "program_id(1)")
        + "def run(x, out, n):\n    copy[(1, 70000)](x, out, n, BLOCK=64)\n",
        {"KA402"},
    ),
    "an axis that is not asked for": (
        COPY + "def run(x, out, n):\n    copy[(4, n)](x, out, n, BLOCK=64)\n",
        {"KA407"},
    ),
    "an axis that a helper asks for": (
        "@triton.jit\ndef row():\n    return tl.program_id(1)\n\n"
        + COPY.replace("(0) *", "(0) * row() *")
        + "def run(x, out, n):\n    copy[(4, n)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "programs that take numbers": (
        COPY.replace("tl.program_id(0)", "tl.atomic_add(out, 1)")
        + "def run(x, out, n):\n    copy[(n,)](x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a grid made by a function": (
        COPY + "def run(x, out, n):\n    grid = lambda meta: (n, n)\n    copy[grid](x, out, n, BLOCK=64)\n",
        {"KA407"},
    ),
    "no grid": (COPY + "def run(x, out, n):\n    copy(x, out, n, BLOCK=64)\n", {"KA408"}),
    "a name that means something else by now": (
        COPY + "def run(copy, x, out, n):\n    copy(x, out, n, BLOCK=64)\n",
        set(),
    ),
    "a kernel to be judged may not compare PyTorch's types": (
        COPY.replace("x, mask", "x + (BLOCK == torch.float16), mask")
        + "def kernel_function(x, out, n):\n    x = x.contiguous()\n    copy[(4,)](x, out, n, BLOCK=64)\n",
        {"KA504"},
    ),
    "a library may compute in PyTorch": (
        COPY + "def run(x, out, n):\n    copy[(4,)](torch.relu(x), out, n, BLOCK=64)\n",
        set(),
    ),
    "a kernel to be judged may not": (
        COPY + "def kernel_function(x, out, n):\n    x = x.contiguous() @ x\n    copy[(4,)](x, out, n, BLOCK=64)\n",
        {"KA501"},
    ),
    **{
        f"a class beside the kernel {how} is no wrapper": (JUDGED + text, set())
        for how, text in {
            "at the top": ORIGINAL,
            "whose place the kernel takes": ORIGINAL + "Wave = CopyTriton\n",
            "in an if": "if True:\n" + INDENTED + "else:\n    Wave = None\n",
            "in a try": "Wave = None\ntry:\n" + INDENTED + "except RuntimeError:\n    Wave = nn.Identity\n",
            "in an except": "try:\n    del Wave\nexcept NameError:\n" + INDENTED,
            "declared before": "Wave: type\n" + ORIGINAL,
        }.items()
    },
    "a class that the file makes something of is one": (JUDGED + ORIGINAL + "Wave += CopyTriton\n", {"KA501"}),
    "a class that the kernel's hands on is one": (JUDGED + ORIGINAL + "CopyTriton.forward = Wave.forward\n", {"KA501"}),
    "imports under other names": (
        COPY.replace("tl.", "lang.")
        .replace("triton.jit", "jit")
        .replace("mask=offsets < n)\n    lang", "mask=None)\n    lang"),
        {"KA101"},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str) -> None:
    text, wanted = FILES[name]
    head = HEAD + ("from triton import jit\nimport triton.language as lang\n" if "lang." in text else "")
    found = {finding.code for finding in lint(head + text).findings}
    assert found - {"KA403"} == wanted


def test_a_file_that_does_not_import_triton_is_passed_over() -> None:
    assert lint("# triton\ndef f(a, b):\n    return 0 < a < b\n").findings == ()


def test_what_is_no_python_is_said_once_and_marked() -> None:
    linted = lint(HEAD + "def f(:\n")
    assert not linted.is_python
    assert [finding.code for finding in linted.findings] == ["KA000"]
    assert linted.findings[0].span.line == 5


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# kernelagent: ignore[KA103]", True),
        ("#kernelagent:ignore[ka103, KA101]", True),
        ("# kernelagent: ignore", True),
        ("# kernelagent: ignore[KA104]", False),
        ("# ignore[KA103]", False),
    ],
)
def test_silencing(comment: str, silent: bool) -> None:
    body = f"    x = tl.load(x_ptr + offsets, mask=mask)\n    tl.store(out_ptr + pid, tl.sum(x) * m)  {comment}\n"
    assert bool(lint(HEAD + KERNEL.format(body=body)).findings) is not silent


def test_select_and_ignore() -> None:
    text = HEAD + KERNEL.format(body="    x = tl.load(x_ptr + offsets, mask=mask)\n    tl.store(out_ptr, tl.sum(x))\n")
    assert {finding.code for finding in lint(text).findings} == {"KA103", "KA403"}
    assert {finding.code for finding in lint(text, select=["KA1"]).findings} == {"KA103"}
    assert {finding.code for finding in lint(text, ignore=["KA103"]).findings} == {"KA403"}


BESIDE_ITS_CLASS = """import numpy as np
import scipy
import torch
import triton
import triton.language as tl
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return torch.tanh(x) * np.pi


@triton.jit
def gate_kernel(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets))


# source: gate.py::{made_of} 0123456789ab
class GateTriton(nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        gate_kernel[(1,)](x, out, BLOCK=16{used})
        return out
"""


@pytest.mark.parametrize(
    ("made_of", "used", "lines"),
    [("Gate", "", set()), ("Gate", ", num_warps=scipy.warps", {2}), ("Other", "", {1, 2})],
    ids=["the class's own", "the kernel's, too", "a file of kernels alone"],
)
def test_imports_of_the_class_beside_a_kernel_are_its_own_affair(made_of: str, used: str, lines: set[int]) -> None:
    found = lint(BESIDE_ITS_CLASS.format(made_of=made_of, used=used))
    assert {finding.span.line for finding in found.findings if finding.code == "KA502"} == lines
