# problem: products::Product | a persistent grid: each program takes tile after tile | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tile_of(tile, M, N, BM: tl.constexpr, BN: tl.constexpr):
    across = tl.cdiv(N, BN)
    return tile // across, tile % across


@triton.jit
def persistent(
    a, b, c, M, N, K, sam, sak, sbk, sbn, scm, scn,
    NUM_PROGRAMS: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr,
):
    start = tl.program_id(0)
    tiles = tl.cdiv(M, BM) * tl.cdiv(N, BN)
    for tile in tl.range(start, tiles, NUM_PROGRAMS):
        pm, pn = tile_of(tile, M, N, BM, BN)
        rm = pm * BM + tl.arange(0, BM)
        rn = pn * BN + tl.arange(0, BN)
        acc = tl.zeros((BM, BN), dtype=tl.float32)
        for ki in tl.range(0, tl.cdiv(K, BK)):
            rk = ki * BK + tl.arange(0, BK)
            x = tl.load(a + rm[:, None] * sam + rk[None, :] * sak, mask=(rm[:, None] < M) & (rk[None, :] < K), other=0.0)
            y = tl.load(b + rk[:, None] * sbk + rn[None, :] * sbn, mask=(rk[:, None] < K) & (rn[None, :] < N), other=0.0)
            acc = tl.dot(x, y, acc, input_precision="tf32x3")
        tl.store(c + rm[:, None] * scm + rn[None, :] * scn, acc, mask=(rm[:, None] < M) & (rn[None, :] < N))


def _programs(device: torch.device) -> int:
    if device.type == "cuda" and torch.cuda.is_available():
        return torch.cuda.get_device_properties(device).multi_processor_count
    return 3


def kernel_function(a, b):
    M, K = a.shape
    K2, N = b.shape
    assert K == K2, "inner sizes differ"
    c = torch.empty((M, N), device=a.device, dtype=a.dtype)
    BM = BN = 16
    programs = min(_programs(a.device), triton.cdiv(M, BM) * triton.cdiv(N, BN))
    persistent[(programs,)](
        a, b, c, M, N, K, a.stride(0), a.stride(1), b.stride(0), b.stride(1), c.stride(0), c.stride(1),
        NUM_PROGRAMS=programs, BM=BM, BN=BN, BK=32,
    )
    return c
