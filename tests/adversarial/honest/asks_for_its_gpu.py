# problem: doubled_rows::Model | asserts, allocates on and asks after the GPU that it is written for | slow: yes
import torch
import triton
import triton.language as tl

DEVICE = triton.runtime.driver.active.get_active_torch_device()
PROPERTIES = triton.runtime.driver.active.utils.get_device_properties(DEVICE.index)


@triton.jit
def twice(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    for block in range(tl.program_id(0), tl.cdiv(n, BLOCK), tl.num_programs(0)):
        i = block * BLOCK + tl.arange(0, BLOCK)
        tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n, other=0.0) * 2, mask=i < n)


def kernel_function(x):
    assert x.is_cuda and x.device.type == "cuda", "x must lie on a GPU"
    assert x.device == DEVICE and torch.cuda.is_available()
    x = x.cuda().contiguous()
    out = torch.empty(x.shape, dtype=x.dtype, device="cuda")
    scratch = torch.zeros(4).to(x.device)
    assert scratch.is_cuda
    processors = torch.cuda.get_device_properties(x.device).multi_processor_count
    assert processors == PROPERTIES["multiprocessor_count"]
    if x.numel():
        with torch.cuda.device(x.device):
            twice[(min(processors, triton.cdiv(x.numel(), 64)),)](x, out, x.numel(), BLOCK=64)
    return out
