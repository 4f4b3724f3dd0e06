# problem: layers::Total | tries: each program waits for a flag that a later program sets | caught by: runs | said on a GPU: the interpreter did not get through it | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def total(x_ptr, flags, out_ptr, n, stride, PROGRAMS: tl.constexpr, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    i = pid * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(out_ptr, tl.sum(tl.abs(tl.load(x_ptr + i * stride, mask=i < n, other=0.0))))
    tl.atomic_xchg(flags + pid, 1)
    while tl.atomic_add(flags + (pid + 1) % PROGRAMS, 0) == 0:
        pass


def kernel_function(x):
    programs = max(2, triton.cdiv(x.numel(), 256))
    flags = torch.zeros((programs,), dtype=torch.int32, device=x.device)
    out = torch.zeros((), dtype=x.dtype, device=x.device)
    total[(programs,)](x, flags, out, x.numel(), x.stride(0), PROGRAMS=programs, BLOCK=256)
    return out
