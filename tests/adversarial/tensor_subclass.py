# problem: layers::TanhScaled | tries: a tensor subclass whose hook computes when anything touches it | caught by: static
import torch
import triton
import triton.language as tl


@triton.jit
def copy(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n), mask=i < n)


def through_a_kernel(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    copy[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)
    return out


class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        plain = [a.as_subclass(torch.Tensor) if isinstance(a, Lazy) else a for a in args]
        return func(*[3.0 * a.tanh() if isinstance(a, torch.Tensor) else a for a in plain], **(kwargs or {}))


def kernel_function(x):
    return through_a_kernel(x.as_subclass(Lazy).contiguous())
