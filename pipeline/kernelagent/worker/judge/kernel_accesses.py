"""Every load, store and atomic operation of an interpreted kernel, judged before it happens.

One that leaves the tensor that its pointer came from is reported with its line and element and not executed, so that it
can neither crash the process nor go unseen. One that reads what nobody wrote, or races, is reported.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kernelagent.worker.judge.blocks import Block
from kernelagent.worker.judge.launch_together import Apart, Together
from kernelagent.worker.judge.launch_windows import Window, Windows, address
from kernelagent.worker.judge.race_watch import RaceWatch
from kernelagent.worker.judge.room import Lanes

_MOST_VIOLATIONS = 20
_NAMES = {"fp16": "float16", "bf16": "bfloat16"}


@dataclass(frozen=True)
class Violation:
    kernel: str
    what: str
    line: int | None


class KernelAccesses:
    """Of one candidate process; one launch at a time."""

    def __init__(self, candidate_file: str) -> None:
        self._candidate_file = candidate_file
        self.kernel = ""
        self.windows = Windows()
        self.races = RaceWatch()
        self.violations: list[Violation] = []
        self.sole: Window | None = None
        """Where everything lies that the last :meth:`check` let pass, if it is one tensor."""
        self.together: Together | None = None
        """Programs that run together now, if any."""
        self.launches = 0
        """Begun so far."""
        self.lanes: dict[str, Lanes] = {}
        """By kernel, since somebody emptied it."""
        self.rounded_sums: dict[str, int | None] = {}
        """Kernels that added up in 16 bits and lost something by it, each with a line where it did."""
        self._atomic_sums: dict[tuple[int, str], None] = {}
        """Lines at which atomic operations added several numbers up in memory of 16 bits, with its type."""

    def begin_launch(self, kernel: str, tensors: dict[str, torch.Tensor], blocks: dict[int, Block]) -> None:
        """From here on these tensors' memory may be touched, and nothing else. ``blocks`` are all that the judge handed
        out, by the address of their storage."""
        self.kernel = kernel
        self.launches += 1
        self.races.begin_launch()
        self.windows = Windows()
        for name, tensor in tensors.items():
            self.windows.add(name, tensor, blocks.get(tensor.untyped_storage().data_ptr()))
        if any(t.dtype in (torch.int64, torch.uint64) for t in tensors.values()):  # may be a table of addresses
            self.windows.allow_anywhere(list(blocks.values()))

    def check(self, pointers: Any, mask: Any, itemsize: int, *, stores: bool, atomic: bool = False) -> tuple[Any, Any]:
        """Plain addresses, and the mask without the elements that lie outside. Notes what is read and stored."""
        self.sole = None
        if self.together is not None:
            checked = self.together.check(self.windows, pointers, mask, itemsize, self.line(), stores)
            self.sole = self.together.sole
            return checked
        pointers = np.asarray(pointers, dtype=np.uint64)
        mask = np.broadcast_to(np.asarray(mask, dtype=bool), pointers.shape)
        places = np.flatnonzero(mask)
        self.note_lanes(Lanes(mask.size, places.size))
        if places.size == 0:
            if stores and pointers.size:
                self._note_masked(pointers)
            return address(pointers), mask
        used = pointers.reshape(-1)[places]
        allowed = None
        found = self.windows.split(used)
        self.sole = found[0][0] if len(found) == 1 else None
        for window, among in found:
            here, where = used[among], places[among]
            addresses = address(here)
            inside = self._inside(window, addresses, itemsize)
            if inside is not True:
                if allowed is None:
                    allowed = mask.copy().reshape(-1)
                allowed[where[~inside]] = False
                self._report_outside(window, addresses[~inside], itemsize, stores)
                addresses, where = addresses[inside], where[inside]
            if window is not None and window.block is not None and addresses.size:
                self._note(window, window.block, addresses, itemsize, where, pointers.shape, stores, atomic)
        return address(pointers), mask if allowed is None else allowed.reshape(mask.shape)

    def note_lanes(self, lanes: Lanes) -> None:
        """Of the kernel that runs."""
        self.lanes[self.kernel] = self.lanes.get(self.kernel, Lanes()) + lanes

    def line(self) -> int | None:
        """Of the candidate's file, that is running now."""
        return line_in(self._candidate_file)

    def _note_masked(self, pointers: Any) -> None:
        for window, _ in self.windows.split(pointers.reshape(-1)[:1]):
            if window is not None and window.block is not None:
                window.block.sources.add("masked")

    def _inside(self, window: Window | None, addresses: Any, itemsize: int) -> Any:
        """``True``: all of them."""
        if window is None:
            return np.zeros(addresses.shape, dtype=bool)
        if int(addresses.min()) >= window.start and int(addresses.max()) + itemsize <= window.end:
            return True
        end = np.uint64(max(window.end - itemsize, 0))
        return (addresses >= np.uint64(window.start)) & (addresses <= end)

    def _report_outside(self, window: Window | None, addresses: Any, itemsize: int, stores: bool) -> None:
        count = f"{addresses.size} element{'s' if addresses.size > 1 else ''}"
        verb = "writes" if stores else "reads"
        if window is None:
            self.blame(f"{verb} {count} out of bounds, far from every tensor of the launch")
        else:
            past = addresses >= np.uint64(window.end - itemsize + 1) if window.end > itemsize else addresses >= 0
            first = int(addresses[past].min()) if past.any() else int(addresses.max())
            self.blame(f"{verb} {count} out of bounds of {window.name}: {window.place(first)}")

    def _note(
        self,
        window: Window,
        block: Block,
        addresses: Any,
        itemsize: int,
        places: Any,
        shape: tuple[int, ...],
        stores: bool,
        atomic: bool,
    ) -> None:
        """Remember what is written, and ask the race watch about every access to memory that may be written."""
        offsets = (addresses - np.uint64(block.start)).astype(np.int64)
        if (not stores or atomic) and block.purpose == "empty" and not block.is_whole():
            unwritten = block.unwritten(offsets, itemsize)
            if unwritten.any():
                first = window.place(int(addresses[unwritten][0])).split(",")[0]
                number = int(unwritten.sum())
                verb = "adds to" if atomic else "reads"
                self.blame(f"{verb} {number} element{'s' if number > 1 else ''} that nobody wrote, the first {first}")
        if stores:
            block.note_written(offsets, itemsize)
            block.sources.add("kernel")
            if (line := self.line()) is not None:
                block.lines.add(line)
        if block.purpose != "input":
            if stores:
                found = self.races.note_store(block.start, block.nbytes, addresses, itemsize, places, shape, atomic)
            else:
                found = self.races.note_load(block.start, block.nbytes, addresses, itemsize, places, shape)
            if found:
                self.blame(f"{found} ({window.place(int(addresses[0])).split(',')[0]} among them)")

    def note_rounded_sum(self) -> None:
        if self.kernel not in self.rounded_sums:
            self.rounded_sums[self.kernel] = self.line()

    def note_atomic(self, element: Any, adds: bool) -> None:
        """An atomic operation on memory of that type, after :meth:`check` has seen it."""
        if adds and element.primitive_bitwidth <= 16 and self.races.adds_again:
            self._atomic_sums[self.line() or 0, str(element)] = None

    def kept_narrow(self) -> Iterator[str]:
        """Sums that atomic operations kept in 16 bits, in words."""
        for line, kind in sorted(self._atomic_sums):
            yield (
                f"Sums of more numbers than in any case: line {line} of the kernel's file keeps them in "
                f"{_NAMES.get(kind, kind)}, which rounds at each atomic addition"
            )

    def store(self, store: Callable[[], Any]) -> None:
        """Have ``store`` write to memory what :meth:`check` has seen; of programs that run together, once all have."""
        if self.together is not None:
            self.together.later(store)
            return
        store()
        self.blame(self.races.after_store())

    def blame(self, what: str) -> None:
        """Once for each line and kind of offence."""
        if what and self.together is not None:
            raise Apart(what)
        if not what or len(self.violations) >= _MOST_VIOLATIONS:
            return
        line = self.line()
        kind = what.split(" ", maxsplit=1)[0]
        if any(v.line == line and v.kernel == self.kernel and v.what.startswith(kind) for v in self.violations):
            return
        self.violations.append(Violation(self.kernel, f"{what}, in {_program()}", line))


def _program() -> str:
    from triton.runtime import interpreter

    x, y, z = interpreter.interpreter_builder.grid_idx
    return f"program ({x}, {y}, {z})"


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
