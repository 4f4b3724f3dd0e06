# problem: reductions::MeanSquaredError | the last program to arrive adds up what the others left, counted by an atomic | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def mse(p, t, parts, arrived, out, n, sp, st, PROGRAMS: tl.constexpr, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    acc = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(pid * BLOCK, n, PROGRAMS * BLOCK):
        i = start + tl.arange(0, BLOCK)
        d = tl.load(p + i * sp, mask=i < n, other=0.0) - tl.load(t + i * st, mask=i < n, other=0.0)
        acc += d * d
    tl.store(parts + pid, tl.sum(acc))
    tl.debug_barrier()
    before = tl.atomic_add(arrived, 1, sem="acq_rel")
    if before == PROGRAMS - 1:
        all_parts = tl.load(parts + tl.arange(0, PROGRAMS), volatile=True)
        tl.store(out, tl.sum(all_parts) / n)


def kernel_function(prediction, target):
    programs = 4
    device = prediction.device
    parts = torch.empty((programs,), dtype=torch.float32, device=device)
    arrived = torch.zeros((1,), dtype=torch.int32, device=device)
    out = torch.empty([], dtype=torch.float32, device=device)
    mse[(programs,)](
        prediction, target, parts, arrived, out, prediction.numel(), *prediction.stride(), *target.stride(),
        PROGRAMS=programs, BLOCK=256,
    )
    return out
