# problem: reductions::Pooled | tries: a plain global number used in the kernel | caught by: compiles | slow: yes
import torch
import triton
import triton.language as tl

WINDOW = 2


@triton.jit
def max_pool(x, y, H, W, OH, OW, total, C, sn, sc, sh, sw, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    ow = i % OW
    oh = (i // OW) % OH
    c = (i // (OW * OH)) % C
    n = i // (OW * OH * C)
    best = tl.full((BLOCK,), float("-inf"), tl.float32)
    for dy in tl.static_range(WINDOW):
        for dx in tl.static_range(WINDOW):
            at = n * sn + c * sc + (oh * WINDOW + dy) * sh + (ow * WINDOW + dx) * sw
            best = tl.maximum(best, tl.load(x + at, mask=i < total, other=float("-inf")))
    tl.store(y + i, best, mask=i < total)


def kernel_function(x):
    n, c, h, w = x.shape
    y = torch.empty((n, c, h // 2, w // 2), dtype=x.dtype, device=x.device)
    total = y.numel()
    if total == 0:
        return y
    max_pool[(triton.cdiv(total, 128),)](x, y, h, w, h // 2, w // 2, total, c, *x.stride(), BLOCK=128)
    return y
