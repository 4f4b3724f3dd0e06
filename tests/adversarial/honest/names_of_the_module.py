# problem: called_otherwise::Blend | tries: the module's own names for its parameters | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def blend_kernel(start_ptr, end_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    start = tl.load(start_ptr + i, mask=inside, other=1.0)
    end = tl.load(end_ptr + i, mask=inside, other=1.0)
    tl.store(out_ptr + i, start * 0.75 + end * 0.25, mask=inside)


def blend(start, end):
    start, end = start.contiguous(), end.contiguous()
    out = torch.empty(start.shape, device=start.device, dtype=start.dtype)
    n = out.numel()
    if n:
        blend_kernel[(triton.cdiv(n, 128),)](start, end, out, n, BLOCK=128)
    return out


class BlendTriton(torch.nn.Module):
    def forward(self, start, end):
        return blend(start, end)
