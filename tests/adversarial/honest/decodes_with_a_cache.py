# problem: kept_from_call_to_call::Decoding | shows: keys and values of the calls before, kept as they were handed over | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def decode(
    q_ptr, k_ptr, v_ptr, y_ptr, queries, keys, heads, width, v_width, BLOCK: tl.constexpr, D: tl.constexpr, V: tl.constexpr
):
    at = tl.program_id(0).to(tl.int64)
    head, batch = at % heads, at // heads // queries
    d, e = tl.arange(0, D), tl.arange(0, V)
    q = tl.load(q_ptr + at * width + d, mask=d < width, other=0.0)
    most, total, y = float("-inf"), 0.0, tl.zeros((V,), tl.float32)
    for start in range(0, keys, BLOCK):
        key = start + tl.arange(0, BLOCK)
        row = (batch * keys + key[:, None]) * heads + head
        there = (key < keys)[:, None]
        k = tl.load(k_ptr + row * width + d[None, :], mask=there & (d < width)[None, :], other=0.0)
        v = tl.load(v_ptr + row * v_width + e[None, :], mask=there & (e < v_width)[None, :], other=0.0)
        score = tl.where(key < keys, tl.sum(k * q[None, :], 1) / 4, float("-inf"))
        larger = tl.maximum(most, tl.max(score, 0))
        weight, before = tl.exp(score - larger), tl.exp(most - larger)
        total = total * before + tl.sum(weight, 0)
        y = y * before + tl.sum(weight[:, None] * v, 0)
        most = larger
    tl.store(y_ptr + at * v_width + e, y / total, mask=e < v_width)


class DecodingTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.keys, self.values = [], []

    def forward(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        batch, queries, heads, width = q.shape
        keys, values = joined(self.keys), joined(self.values)
        y = torch.empty((batch, queries, heads, v.shape[3]), dtype=q.dtype, device=q.device)
        sizes = queries, keys.shape[1], heads, width, v.shape[3]
        blocks = {"D": triton.next_power_of_2(width), "V": triton.next_power_of_2(v.shape[3])}
        decode[(batch * queries * heads,)](q.contiguous(), keys, values, y, *sizes, BLOCK=16, **blocks)
        return y


def joined(kept):
    whole = kept[0].new_empty(kept[0].shape[0], sum(part.shape[1] for part in kept), *kept[0].shape[2:])
    start = 0
    for part in kept:
        whole[:, start : start + part.shape[1]] = part
        start += part.shape[1]
    return whole
