# problem: promised_inputs::PackedMean | loops from one offset to the next | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def packed_mean_kernel(x_ptr, cu_ptr, o_ptr, D, sx, sd, BT: tl.constexpr, BD: tl.constexpr):
    b = tl.program_id(0)
    d = tl.program_id(1) * BD + tl.arange(0, BD)
    start = tl.load(cu_ptr + b)
    end = tl.load(cu_ptr + b + 1)
    acc = tl.zeros((BD,), tl.float32)
    for t0 in range(start, end, BT):
        t = t0 + tl.arange(0, BT)
        inside = (t < end)[:, None] & (d < D)[None, :]
        x = tl.load(x_ptr + t[:, None].to(tl.int64) * sx + d[None, :] * sd, mask=inside, other=0.0)
        acc += tl.sum(x, 0)
    tl.store(o_ptr + b * D + d, acc / tl.maximum(end - start, 1), mask=d < D)


def kernel_function(x, cu_seqlens):
    D = x.shape[1]
    B = cu_seqlens.shape[0] - 1
    cu_seqlens = cu_seqlens.contiguous()
    out = torch.empty((B, D), device=x.device, dtype=x.dtype)
    if B > 0 and D > 0:
        packed_mean_kernel[(B, triton.cdiv(D, 32))](x, cu_seqlens, out, D, x.stride(0), x.stride(1), BT=16, BD=32)
    return out
