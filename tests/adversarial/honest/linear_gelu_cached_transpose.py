# problem: products::LinearGelu | the weight's transposed copy is kept, and made anew when the weight's version moves | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def linear_gelu(x_ptr, wt_ptr, b_ptr, y_ptr, M, N, K, sxm, sxk, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k0 in range(0, K, BK):
        k = k0 + tl.arange(0, BK)
        x = tl.load(x_ptr + m[:, None] * sxm + k[None, :] * sxk, mask=(m < M)[:, None] & (k < K)[None, :], other=0.0)
        w = tl.load(wt_ptr + k[:, None] * N + n[None, :], mask=(k < K)[:, None] & (n < N)[None, :], other=0.0)
        acc = tl.dot(x, w, acc, input_precision="tf32x3")
    acc += tl.load(b_ptr + n, mask=n < N, other=0.0)
    acc = 0.5 * acc * (1.0 + tl.erf(acc / 1.4142135623730951))
    tl.store(y_ptr + m[:, None] * N + n[None, :], acc, mask=(m < M)[:, None] & (n < N)[None, :])


class LinearGeluTriton(torch.nn.Module):
    def __init__(self, width=72, hidden=40):
        super().__init__()
        self.linear = torch.nn.Linear(width, hidden)
        self._transposed = None
        self._made_from = None

    def _weight_t(self):
        weight = self.linear.weight
        key = (weight.data_ptr(), weight._version)
        if self._made_from != key:
            self._transposed = weight.detach().t().contiguous()
            self._made_from = key
        return self._transposed

    def forward(self, x):
        wt = self._weight_t()
        K, N = wt.shape
        y = x.new_empty((x.shape[0], N))
        linear_gelu[(triton.cdiv(x.shape[0], 32), triton.cdiv(N, 32))](
            x, wt, self.linear.bias, y, x.shape[0], N, K, *x.stride(), BM=32, BN=32, BK=16
        )
        return y
