# problem: doubled_rows::Model | tries: a dataclass, an enumeration, a named tuple and annotations of many kinds
from __future__ import annotations

import dataclasses
import enum
from typing import Any, Literal, NamedTuple, Optional, TypeVar

import torch
import triton
import triton.language as tl

T = TypeVar("T")
Pair = tuple[int, "int | None"]


class Rounding(enum.Enum):
    NEAREST = "nearest"
    NONE = enum.auto()


class Launch(NamedTuple):
    grid: tuple[int, ...]
    block: int = 256


@dataclasses.dataclass(frozen=True)
class Settings:
    factor: float = 2.0
    rounding: Rounding = Rounding.NONE
    mode: Literal["to the end", 1, None] = None
    sizes: list[int] = dataclasses.field(default_factory=list)

    def with_factor(self, factor: float) -> Settings:
        return type(self)(factor, self.rounding, self.mode)


@triton.jit
def doubled(x_ptr, o_ptr, n, factor, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    m = i < n
    tl.store(o_ptr + i, tl.load(x_ptr + i, mask=m) * factor, mask=m)


def launch_for(n: int, limits: Optional[Pair] = None, **options: Any) -> "Launch":
    return Launch((triton.cdiv(n, 256),))


def kernel_function(x: torch.Tensor) -> torch.Tensor:
    if type(x) is not torch.Tensor and not isinstance(x, torch.nn.Parameter):
        raise TypeError("{} is no tensor".format(type(x).__name__))
    x = x.contiguous()
    o: torch.Tensor = torch.empty_like(x)
    settings = Settings(1.0).with_factor(2.0)
    launch = launch_for(x.numel())
    if x.numel():
        doubled[launch.grid](x, o, x.numel(), settings.factor, B=launch.block)
    return o
