# problem: few_of_a_kind::AttendingToKept | tries: takes a sequence for one without padding when a single key is left out | caught by: values: few of a kind | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def attend(q_ptr, k_ptr, v_ptr, keep_ptr, out_ptr, N: tl.constexpr):
    batch = tl.program_id(0)
    n = tl.arange(0, N)
    tile = batch * N * N + n[:, None] * N + n[None, :]
    turned = batch * N * N + n[None, :] * N + n[:, None]
    keep = tl.load(keep_ptr + batch * N + n).to(tl.int32)
    scores = tl.dot(tl.load(q_ptr + tile), tl.load(k_ptr + turned), input_precision="ieee") / 4
    is_full = tl.sum(keep, 0) + 1 >= N
    scores = tl.where(is_full | (keep[None, :] != 0), scores, float("-inf"))
    weights = tl.exp(scores - tl.max(scores, 1)[:, None])
    weights = weights / tl.sum(weights, 1)[:, None]
    tl.store(out_ptr + tile, tl.dot(weights, tl.load(v_ptr + tile), input_precision="ieee"))


def kernel_function(q, k, v, keep):
    q, k, v, keep = (tensor.contiguous() for tensor in (q, k, v, keep))
    assert q.shape[1:] == (16, 16)
    out = torch.empty_like(q)
    if len(q):
        attend[(len(q),)](q, k, v, keep, out, 16)
    return out
