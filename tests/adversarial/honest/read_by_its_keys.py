# problem: called_otherwise::Drift | tries: a dictionary read by its keys | slow: yes
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
    return drift(batch["query"], batch["key"])
