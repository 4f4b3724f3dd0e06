"""Which ATen operators the wrapper runs: allocation, views and copies pass, computing does not, unless it stands on a
line on which the file declares it (``static/declared.py``).

A ``TorchDispatchMode`` sees every operator below all Python aliases, whatever name it was called by. It also hands out
the guarded, poisoned memory, and follows through copies where the contents of each tensor come from.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import triton
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from kernelagent.worker.aot.standing_gpu import StandingGpu
from kernelagent.worker.judge.fetched import SEEDS, Fetched
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.own_operators import OwnOperators

FRESH = frozenset({"empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"})
FILLED = frozenset(
    {"zeros", "zeros_like", "new_zeros", "ones", "ones_like", "new_ones", "full", "full_like", "new_full"}
    | {"scalar_tensor", "zero_", "fill_", "arange"}
)
COPIES = frozenset(
    {"clone", "copy_", "_to_copy", "cat", "stack", "repeat", "lift_fresh_copy", "_unsafe_view", "_reshape_copy"}
    | {"constant_pad_nd"}
)
SEEDING = frozenset({"random_", "randint"})
"""Draw seeds: a few integers."""
MOST_SEEDS = 64
MOST_COUNTS = 16
"""Integers of its kernels' that a call may read, to learn how large a result is."""
READING = frozenset({"_local_scalar_dense", "item"})
"""Read one number; the second is what is seen in an operator of the file's own."""
METADATA = frozenset(
    {"detach", "detach_", "alias", "lift_fresh", "lift", "set_", "resize_", "_resize_output_", "as_strided_"}
    | {"is_same_size", "sym_size", "sym_stride", "sym_numel", "sym_storage_offset", "size", "stride", "is_pinned"}
    | {"is_non_overlapping_and_dense", "is_contiguous", "is_strides_like_format", "dim", "numel", "record_stream"}
    | {"squeeze_", "unsqueeze_", "transpose_", "t_", "_reshape_alias", "requires_grad_"}
)
LAZY = frozenset({"_neg_view", "_conj", "conj"})
"""Views that compute as soon as they are read."""
CARRYING_OUT = frozenset({"numpy", "tolist", "__array__", "__dlpack__", "untyped_storage", "_typed_storage", "storage"})
"""Methods that hand a tensor's bytes to Python, below which no operator is seen."""
_READING = {
    "item": frozenset({"item"}),
    "tolist": frozenset({"tolist"}),
    "int": frozenset({"__int__"}),
    "bool": frozenset({"__bool__"}),
    "size": frozenset({"empty", "zeros", "ones", "new_empty", "new_zeros", "new_ones", "narrow"})
    | frozenset({"view", "reshape", "expand", "__getitem__"}),
}
"""How a call reads, as its text has it → PyTorch's functions that do so."""
_TORCH = str(Path(torch.__file__).parent)
_TRUSTED = (str(Path(triton.__file__).parent), str(Path(__file__).parents[2]))


@dataclass(frozen=True)
class Computed:
    """An operator that computes."""

    op: str
    line: int | None


class DispatchRecord(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Enter it around the candidate's call. ``paused`` is the judge's own work, not the candidate's."""

    def __init__(
        self,
        memory: GuardedMemory,
        candidate_file: str,
        gpu: StandingGpu | None = None,
        declared: Sequence[Sequence[int]] = (),
        reads: Sequence[Sequence[Any]] = (),
    ) -> None:
        """``declared``: first and last line of each call that PyTorch may compute. ``reads``: where each call begins
        and ends that may read a number which a kernel wrote, by which way, and what is wrong with what becomes of it,
        if anything is."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._memory = memory
        self._gpu = gpu
        self._file = candidate_file
        self.paused = False
        self._declared = frozenset(line for first, last in declared for line in range(first, last + 1))
        self.computed: list[Computed] = []
        self.by_pytorch: dict[str, None] = {}
        """operators that computed where they are declared"""
        self._reads = {tuple(where): (how, problem) for *where, how, problem in reads}
        self.function = ""
        """Of PyTorch's, that the candidate has called and that has not returned."""
        self._own = OwnOperators(self._again)
        self.drew_seeds = False
        """In some call."""
        self._counts_read = 0
        self._fetched = Fetched()
        self._seen: int | None = None
        """Operators of this call; ``None``: nobody is watched."""
        if gpu is not None:
            gpu.operators_seen = lambda: self._seen

    def __enter__(self) -> DispatchRecord:
        super().__enter__()  # type: ignore[no-untyped-call]
        self._seen = self._counts_read = 0
        self._fetched = Fetched()
        self._watch = _CarryingOut(self)
        self._watch.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *exc: Any) -> None:
        self._seen = None
        if self._gpu is not None:
            self.computed += [
                Computed(f"torch.{name}, with the watch over operators off", None) for name in self._gpu.unseen
            ]
            self._gpu.unseen.clear()
        self._watch.__exit__(*exc)  # type: ignore[no-untyped-call]
        super().__exit__(*exc)  # type: ignore[no-untyped-call]

    @contextlib.contextmanager
    def _again(self) -> Iterator[None]:
        """For what an operator of the candidate's own runs."""
        TorchDispatchMode.__enter__(self)  # type: ignore[no-untyped-call]
        try:
            with _CarryingOut(self):
                yield
        finally:
            TorchDispatchMode.__exit__(self, None, None, None)  # type: ignore[no-untyped-call]

    def note_carried_out(self, name: str, args: Any) -> None:
        """``name`` was called. Not by Triton, torch or the judge, so by the candidate or by code that it made: the
        tensor's bytes are Python's now."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith((_TORCH, __file__)):
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename.startswith(_TRUSTED):
            return
        if name != "tolist" or not self._reads_counts("Tensor.tolist", args[0]):
            self.computed.append(Computed(f"Tensor.{name} (Python reads the values)", self._line()))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._seen = None if self._seen is None else self._seen + 1
        if self.paused:
            return func(*args, **kwargs)
        if self._own.has(func._schema.name):
            return func(*args, **kwargs)
        namespace, _, name = func._schema.name.partition("::")
        known = namespace == "aten" and (name in FRESH or name in FILLED or name in COPIES or name in METADATA)
        known = known or (
            namespace == "aten" and (self._draws_seeds(name, args) or self._reads_a_count(func, name, args))
        )
        if not known and not (namespace == "aten" and func.is_view and name not in LAZY):
            if namespace == "aten" and self._is_declared():
                self.by_pytorch[f"{namespace}.{name}"] = None
                return self._computed_by_pytorch(func(*args, **kwargs))
            self.computed.append(Computed(str(func), self._line()))
            return func(*args, **kwargs)
        converts = name in ("_to_copy", "copy_") and not self._is_declared()
        if converts and (converted := self._converted(name, args, kwargs)):
            self.computed.append(Computed(f"{func} ({converted})", self._line()))
        result = func(*args, **kwargs)
        if namespace == "aten":
            with self._gpu.paused() if self._gpu is not None else contextlib.nullcontext():
                result = self._guard(name, args, kwargs, result)
        return result

    def _converted(self, name: str, args: Any, kwargs: Any) -> str:
        """What a conversion to integers or bools makes of numbers that are none: it rounds or compares them. An input
        of integers may be a mask."""
        source = args[0] if name == "_to_copy" else args[1]
        to = kwargs.get("dtype") if name == "_to_copy" else args[0].dtype
        whole = to is not None and not (to.is_floating_point or to.is_complex)
        if not whole or not isinstance(source, torch.Tensor):
            return ""
        if not source.is_floating_point() and (to != torch.bool or "kernel" not in self._sources(source)):
            return ""
        self.paused = True
        changed = not bool((source.to(to).to(source.dtype) == source).all())
        self.paused = False
        return f"which makes {to} of {source.dtype} with other values" if changed else ""

    def _is_declared(self) -> bool:
        return bool(self._declared) and self._line() in self._declared

    def _computed_by_pytorch(self, result: Any) -> Any:
        """What a declared operator gives, in memory like all other, and marked as PyTorch's."""

        def mark(tensor: torch.Tensor) -> torch.Tensor:
            block = self._memory.block_of(tensor)
            if block is None:
                guarded = self._memory.empty_strided(tuple(tensor.shape), tensor.stride(), tensor.dtype, "filled")
                tensor = guarded.copy_(tensor)
                block = self._memory.block_of(tensor)
                assert block is not None
                block.sources = {"pytorch"}
            else:
                self._memory.mark_as_written(tensor)
                block.sources.add("pytorch")
            return tensor

        self.paused = True
        try:
            with self._gpu.paused() if self._gpu is not None else contextlib.nullcontext():
                return tree_map_only(torch.Tensor, mark, result)
        finally:
            self.paused = False

    def _draws_seeds(self, name: str, args: Any) -> bool:
        """Whether a few integers are drawn by PyTorch's generator, or one of those is read."""
        self.drew_seeds = self.drew_seeds or name in SEEDING
        if name == "randint":
            sizes = next((a for a in args if isinstance(a, (list, tuple))), ())
            return math.prod(sizes) <= MOST_SEEDS
        if name == "random_":
            return not args[0].is_floating_point() and args[0].numel() <= MOST_SEEDS
        block = self._memory.block_of(args[0]) if name in READING else None
        if block is None and name in READING:
            return self._fetched.sources(args[0]) == {SEEDS}
        return block is not None and block.purpose == "seeds" and "kernel" not in block.sources

    def _reads_a_count(self, func: Any, name: str, args: Any) -> bool:
        return name in READING and self._reads_counts(str(func), args[0])

    def _reads_counts(self, name: str, tensor: torch.Tensor) -> bool:
        """Whether integers are read that a kernel, or a filling before it, wrote, as some of few. If so, it is told
        where they may become something else than sizes."""
        if tensor.is_floating_point() or tensor.is_complex():
            return False
        self._counts_read += tensor.numel()
        sources = self._fetched.sources(tensor) or self._sources_of_block(tensor)
        if not sources or not sources <= {"kernel", "constant", "masked"} or self._counts_read > MOST_COUNTS:
            return False
        ways = [(how, problem) for how, problem in self._reads_here() if self.function in _READING.get(how, ())]
        problem = next((problem for _, problem in ways if problem is not None), None)
        if not ways:
            problem = "reads it otherwise than by .item(), .tolist() or int()"
        if problem is not None:
            what = f"{name} (the wrapper reads a number that a kernel wrote and {problem}: it may only become a size)"
            self.computed.append(Computed(what, self._line()))
        return True

    def _guard(self, name: str, args: Any, kwargs: Any, result: Any) -> Any:
        """Put fresh memory between guard bands; carry the sources of contents along."""
        if not isinstance(result, torch.Tensor) or result.layout is not torch.strided or result.is_meta:
            return result
        if not self._memory.lies_with(result):
            sources = {SEEDS} if name in SEEDING else self._sources((args, kwargs))
            self._fetched.note(name, args, result, sources)
            return result
        fresh = name in FRESH
        seeds = name in SEEDING and not name.endswith("_")
        if seeds or fresh or (name in FILLED and not name.endswith("_")) or (name in COPIES and not name.endswith("_")):
            if name in COPIES and self._memory.block_of(result) is not None:
                return result  # it was a view after all
            sources = self._sources((args, kwargs)) if name in COPIES else set()
            purpose = "seeds" if seeds else "empty" if fresh else "filled"
            self.paused = True
            guarded = self._memory.empty_strided(tuple(result.shape), result.stride(), result.dtype, purpose)
            if not fresh:
                guarded.copy_(result)
            self.paused = False
            block = self._memory.block_of(guarded)
            if block is not None and sources:
                block.sources = sources
            return guarded
        if name == "copy_":
            block = self._memory.block_of(args[0])
            if block is not None:
                block.sources |= self._sources(args[1:])
        if name in ("copy_", "fill_", "zero_", "random_"):
            self._memory.mark_as_written(args[0])
        return result

    def _sources_of_block(self, tensor: torch.Tensor) -> set[str]:
        block = self._memory.block_of(tensor)
        return set() if block is None else block.sources

    def _sources(self, value: Any) -> set[str]:
        found: set[str] = set()
        if isinstance(value, torch.Tensor):
            block = self._memory.block_of(value)
            found |= (self._fetched.sources(value) or {"constant"}) if block is None else block.sources
        elif isinstance(value, (list, tuple)):
            for item in value:
                found |= self._sources(item)
        elif isinstance(value, dict):
            found |= self._sources(list(value.values()))
        return found

    def _line(self) -> int | None:
        """The candidate's line nearest to the operator."""
        frame = self._frame()
        return None if frame is None else frame.f_lineno

    def _reads_here(self) -> list[tuple[str, str | None]]:
        """What is known of the candidate's call nearest to the operator, if it is one that may read: by which way, and
        what is wrong. Before Python 3.11 only its line is known, and of several calls on it, all are meant."""
        frame = self._frame()
        if frame is None:
            return []
        if sys.version_info >= (3, 11):
            first, last, begins, ends = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            return [self._reads[where] for where in [(first, begins, last, ends)] if where in self._reads]
        return [told for (first, _, last, _), told in self._reads.items() if first <= frame.f_lineno <= last]

    def _frame(self) -> FrameType | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        return frame


class _CarryingOut(TorchFunctionMode):
    """Sees methods of tensors that run no operator."""

    def __init__(self, record: DispatchRecord) -> None:
        super().__init__()
        self._record = record

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if not self._record.paused:
            before, self._record.function = self._record.function, name
            try:
                if name in CARRYING_OUT:
                    self._record.note_carried_out(name, args)
                return func(*args, **(kwargs or {}))
            finally:
                self._record.function = before
        return func(*args, **(kwargs or {}))
