# problem: second_blocks::ColumnSums | tries: the last program reads what the others' threads may not have stored when their one thread counted | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, part_ptr, cnt_ptr, o_ptr, R, C, BLOCK: tl.constexpr):
    p = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + p * C + c, mask=c < C, other=0)
    tl.store(part_ptr + p * C + c, x, mask=c < C)
    done = tl.atomic_add(cnt_ptr, 1)
    if done == R - 1:
        acc = tl.zeros((BLOCK,), tl.float32)
        for r in range(R):
            acc += tl.load(part_ptr + r * C + c, mask=c < C, other=0)
        tl.store(o_ptr + c, acc, mask=c < C)


def kernel_function(x):
    x = x.contiguous()
    R, C = x.shape
    o = torch.zeros((C,), dtype=x.dtype, device=x.device)
    part = torch.empty_like(x)
    cnt = torch.zeros((1,), dtype=torch.int32, device=x.device)
    if R and C:
        k[(R,)](x, part, cnt, o, R, C, BLOCK=triton.next_power_of_2(C))
    return o
