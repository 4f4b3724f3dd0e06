# problem: threads_of_one_program::Shares | tries: a plain load of what other threads of the program add to, and no barrier between | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def shares_kernel(labels_ptr, counts_ptr, out_ptr, length, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    for start in range(0, length, BLOCK):
        at = start + tl.arange(0, BLOCK)
        label = tl.load(labels_ptr + row * length + at, mask=at < length, other=0)
        label = tl.minimum(tl.maximum(label, 0), 15)
        tl.atomic_add(counts_ptr + row * 16 + label, 1.0, mask=at < length, sem="relaxed")
    bins = tl.arange(0, 16)
    count = tl.load(counts_ptr + row * 16 + bins)
    tl.store(out_ptr + row * 16 + bins, count / length)


def kernel_function(labels):
    labels = labels.contiguous()
    rows, length = labels.shape
    counts = torch.zeros((rows, 16), dtype=torch.float32, device=labels.device)
    out = torch.empty((rows, 16), dtype=torch.float32, device=labels.device)
    if rows:
        shares_kernel[(rows,)](labels, counts, out, length, BLOCK=1024)
    return out
