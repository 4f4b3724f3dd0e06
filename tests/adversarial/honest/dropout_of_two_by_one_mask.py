# problem: drawing_twice::Together | two outputs share a mask, as the module's do: the second launch draws it again | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def dropped(x_ptr, out_ptr, n, seed, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    kept = tl.where(tl.rand(seed, offsets) > 0.5, 2.0, 0.0)
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets, mask=inside, other=0.0) * kept, mask=inside)


def kernel_function(q, k):
    q, k = q.contiguous(), k.contiguous()
    seed = int(torch.randint(0, 2**31 - 1, (1,)))
    outs = []
    for x in (q, k):
        out = torch.empty_like(x)
        dropped[(triton.cdiv(x.numel(), 128),)](x, out, x.numel(), seed, BLOCK=128)
        outs.append(out)
    return tuple(outs)
