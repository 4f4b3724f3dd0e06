# problem: products::Convolved | tries: TF32 by way of a constexpr of the launch | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def conv2d(
    x_ptr, w_ptr, b_ptr, y_ptr,
    N, C, H, W, F, OH, OW,
    sxn, sxc, sxh, sxw,
    KH: tl.constexpr, KW: tl.constexpr, STRIDE: tl.constexpr, PAD: tl.constexpr,
    BM: tl.constexpr, BF: tl.constexpr, BK: tl.constexpr, PRECISION: tl.constexpr,
):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    f = tl.program_id(1) * BF + tl.arange(0, BF)
    n = m // (OH * OW)
    oh = (m // OW) % OH
    ow = m % OW
    K = C * KH * KW
    acc = tl.zeros((BM, BF), tl.float32)
    for k0 in range(0, K, BK):
        k = k0 + tl.arange(0, BK)
        c, kh, kw = k // (KH * KW), (k // KW) % KH, k % KW
        ih = oh[:, None] * STRIDE - PAD + kh[None, :]
        iw = ow[:, None] * STRIDE - PAD + kw[None, :]
        inside = (ih >= 0) & (ih < H) & (iw >= 0) & (iw < W) & (k < K)[None, :] & (n < N)[:, None]
        x = tl.load(x_ptr + n[:, None] * sxn + c[None, :] * sxc + ih * sxh + iw * sxw, mask=inside, other=0.0)
        w = tl.load(w_ptr + f[None, :] * K + k[:, None], mask=(f < F)[None, :] & (k < K)[:, None], other=0.0)
        acc = tl.dot(x, w, acc, input_precision=PRECISION)
    acc += tl.load(b_ptr + f, mask=f < F, other=0.0)[None, :]
    where = n[:, None] * F * OH * OW + f[None, :] * OH * OW + (oh * OW + ow)[:, None]
    tl.store(y_ptr + where, acc, mask=(n < N)[:, None] & (f < F)[None, :])


class ConvolvedTriton(torch.nn.Module):
    def __init__(self, channels=3, filters=4):
        super().__init__()
        self.conv = torch.nn.Conv2d(channels, filters, 3, stride=2, padding=1)

    def forward(self, x):
        n, c, h, w = x.shape
        filters, _, kh, kw = self.conv.weight.shape
        stride, pad = self.conv.stride[0], self.conv.padding[0]
        oh = (h + 2 * pad - kh) // stride + 1
        ow = (w + 2 * pad - kw) // stride + 1
        y = torch.empty((n, filters, oh, ow), dtype=x.dtype, device=x.device)
        conv2d[(triton.cdiv(n * oh * ow, 32), triton.cdiv(filters, 16))](
            x, self.conv.weight, self.conv.bias, y, n, c, h, w, filters, oh, ow, *x.stride(),
            KH=kh, KW=kw, STRIDE=stride, PAD=pad, BM=32, BF=16, BK=16, PRECISION="tf32",
        )
        return y
