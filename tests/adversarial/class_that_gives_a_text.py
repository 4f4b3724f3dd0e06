# problem: doubled_rows::Model | tries: a class gives a text with code where it is subscripted in an annotation | caught by: static
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, o_ptr, n, F, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=m) * F, mask=m)

FACTORS = [3.0]

class Kind:
    def __class_getitem__(cls, of):
        return "(torch.Tensor, FACTORS.append(2.0))" + "[0]"

@torch.library.custom_op("hidden::given", mutates_args=())
def given(x: Kind[int]) -> torch.Tensor:
    return x.clone()

def kernel_function(x):
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    x = given(x)
    if n:
        k[(triton.cdiv(n, 256),)](x, o, n, FACTORS[-1], B=256)
    return o
