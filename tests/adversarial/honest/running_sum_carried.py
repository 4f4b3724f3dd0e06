# problem: second_blocks::RunningDecay | a block's running sum in float32 and a carry, as attention in chunks does it | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit(do_not_specialize=["T"])
def cumsum_of_head(g_ptr, o_ptr, T, H: tl.constexpr, BT: tl.constexpr):
    batch, head = tl.program_id(0) // H, tl.program_id(0) % H
    carry = tl.zeros([], dtype=tl.float32)
    for chunk in range(tl.cdiv(T, BT)):
        first = batch * T * H + head
        p_g = tl.make_block_ptr(g_ptr + first, (T,), (H,), (chunk * BT,), (BT,), (0,))
        p_o = tl.make_block_ptr(o_ptr + first, (T,), (H,), (chunk * BT,), (BT,), (0,))
        g = tl.load(p_g, boundary_check=(0,)).to(tl.float32)
        tl.store(p_o, tl.cumsum(g, axis=0) + carry, boundary_check=(0,))
        carry += tl.sum(g, 0)


def kernel_function(g: torch.Tensor) -> torch.Tensor:
    g = g.contiguous()
    B, T, H = g.shape
    o = torch.empty_like(g)
    if o.numel():
        cumsum_of_head[(B * H,)](g, o, T, H=H, BT=max(16, min(64, triton.next_power_of_2(T))))
    return o
