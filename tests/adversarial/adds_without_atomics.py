# problem: reductions::SegmentSum | tries: scattered sums by load, add and store | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scatter_add(x, segment, out, rows, cols, sxr, sxc, ss, SEGMENTS, C: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, C)
    s = tl.load(segment + r * ss)
    v = tl.load(x + r * sxr + c * sxc, mask=c < cols, other=0.0)
    old = tl.load(out + s * cols + c, mask=c < cols)
    tl.store(out + s * cols + c, old + v, mask=c < cols)


class SegmentSumTriton(torch.nn.Module):
    def __init__(self, segments: int = 10):
        super().__init__()
        self.segments = segments

    def forward(self, x, segment):
        out = x.new_zeros((self.segments, x.shape[1]))
        scatter_add[(x.shape[0],)](
            x, segment, out, x.shape[0], x.shape[1], *x.stride(), segment.stride(0), self.segments,
            C=triton.next_power_of_2(x.shape[1]),
        )
        return out
