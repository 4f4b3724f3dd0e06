"""A kernel with a finding: what is masked off is 0 in the sum of exponentials, so it counts as one."""

import triton
import triton.language as tl


@triton.jit
def softmax(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    cols = tl.arange(0, BLOCK)
    mask = cols < n
    row = tl.program_id(0).to(tl.int64) * n
    x = tl.load(x_ptr + row + cols, mask=mask, other=0.0)
    exponential = tl.exp(x)
    total = tl.sum(exponential, axis=0)
    tl.store(out_ptr + row + cols, exponential / total, mask=mask)
