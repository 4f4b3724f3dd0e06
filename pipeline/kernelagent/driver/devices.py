"""Peak figures of the GPUs that kernels are compiled for: what the roofline estimate divides by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kernelagent.contract.subgraph import Subgraph


@dataclass(frozen=True)
class Device:
    """One GPU of an architecture, as its vendor's data sheet gives it: dense figures, boost clock."""

    arch: str
    name: str
    bandwidth: float
    """Of its memory, in bytes/s."""
    fp32: float
    """FLOP/s outside the matrix units."""
    fp64: float
    """The same on float64; where no figure is given, a 64th of ``fp32``, as the architecture has it."""
    tf32: float | None
    """FLOP/s of the matrix units on 32-bit operands with a 10-bit mantissa; ``None`` where there are none."""
    half: float
    """FLOP/s of the matrix units on float16 and bfloat16, accumulating in float32."""
    memory: float
    """In bytes."""
    shared: int
    """Bytes of shared memory that one block may use."""
    processors: int
    """Multiprocessors, or compute units."""
    source: str


DEVICES: dict[str, Device] = {
    device.arch: device
    for device in (
        Device(
            arch="sm_80",
            name="A100 80GB SXM",
            bandwidth=2.039e12,
            fp32=19.5e12,
            fp64=9.7e12,
            tf32=156e12,
            half=312e12,
            memory=80e9,
            shared=163 << 10,
            processors=108,
            source="NVIDIA A100 data sheet",
        ),
        Device(
            arch="sm_86",
            name="A10",
            bandwidth=0.6e12,
            fp32=31.2e12,
            fp64=31.2e12 / 64,
            tf32=62.5e12,
            half=125e12,
            memory=24e9,
            shared=99 << 10,
            processors=72,
            source="NVIDIA A10 data sheet",
        ),
        Device(
            arch="sm_89",
            name="L40S",
            bandwidth=0.864e12,
            fp32=91.6e12,
            fp64=91.6e12 / 64,
            tf32=183e12,
            half=362e12,
            memory=48e9,
            shared=99 << 10,
            processors=142,
            source="NVIDIA L40S data sheet",
        ),
        Device(
            arch="sm_90",
            name="H100 SXM",
            bandwidth=3.35e12,
            fp32=66.9e12,
            fp64=34e12,
            tf32=494.7e12,
            half=989.4e12,
            memory=80e9,
            shared=227 << 10,
            processors=132,
            source="NVIDIA H100 data sheet",
        ),
        Device(
            arch="sm_100",
            name="B200",
            bandwidth=7.7e12,
            fp32=75e12,
            fp64=37e12,
            tf32=1125e12,
            half=2250e12,
            memory=180e9,
            shared=227 << 10,
            processors=148,
            source="NVIDIA HGX B200 data sheet, one of eight",
        ),
        Device(
            arch="sm_120",
            name="RTX 5090",
            bandwidth=1.792e12,
            fp32=104.8e12,
            fp64=104.8e12 / 64,
            tf32=104.8e12,
            half=209.5e12,
            memory=32e9,
            shared=99 << 10,
            processors=170,
            source="NVIDIA RTX Blackwell architecture paper",
        ),
        Device(
            arch="gfx90a",
            name="MI250X, one die",
            bandwidth=1.638e12,
            fp32=23.9e12,
            fp64=23.9e12,
            tf32=None,
            half=191.5e12,
            memory=64e9,
            shared=64 << 10,
            processors=110,
            source="AMD CDNA 2 white paper",
        ),
        Device(
            arch="gfx942",
            name="MI300X",
            bandwidth=5.3e12,
            fp32=163.4e12,
            fp64=81.7e12,
            tf32=653.7e12,
            half=1307.4e12,
            memory=192e9,
            shared=64 << 10,
            processors=304,
            source="AMD Instinct MI300X data sheet",
        ),
    )
}


@dataclass(frozen=True)
class Estimate:
    """The least time that a subgraph can take: bytes over bandwidth or FLOPs over peak, whichever is more."""

    arch: str
    device: str
    seconds: float
    eager_seconds: float
    """The same with one kernel for each operator."""
    bound: str
    """``memory`` or ``compute``"""


def estimate(subgraph: Subgraph, arch: str, bandwidth: float = 0.0) -> Estimate | None:
    """The roofline estimate of ``subgraph`` on ``arch``; ``None`` for an architecture without figures here.

    ``bandwidth``, in bytes/s: what was measured, where that is more than the table's. GPUs of one architecture differ.
    """
    device = DEVICES.get(arch)
    if device is None:
        return None
    device = replace(device, bandwidth=max(device.bandwidth, bandwidth))
    compute = subgraph.cost.flops / _peak(subgraph, device)
    memory = subgraph.cost.bytes / device.bandwidth
    return Estimate(
        arch,
        device.name,
        max(compute, memory),
        max(compute, subgraph.cost.eager_bytes / device.bandwidth),
        "compute" if compute > memory else "memory",
    )


_MULTIPLIES = frozenset(
    ("contraction", "attention", "product", "convolution", "transposed convolution", "recurrence", "module")
)
"""Families of subgraphs whose FLOPs are those of products of matrices."""


def _peak(subgraph: Subgraph, device: Device) -> float:
    """FLOP/s that this subgraph's kind of arithmetic can reach."""
    if subgraph.family not in _MULTIPLIES:
        return device.fp32
    # What attention or a product of halves holds on the way is float32: what it reads tells what it multiplies.
    dtypes = {spec.dtype for spec in subgraph.inputs if spec.dtype.startswith(("float", "bfloat"))}
    if dtypes <= {"float16", "bfloat16"}:
        return device.half
    # float32 products run as tf32x3: three products in TF32 make one of float32's accuracy.
    return max(device.fp32, device.tf32 / 3 if device.tf32 is not None else 0.0)
