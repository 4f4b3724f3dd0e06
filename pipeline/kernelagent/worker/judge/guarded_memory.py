"""Memory that notices misuse: poisoned when fresh, between guard bands, every interpreted access checked and noted.

On a CPU each load and store of an interpreted kernel passes through here with its addresses. One that lies outside
the launch's tensors is reported with its line and not executed, so that it can neither crash the process nor go
unseen. On a GPU the guard bands remain.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from kernelagent.worker.judge.race_watch import RaceWatch


GUARD_BYTES = 512
GUARD_PATTERN = 0xA7
POISON_FLOAT = 0xFF
"""NaN in every floating type"""
POISON_INTEGER = 0x5B
_MOST_VIOLATIONS = 20


@dataclass
class Block:
    """One guarded allocation."""

    whole: torch.Tensor
    """uint8, the guard bands included"""
    start: int
    """address of the first byte that may be used"""
    nbytes: int
    purpose: str
    """``input``, ``state``, ``empty`` (poisoned), ``filled`` (zeros, full ...)"""
    written: Any = None
    """bool for each byte: a kernel's store began there; made at the first store"""
    sources: set[str] = field(default_factory=set)
    """where its contents come from: ``kernel``, ``input``, ``constant``"""


@dataclass(frozen=True)
class Violation:
    kernel: str
    what: str
    line: int | None


class GuardedMemory:
    """The allocations of one candidate process. Blocks are kept until :meth:`forget`, so that no address is reused."""

    def __init__(self, candidate_file: str, device: str = "cpu") -> None:
        self._candidate_file = candidate_file
        self._device = device
        self._blocks: dict[int, Block] = {}
        """by the address of their storage"""
        self._ranges: tuple[Any, Any, list[Block | None]] = (np.zeros(0, np.uint64), np.zeros(0, np.uint64), [])
        self._kernel = ""
        self._races: RaceWatch | None = None
        self.violations: list[Violation] = []

    # Allocation

    def allocate(self, nbytes: int, purpose: str) -> torch.Tensor:
        """A uint8 tensor of ``nbytes`` between two guard bands."""
        padded = -(-nbytes // 16) * 16
        whole = torch.full((padded + 2 * GUARD_BYTES + 64,), GUARD_PATTERN, dtype=torch.uint8, device=self._device)
        skip = GUARD_BYTES + (-(whole.data_ptr() + GUARD_BYTES)) % 64
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

    def block_of(self, tensor: torch.Tensor) -> Block | None:
        return self._blocks.get(tensor.untyped_storage().data_ptr())

    def damaged(self) -> list[Block]:
        """Blocks whose guard bands were written to."""
        hurt = []
        for block in self._blocks.values():
            skip = block.start - block.whole.data_ptr()
            before, after = block.whole[:skip], block.whole[skip + block.nbytes :]
            if bool((before != GUARD_PATTERN).any()) or bool((after != GUARD_PATTERN).any()):
                hurt.append(block)
        return hurt

    def forget(self, limit: int = 1 << 29) -> None:
        """Between two cases: give memory back when there is much of it."""
        if sum(block.nbytes for block in self._blocks.values()) > limit:
            self._blocks = {key: block for key, block in self._blocks.items() if block.purpose == "state"}

    def mark_as_kernels(self, tensors: list[torch.Tensor]) -> None:
        """A compiled kernel was given these tensors; which of them it wrote can't be seen on a GPU."""
        for tensor in tensors:
            block = self.block_of(tensor)
            if block is not None:
                block.sources.add("kernel")

    def mark_as_written(self, tensor: torch.Tensor) -> None:
        """PyTorch copied or filled these elements: they are not left over from before.

        A tensor that reaches into the guard bands is the interpreter's own: it copies whole storages onto themselves.
        """
        block = self.block_of(tensor)
        if block is None or block.purpose != "empty" or self._device != "cpu" or not tensor.numel():
            return
        offsets = element_offsets(tensor, block)
        if offsets.min() < 0 or offsets.max() >= block.nbytes:
            return
        if block.written is None:
            block.written = np.zeros(block.nbytes, dtype=bool)
        block.written[offsets] = True

    # Interpreted accesses

    def begin_launch(self, kernel: str, tensors: list[torch.Tensor]) -> None:
        """From here on these tensors' memory may be touched, and nothing else."""
        self._kernel = kernel
        if self._races is not None:
            self._races.begin_launch()
        spans: dict[int, tuple[int, int, Block | None]] = {}
        for tensor in tensors:
            storage = tensor.untyped_storage()
            block = self._blocks.get(storage.data_ptr())
            start = storage.data_ptr() if block is None else block.start
            spans[start] = (start, start + (storage.nbytes() if block is None else block.nbytes), block)
        if any(t.dtype in (torch.int64, torch.uint64) for t in tensors):  # may be a table of addresses
            for block in self._blocks.values():
                spans[block.start] = (block.start, block.start + block.nbytes, block)
        ordered = sorted(spans.values(), key=lambda span: span[0])
        self._ranges = (
            np.array([span[0] for span in ordered], dtype=np.uint64),
            np.array([span[1] for span in ordered], dtype=np.uint64),
            [span[2] for span in ordered],
        )

    def check(self, pointers: Any, mask: Any, itemsize: int, stores: bool) -> Any:
        """The mask without the elements that lie outside; notes what is stored."""
        addresses = np.asarray(pointers, dtype=np.uint64)
        mask = np.broadcast_to(np.asarray(mask, dtype=bool), addresses.shape)
        used = addresses if mask.all() else addresses[mask]
        if used.size == 0:
            return mask
        starts, ends, blocks = self._ranges
        low, high = used.min(), used.max() + np.uint64(itemsize)
        number = int(np.searchsorted(starts, low, side="right")) - 1
        if number >= 0 and high <= ends[number]:
            self._note(blocks[number], used, itemsize, stores)
            return mask
        return self._check_each(addresses, mask, itemsize, stores)

    def _check_each(self, addresses: Any, mask: Any, itemsize: int, stores: bool) -> Any:
        starts, ends, blocks = self._ranges
        numbers = np.searchsorted(starts, addresses, side="right").astype(np.int64) - 1
        inside = (numbers >= 0) & mask
        if len(starts):
            inside &= addresses + np.uint64(itemsize) <= ends[np.clip(numbers, 0, len(ends) - 1)]
        outside = mask & ~inside
        if outside.any() and len(self.violations) < _MOST_VIOLATIONS:
            self._report(addresses[outside], itemsize, "writes" if stores else "reads")
        for number in np.unique(numbers[inside]):
            self._note(blocks[number], addresses[inside & (numbers == number)], itemsize, stores)
        return inside

    def _report(self, addresses: Any, itemsize: int, verb: str) -> None:
        starts, ends, _ = self._ranges
        first = int(addresses.flat[0])
        distances = [(first - int(end), "past the end of") for end in ends if int(end) <= first]
        distances += [(int(start) - first, "before the start of") for start in starts if first < int(start)]
        distance, where = min(distances, default=(1 << 62, ""))
        elements = f"{distance // itemsize + where.startswith('past')} elements {where} a tensor"
        where = elements if distance < 1 << 24 else "far from every tensor of the launch"
        self._blame(
            f"{verb} {addresses.size} element{'s' if addresses.size > 1 else ''} out of bounds, the first {where}"
        )

    def _note(self, block: Block | None, addresses: Any, itemsize: int, stores: bool) -> None:
        """Remember what is written, and ask the race watch about every access to memory that may be written."""
        if block is None:
            return
        if stores:
            if block.written is None:
                block.written = np.zeros(block.nbytes, dtype=bool)
            block.written[(addresses - np.uint64(block.start)).astype(np.int64)] = True
            block.sources.add("kernel")
        if self._races is not None and block.purpose != "input":
            note = self._races.note_store if stores else self._races.note_load
            self._blame(note(block.start, block.nbytes, addresses, itemsize))

    def _blame(self, what: str) -> None:
        if what and len(self.violations) < _MOST_VIOLATIONS:
            self.violations.append(Violation(self._kernel, what, line_in(self._candidate_file)))

    def watch_races(self, races: RaceWatch) -> None:
        self._races = races

    def after_store(self) -> None:
        if self._races is not None:
            self._blame(self._races.after_store())


def element_offsets(tensor: torch.Tensor, block: Block) -> Any:
    """Where each element of ``tensor`` begins, in bytes from the start of its block; of the tensor's shape."""
    offsets = np.array(tensor.data_ptr() - block.start, dtype=np.int64)
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        offsets = offsets[..., None] + np.arange(size, dtype=np.int64) * (stride * tensor.element_size())
    return offsets


def line_in(file: str) -> int | None:
    """The line in ``file`` that this thread is executing, however deep below it we are."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == file:
            return frame.f_lineno
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None
