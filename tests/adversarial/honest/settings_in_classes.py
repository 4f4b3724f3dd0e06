# problem: scaled_or_not::Model | an enum of texts, a named tuple, a dataclass and a logger in the wrapper | slow: yes
import torch
import triton
import triton.language as tl
import enum
import logging
import dataclasses
import functools
from typing import NamedTuple

log = logging.getLogger(__name__)

class Act(str, enum.Enum):
    RELU = "relu"
    SIGMOID = "sigmoid"

class Launch(NamedTuple):
    block: int = 256
    warps: int = 4

@dataclasses.dataclass(frozen=True)
class Cfg:
    launch: Launch = Launch()

@triton.jit
def kern(x_ptr, o_ptr, n, k, s, FLAG: tl.constexpr, RELU: tl.constexpr, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    x = tl.load(x_ptr + i, mask=m) * s + k
    if FLAG:
        x -= 1
    x = tl.maximum(x, 0.0) if RELU else tl.sigmoid(x)
    tl.store(o_ptr + i, x, mask=m)

@functools.lru_cache(maxsize=None)
def config():
    return Cfg()

def kernel_function(x, k, flag, s, act):
    c = config()
    which = Act(act)
    log.debug("launch %s", which.value)
    x = x.contiguous()
    o = torch.empty_like(x)
    n = x.numel()
    if n:
        kern[(triton.cdiv(n, c.launch.block),)](x, o, n, k, s, FLAG=flag, RELU=which is Act.RELU, B=c.launch.block, num_warps=c.launch.warps)
    return o
