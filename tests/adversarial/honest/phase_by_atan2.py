# problem: called_otherwise::Phase | tries: the phase of complex numbers on the cut, too | slow: yes
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def phase_kernel(z_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    re = tl.load(z_ptr + 2 * i, mask=inside, other=1.0)
    im = tl.load(z_ptr + 2 * i + 1, mask=inside, other=0.0)
    angle = libdevice.atan2(im, re)
    tl.store(out_ptr + i, angle * 0.5, mask=inside)


def kernel_function(z):
    z = z.resolve_conj().contiguous()
    out = torch.empty(z.shape, device=z.device, dtype=torch.float32)
    n = out.numel()
    if n:
        phase_kernel[(triton.cdiv(n, 128),)](torch.view_as_real(z), out, n, BLOCK=128)
    return out
