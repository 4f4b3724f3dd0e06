# problem: attending::Causal | flash attention: running maximum and sum in base two, blocks above the diagonal left out | slow: yes
import math

import torch
import triton
import triton.language as tl


@triton.jit
def _attn_fwd(
    Q, K, V, Out, sm_scale,
    stride_qz, stride_qh, stride_qm, stride_qk,
    stride_kz, stride_kh, stride_kn, stride_kk,
    stride_vz, stride_vh, stride_vn, stride_vk,
    stride_oz, stride_oh, stride_om, stride_ok,
    H, N_Q, N_KV, D,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_D: tl.constexpr,
):
    start_m = tl.program_id(0)
    off_hz = tl.program_id(1)
    off_z = off_hz // H
    off_h = off_hz % H
    Q += off_z * stride_qz + off_h * stride_qh
    K += off_z * stride_kz + off_h * stride_kh
    V += off_z * stride_vz + off_h * stride_vh
    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, BLOCK_D)
    q = tl.load(Q + offs_m[:, None] * stride_qm + offs_d[None, :] * stride_qk,
                mask=(offs_m[:, None] < N_Q) & (offs_d[None, :] < D), other=0.0)
    m_i = tl.full([BLOCK_M], -1.0e30, dtype=tl.float32)
    l_i = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)
    qk_scale = sm_scale * 1.4426950408889634
    hi = tl.minimum((start_m + 1) * BLOCK_M, N_KV)
    for start_n in range(0, hi, BLOCK_N):
        cols = start_n + offs_n
        k = tl.load(K + cols[None, :] * stride_kn + offs_d[:, None] * stride_kk,
                    mask=(cols[None, :] < N_KV) & (offs_d[:, None] < D), other=0.0)
        qk = tl.dot(q, k, input_precision="ieee") * qk_scale
        visible = (cols[None, :] <= offs_m[:, None]) & (cols[None, :] < N_KV)
        qk = tl.where(visible, qk, -1.0e30)
        m_ij = tl.maximum(m_i, tl.max(qk, 1))
        p = tl.where(visible, tl.math.exp2(qk - m_ij[:, None]), 0.0)
        alpha = tl.math.exp2(m_i - m_ij)
        l_i = l_i * alpha + tl.sum(p, 1)
        v = tl.load(V + cols[:, None] * stride_vn + offs_d[None, :] * stride_vk,
                    mask=(cols[:, None] < N_KV) & (offs_d[None, :] < D), other=0.0)
        acc = acc * alpha[:, None]
        acc = tl.dot(p, v, acc, input_precision="ieee")
        m_i = m_ij
    acc = acc / l_i[:, None]
    tl.store(Out + off_z * stride_oz + off_h * stride_oh + offs_m[:, None] * stride_om + offs_d[None, :] * stride_ok,
             acc, mask=(offs_m[:, None] < N_Q) & (offs_d[None, :] < D))


def attention(q, k, v):
    Z, H, N_Q, D = q.shape
    N_KV = k.shape[2]
    o = torch.empty((Z, H, N_Q, D), dtype=q.dtype, device=q.device)
    BLOCK_M, BLOCK_N = 16, 16
    BLOCK_D = max(16, triton.next_power_of_2(D))
    grid = (triton.cdiv(N_Q, BLOCK_M), Z * H, 1)
    _attn_fwd[grid](
        q, k, v, o, 1.0 / math.sqrt(D), *q.stride(), *k.stride(), *v.stride(), *o.stride(),
        H, N_Q, N_KV, D, BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N, BLOCK_D=BLOCK_D, num_warps=4, num_stages=2,
    )
    return o


kernel_function = attention
