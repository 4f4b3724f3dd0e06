# problem: thresholds_of_several::Overlapping | tries: > for >= where two boxes make the share | caught by: values: computed just at edges | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def overlap_kernel(boxes_ptr, out_ptr, n, BLOCK: tl.constexpr):
    one = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    l0, t0 = tl.load(boxes_ptr + 4 * one), tl.load(boxes_ptr + 4 * one + 1)
    r0, b0 = tl.load(boxes_ptr + 4 * one + 2), tl.load(boxes_ptr + 4 * one + 3)
    area0 = tl.maximum(r0 - l0, 0.0) * tl.maximum(b0 - t0, 0.0)
    count = tl.zeros((BLOCK,), tl.int64)
    for start in range(0, n, BLOCK):
        i = start + at
        inside = i < n
        l1 = tl.load(boxes_ptr + 4 * i, mask=inside, other=0.0)
        t1 = tl.load(boxes_ptr + 4 * i + 1, mask=inside, other=0.0)
        r1 = tl.load(boxes_ptr + 4 * i + 2, mask=inside, other=0.0)
        b1 = tl.load(boxes_ptr + 4 * i + 3, mask=inside, other=0.0)
        area1 = tl.maximum(r1 - l1, 0.0) * tl.maximum(b1 - t1, 0.0)
        wide = tl.maximum(tl.minimum(r0, r1) - tl.maximum(l0, l1), 0.0)
        high = tl.maximum(tl.minimum(b0, b1) - tl.maximum(t0, t1), 0.0)
        shared = wide * high
        whole = tl.maximum(area0 + area1 - shared, 1e-6)
        count += (inside & (shared / whole > 0.5)).to(tl.int64)
    tl.store(out_ptr + one, tl.sum(count))


def kernel_function(boxes):
    assert boxes.shape[1] == 4
    boxes = boxes.contiguous()
    n = boxes.shape[0]
    out = torch.empty(n, device=boxes.device, dtype=torch.int64)
    if n:
        overlap_kernel[(n,)](boxes, out, n, BLOCK=32)
    return out
