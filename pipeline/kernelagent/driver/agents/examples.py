"""Kernels that the judge accepts, for a prompt to show: chosen by the families of operators that a module has. A test
judges every one of them, so what they show is true for the version of Triton that is installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kernelagent.driver.agents.dot_products import accurate
from kernelagent.driver.agents.number_types import DOUBLE, SINGLE, accumulator, is_whole

WIDE, DOT, TILE = "WIDE", "DOT_OF_BLOCKS", "TILE"
"""Stand in an example's code for what depends on the dtype and the targets: the type that is accumulated in, the next
sum of a product, the length of a product's blocks."""
REALS = frozenset({"float32", "float16", "bfloat16", DOUBLE})
MOST = 2
"""Examples in a prompt."""


@dataclass(frozen=True)
class Example:
    title: str
    module: str
    """``forward`` of what it computes."""
    inputs: str
    code: str
    """With placeholders, see above."""
    dtypes: frozenset[str] = REALS
    """For which it is right: of others PyTorch gives another type, or nothing."""

    def nearest(self, dtype: str) -> str:
        """``dtype``, or another for which the example is right."""
        if dtype in self.dtypes:
            return dtype
        return "int64" if is_whole(dtype) and "int64" in self.dtypes else "float32"

    def written(self, arch: Iterable[str], dtype: str = "float32") -> str:
        """For these targets and inputs of ``dtype``."""
        wide = accumulator(dtype)
        by_tile = f"total + tl.sum(a.to(tl.{wide})[:, :, None] * b.to(tl.{wide})[None, :, :], axis=1)"
        by_dot = f'tl.dot(a, b, total, input_precision="{accurate(arch)}")'
        is_single = dtype in SINGLE
        code = self.code.replace(DOT, by_dot if is_single else by_tile).replace(TILE, "32" if is_single else "16")
        return code.replace(WIDE, f"tl.{wide}")


def _row_by_row(kernel: str, most: int) -> str:
    """The end of a file whose ``kernel`` goes through one row in blocks of at most ``most`` columns."""
    return f"""

def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel():
        block = min(triton.next_power_of_2(columns), {most})
        {kernel}[(rows,)](x, out, columns, x.stride(0), x.stride(1), BLOCK=block)
    return out
"""


POINTWISE = Example(
    "element by element, for inputs of any strides",
    "def forward(self, x):\n        return x * torch.sigmoid(x)",
    "[torch.randn(7, 50)]",
    """\
@triton.jit
def silu_kernel(x, out, rows, columns, x_row, x_column, BLOCK: tl.constexpr):
    index = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = index < rows * columns
    value = tl.load(x + index // columns * x_row + index % columns * x_column, mask=inside, other=0.0)
    wide = value.to(WIDE)
    tl.store(out + index, (wide / (1.0 + tl.exp(-wide))).to(value.dtype), mask=inside)


def kernel_function(x):
    rows, columns = x.shape
    out = torch.empty((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel():
        grid = (triton.cdiv(out.numel(), 1024),)
        silu_kernel[grid](x, out, rows, columns, x.stride(0), x.stride(1), BLOCK=1024)
    return out
""",
)
ROWS = Example(
    "a reduction over rows longer than a block, in two passes",
    "def forward(self, x):\n        return torch.softmax(x, dim=-1)",
    "[torch.randn(5, 300)]",
    """\
@triton.jit
def softmax_kernel(x, out, columns, x_row, x_column, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    largest = tl.full((BLOCK,), float("-inf"), WIDE)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        value = tl.load(x + row * x_row + index * x_column, mask=index < columns, other=float("-inf"))
        largest = tl.maximum(largest, value.to(WIDE), propagate_nan=tl.PropagateNan.ALL)
    top = tl.max(largest, axis=0)
    total = tl.zeros((BLOCK,), WIDE)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        value = tl.load(x + row * x_row + index * x_column, mask=index < columns, other=float("-inf"))
        total += tl.exp(value.to(WIDE) - top)
    whole = tl.sum(total, axis=0)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        value = tl.load(x + row * x_row + index * x_column, mask=index < columns, other=float("-inf"))
        share = tl.exp(value.to(WIDE) - top) / whole
        tl.store(out + row * columns + index, share.to(value.dtype), mask=index < columns)
"""
    + _row_by_row("softmax_kernel", 2048),
)
PRODUCT = Example(
    "a product with what follows it in its epilogue",
    "def forward(self, x, weight):\n        return torch.relu(torch.nn.functional.linear(x, weight))",
    "[torch.randn(9, 40), torch.randn(24, 40)]",
    """\
@triton.jit
def linear_relu_kernel(
    x, weight, out, M, N, K, x_row, x_column, w_row, w_column,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):
    rows = tl.program_id(0).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)
    columns = tl.program_id(1).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)
    total = tl.zeros((BLOCK_M, BLOCK_N), WIDE)
    for start in range(0, K, BLOCK_K):
        k = start + tl.arange(0, BLOCK_K)
        inside = (rows[:, None] < M) & (k[None, :] < K)
        a = tl.load(x + rows[:, None] * x_row + k[None, :] * x_column, mask=inside, other=0)
        inside = (k[:, None] < K) & (columns[None, :] < N)
        b = tl.load(weight + columns[None, :] * w_row + k[:, None] * w_column, mask=inside, other=0)
        total = DOT_OF_BLOCKS
    total = tl.where(total < 0, 0, total)
    inside = (rows[:, None] < M) & (columns[None, :] < N)
    tl.store(out + rows[:, None] * N + columns[None, :], total.to(out.dtype.element_ty), mask=inside)


def kernel_function(x, weight):
    (M, K), N = x.shape, weight.shape[0]
    out = torch.empty((M, N), dtype=x.dtype, device=x.device)
    if out.numel():
        grid = (triton.cdiv(M, TILE), triton.cdiv(N, TILE))
        linear_relu_kernel[grid](
            x, weight, out, M, N, K, x.stride(0), x.stride(1), weight.stride(0), weight.stride(1),
            BLOCK_M=TILE, BLOCK_N=TILE, BLOCK_K=TILE,
        )
    return out
""",
    REALS | {"int64"},
)
SCAN = Example(
    "a running sum over rows longer than a block: what a block ends with is carried to the next",
    "def forward(self, x):\n        return torch.cumsum(x, dim=-1)",
    "[torch.randn(4, 200)]",
    """\
@triton.jit
def cumsum_kernel(x, out, columns, x_row, x_column, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    carried = tl.full((), 0, WIDE)
    for start in range(0, columns, BLOCK):
        index = start + tl.arange(0, BLOCK)
        value = tl.load(x + row * x_row + index * x_column, mask=index < columns, other=0)
        running = tl.cumsum(value.to(WIDE), axis=0) + carried
        tl.store(out + row * columns + index, running.to(value.dtype), mask=index < columns)
        carried += tl.sum(value.to(WIDE), axis=0)
"""
    + _row_by_row("cumsum_kernel", 1024),
    REALS | {"int64"},
)
EXAMPLES = (POINTWISE, ROWS, PRODUCT, SCAN)
HEAD = "import torch\nimport triton\nimport triton.language as tl\n\n\n"

_FOR: dict[str, Example] = {
    **dict.fromkeys(("product", "convolution", "transposed convolution", "attention", "recurrence"), PRODUCT),
    **dict.fromkeys(("softmax", "normalisation", "reduction", "pooling", "ordering"), ROWS),
    "scan": SCAN,
}


@dataclass(frozen=True)
class Anchor:
    """An operator that a kernel is built around."""

    family: str
    dtype: str
    """Of the numbers that it computes with: its operands', not its result's. Empty where they are not known."""


def chosen(anchors: Iterable[Anchor]) -> dict[Example, str]:
    """For a module with these operators, those it has most of first; attention is a product and rows. Each with the
    dtype that most of its operators compute with; empty where that is not known."""
    found: dict[Example, Counter[str]] = {}
    for anchor in anchors:
        for example in (PRODUCT, ROWS) if anchor.family == "attention" else (_FOR.get(anchor.family),):
            if example is not None:
                found.setdefault(example, Counter())[anchor.dtype] += 1
    first = sorted(found, key=lambda example: -found[example].total())[:MOST]
    return {example: found[example].most_common(1)[0][0] for example in first} or {POINTWISE: ""}


def shown(anchors: Iterable[Anchor], arch: Collection[str], leading: str = "float32") -> str:
    """The part of the prompt that has them, for a module about numbers of the dtype ``leading``."""
    parts = ["Examples for other modules, which the judge accepts; imports and the class are left out:"]
    for example, operands in chosen(anchors).items():
        dtype = operands or leading
        of = example.nearest(dtype)
        title = f"{example.title[0].upper()}{example.title[1:]}, for {of}{'' if of == dtype else f', not {dtype}'}"
        parts.append(f"{title}:\n```python\n{example.written(arch, of)}```")
    return "\n".join(parts)
