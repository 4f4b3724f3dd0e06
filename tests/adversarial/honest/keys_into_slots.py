# problem: promised_inputs::IntoSlots | a write into slots, each of which is named once | slow: yes
import torch, triton
import triton.language as tl

@triton.jit
def copy_kernel(x_ptr, o_ptr, n, sx, D, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    for s in range(0, D, BLOCK):
        c = s + tl.arange(0, BLOCK)
        m = c < D
        v = tl.load(x_ptr + row.to(tl.int64) * D + c, mask=m)
        tl.store(o_ptr + row.to(tl.int64) * D + c, v, mask=m)

@triton.jit
def put_kernel(k_ptr, s_ptr, o_ptr, D, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    slot = tl.load(s_ptr + row).to(tl.int64)
    for s in range(0, D, BLOCK):
        c = s + tl.arange(0, BLOCK)
        m = c < D
        v = tl.load(k_ptr + row.to(tl.int64) * D + c, mask=m)
        tl.store(o_ptr + slot * D + c, v, mask=m)

def kernel_function(cache, key, slots):
    cache = cache.contiguous(); key = key.contiguous(); slots = slots.contiguous()
    N, D = cache.shape
    out = torch.empty_like(cache)
    if N and D:
        copy_kernel[(N,)](cache, out, N, D, D, BLOCK=64)
    if key.shape[0] and D:
        put_kernel[(key.shape[0],)](key, slots, out, D, BLOCK=64)
    return out
