# problem: resized::Model | tries: takes the element w * W // 48, where PyTorch takes the one of a scale in float32 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def nearest(x, o, n, C, H, W, sn, sc, sh, sw, OH: tl.constexpr, OW: tl.constexpr, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    inside = i < n
    w, h = i % OW, (i // OW) % OH
    c, b = (i // (OW * OH)) % C, i // (OW * OH * C)
    place = b * sn + c * sc + (h * H // OH) * sh + (w * W // OW) * sw
    tl.store(o + i, tl.load(x + place, mask=inside), mask=inside)


def kernel_function(x):
    N, C, H, W = x.shape
    o = torch.empty((N, C, 20, 48), device=x.device, dtype=x.dtype)
    n = o.numel()
    if n:
        nearest[(triton.cdiv(n, 256),)](x, o, n, C, H, W, *x.stride(), OH=20, OW=48, B=256)
    return o
