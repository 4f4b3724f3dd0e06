# problem: pointwise::Shuffled | pure movement: output index to input index | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def shuffle(x, y, total, OC, OH, OW, sn, sc, sh, sw, F: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    w = i % OW
    h = (i // OW) % OH
    c = (i // (OW * OH)) % OC
    n = i // (OW * OH * OC)
    channel = c * F * F + (h % F) * F + w % F
    v = tl.load(x + n * sn + channel * sc + (h // F) * sh + (w // F) * sw, mask=i < total)
    tl.store(y + i, v, mask=i < total)


def kernel_function(x, factor: int = 2):
    n, c, h, w = x.shape
    y = x.new_empty(n, c // factor**2, h * factor, w * factor)
    shuffle[(triton.cdiv(y.numel(), 256),)](
        x, y, y.numel(), y.shape[1], y.shape[2], y.shape[3], *x.stride(), F=factor, BLOCK=256
    )
    return y
