"""Memory that notices misuse: poisoned when fresh, between guard bands.

What kernels do with it while they are interpreted is watched by ``kernel_accesses.py``. On a GPU the guard bands
remain.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

from kernelagent.worker.judge.blocks import Block, element_offsets
from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.problem.tensors import address

GUARD_BYTES = 512
GUARD_PATTERN = 0xA7
POISON_FLOAT = 0xFF
"""NaN in every floating type"""
POISON_INTEGER = 0x5B


class GuardedMemory:
    """The allocations of one candidate process. Blocks are kept until :meth:`forget`, so that no address is reused."""

    def __init__(self, candidate_file: str, device: str = "cpu") -> None:
        self._device = device
        self._blocks: dict[int, Block] = {}
        """by the address of their storage"""
        self.from_the_start = False
        """Tensors begin where their storage does, as they mostly do in use: there is no guard band in front of them. On
        a GPU, where only the bands tell, that is so in few cases."""
        self.accesses = KernelAccesses(candidate_file)

    def allocate(self, nbytes: int, purpose: str) -> torch.Tensor:
        """A uint8 tensor of ``nbytes`` between two guard bands, or before one."""
        front = 0 if self.from_the_start else GUARD_BYTES
        padded = -(-nbytes // 16) * 16
        whole = torch.full((padded + 2 * GUARD_BYTES + 64,), GUARD_PATTERN, dtype=torch.uint8, device=self._device)
        skip = front + (-(whole.data_ptr() + front)) % 64
        block = Block(whole, whole.data_ptr() + skip, nbytes, purpose)
        block.sources = {"input"} if purpose in ("input", "state") else {"constant"} if purpose == "filled" else set()
        self._blocks[whole.untyped_storage().data_ptr()] = block
        return whole[skip : skip + nbytes]

    def empty_strided(
        self, shape: tuple[int, ...], stride: tuple[int, ...], dtype: torch.dtype, purpose: str
    ) -> torch.Tensor:
        """A guarded tensor; poisoned when its purpose is ``empty``."""
        elements = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, stride, strict=True))
        block = self.allocate(elements * dtype.itemsize, purpose)
        if purpose == "empty":
            block.fill_(POISON_FLOAT if dtype.is_floating_point or dtype.is_complex else POISON_INTEGER)
        base = torch.empty(0, dtype=dtype, device=self._device)
        offset = block.storage_offset() // dtype.itemsize
        return base.set_(block.untyped_storage(), offset, shape, stride)

    def lies_with(self, tensor: torch.Tensor) -> bool:
        """Whether it is memory of this device. What a file makes on the CPU beside a GPU stays there, and no kernel may
        be handed it; nor may a sparse tensor."""
        return tensor.layout is torch.strided and tensor.device.type == torch.device(self._device).type

    def block_of(self, tensor: torch.Tensor) -> Block | None:
        return self._blocks.get(address(tensor))

    def is_kernels(self, tensor: torch.Tensor) -> bool:
        """Whether a kernel has stored to its memory."""
        block = self.block_of(tensor)
        return block is not None and "kernel" in block.sources

    def damaged(self) -> list[Block]:
        """Blocks whose guard bands were written to."""
        hurt = []
        for block in self._blocks.values():
            skip = block.start - block.whole.data_ptr()
            before, after = block.whole[:skip], block.whole[skip + block.nbytes :]
            if bool((before != GUARD_PATTERN).any()) or bool((after != GUARD_PATTERN).any()):
                hurt.append(block)
        return hurt

    def forget(self, but: Iterable[torch.Tensor] = (), limit: int = 1 << 29) -> None:
        """Between two calls: give memory back when there is much of it, ``but`` for these tensors and the weights."""
        if sum(block.nbytes for block in self._blocks.values()) > limit:
            kept = {tensor.untyped_storage().data_ptr() for tensor in but}
            self._blocks = {k: b for k, b in self._blocks.items() if k in kept or b.purpose == "state"}

    def drop(self, tensors: Iterable[torch.Tensor], limit: int = 1 << 29) -> None:
        """These weights are not used any more: give theirs back too, when there is much of it."""
        if sum(block.nbytes for block in self._blocks.values()) > limit:
            for tensor in tensors:
                self._blocks.pop(tensor.untyped_storage().data_ptr(), None)

    def mark_as_kernels(self, tensors: list[torch.Tensor]) -> None:
        """A compiled kernel was given these tensors; which of them it wrote can't be seen on a GPU."""
        for tensor in tensors:
            block = self.block_of(tensor)
            if block is not None:
                block.sources.add("kernel")

    def mark_as_written(self, tensor: torch.Tensor) -> None:
        """PyTorch copied or filled these elements: they are not left over from before."""
        block = self.block_of(tensor)
        if block is None or block.purpose != "empty" or self._device != "cpu" or not tensor.numel():
            return
        offsets = element_offsets(tensor, block)
        if offsets.min() < 0 or offsets.max() >= block.nbytes:
            return
        block.note_written(offsets, tensor.element_size())

    def begin_launch(self, kernel: str, tensors: dict[str, torch.Tensor]) -> None:
        """A kernel is about to be interpreted with these tensors, by the names of its parameters."""
        self.accesses.begin_launch(kernel, tensors, self._blocks)
