"""A module that does not export, rewrites of it that are right and wrong, and a kernel file for the whole."""

from __future__ import annotations

GUARDED = """\
import torch
from torch import nn


class Guarded(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        if torch.isnan(x).any():
            x = torch.where(torch.isnan(x), torch.zeros_like(x), x)
        return torch.relu(self.fc(x))


def get_inputs():
    return [torch.randn(4, 16)]


def get_init_inputs():
    return [16]
"""

REWRITTEN = """\
import torch
from torch import nn


class Cleaned(nn.Module):
    def forward(self, x):
        return torch.where(torch.isnan(x), torch.zeros_like(x), x)


class Product(nn.Module):
    def forward(self, x, weight, bias):
        return torch.relu(torch.nn.functional.linear(x, weight, bias))


class GuardedFused(nn.Module):
    def __init__(self, state):
        super().__init__()
        self.state = state
        self.cleaned = Cleaned()
        self.product = Product()

    def forward(self, x):
        x = self.cleaned(x)
        return self.product(x, self.state["fc.weight"], self.state["fc.bias"])
"""

NOT_EQUAL = REWRITTEN.replace("torch.zeros_like(x), x)", "torch.ones_like(x), x)")
FORGETS_NAN = REWRITTEN.replace("x = self.cleaned(x)\n        ", "")
NOT_TRACEABLE = REWRITTEN.replace(
    "        return torch.where(torch.isnan(x), torch.zeros_like(x), x)\n",
    "        if torch.isnan(x).any():\n            return torch.where(torch.isnan(x), torch.zeros_like(x), x)\n"
    "        return x + 0\n",
)
COMPUTES_BETWEEN = REWRITTEN.replace("x = self.cleaned(x)", "x = self.cleaned(x) * 1.0")
READS_FILES = REWRITTEN.replace("import torch\n", "import torch\nimport os\n", 1)
ASKS_THE_ENVIRONMENT = REWRITTEN.replace(
    "        self.state = state\n", "        self.state = state\n        print(__import__('os').environ)\n"
)

KEEPS_ITS_FIRST_RESULT = REWRITTEN.replace(
    "        x = self.cleaned(x)\n",
    "        if not hasattr(self, 'kept'):\n            self.kept = self.cleaned(x)\n        x = self.kept\n",
)
COUNTS_ITS_CALLS = REWRITTEN.replace("import torch\n", "import itertools\n\nimport torch\n", 1).replace(
    "        x = self.cleaned(x)\n",
    "        x = self.cleaned(x) if next(CALLS) < 1000 else x\n",
)
COUNTS_ITS_CALLS = COUNTS_ITS_CALLS.replace("\n\nclass Cleaned", "\nCALLS = itertools.count()\n\n\nclass Cleaned", 1)
KEEPS_IN_A_DEFAULT = REWRITTEN.replace(
    "def forward(self, x):\n        x = s", "def forward(self, x, results={}):\n        x = s"
)
KEEPS_IN_A_DEFAULT = KEEPS_IN_A_DEFAULT.replace(
    "x = self.cleaned(x)\n", "x = results.setdefault(len(results), self.cleaned(x))\n"
)
MARKS_ITS_INPUT = REWRITTEN.replace(
    "        x = self.cleaned(x)\n",
    "        if not hasattr(x, 'cleaned'):\n            x.cleaned = self.cleaned(x)\n        x = x.cleaned\n",
)

WHOLE = """\
import torch
import triton
import triton.language as tl


@triton.jit
def guarded_linear(
    x, weight, bias, out, M, N, K, sx0, sx1, sw0, sw1, sb, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr
):
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    columns = tl.program_id(1) * BN + tl.arange(0, BN)
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for start in range(0, K, BK):
        k = start + tl.arange(0, BK)
        inside = (rows[:, None] < M) & (k[None, :] < K)
        a = tl.load(x + rows[:, None] * sx0 + k[None, :] * sx1, mask=inside, other=0.0)
        a = tl.where(a == a, a, 0.0)
        inside = (k[:, None] < K) & (columns[None, :] < N)
        b = tl.load(weight + columns[None, :] * sw0 + k[:, None] * sw1, mask=inside, other=0.0)
        total = tl.dot(a, b, total, input_precision="ieee")
    total += tl.load(bias + columns * sb, mask=columns < N, other=0.0)[None, :]
    total = tl.where(total <= 0, 0.0, total)
    tl.store(out + rows[:, None] * N + columns[None, :], total, mask=(rows[:, None] < M) & (columns[None, :] < N))


def kernel_function(x, fc_weight, fc_bias):
    M, K = x.shape
    N = fc_weight.shape[0]
    out = torch.empty((M, N), dtype=x.dtype, device=x.device)
    if M:
        grid = (triton.cdiv(M, 16), triton.cdiv(N, 16))
        guarded_linear[grid](
            x, fc_weight, fc_bias, out, M, N, K, x.stride(0), x.stride(1), fc_weight.stride(0), fc_weight.stride(1),
            fc_bias.stride(0), BM=16, BN=16, BK=16,
        )
    return out


class GuardedTriton(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = torch.nn.Linear(n, n)

    def forward(self, x):
        return kernel_function(x, self.fc.weight, self.fc.bias)
"""

DEAD_CODE = """\
# TODO: the old way, kept for later
@triton.jit
def unused_kernel(x, BLOCK: tl.constexpr):
    tl.store(x + tl.arange(0, BLOCK), HELD)


HELD = 4.0


def called_by_nobody(a):
    return a


UNUSED = 3
"""


def with_dead_code(whole: str) -> str:
    """A kernel, what it needs, a function, a number and an import that are not used."""
    more = whole.replace("\n\ndef kernel_function", f"\n\n{DEAD_CODE}\n\ndef kernel_function", 1)
    return more.replace("import torch\n", "import math\n\nimport torch\n", 1)
