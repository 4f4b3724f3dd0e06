# problem: called_otherwise::Drift | tries: the values of a dictionary in the order of the example's keys | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def drift_kernel(query_ptr, key_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    query = tl.load(query_ptr + i, mask=inside, other=1.0)
    key = tl.load(key_ptr + i, mask=inside, other=1.0)
    tl.store(out_ptr + i, query * 2 - key, mask=inside)


def drift(query, key):
    query, key = query.contiguous(), key.contiguous()
    out = torch.empty(query.shape, device=query.device, dtype=query.dtype)
    n = out.numel()
    if n:
        drift_kernel[(triton.cdiv(n, 128),)](query, key, out, n, BLOCK=128)
    return out


def kernel_function(batch):
    query, key = batch.values()
    return drift(query, key)
