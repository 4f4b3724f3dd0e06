"""Variables of the wrapper for what kernels store: named by the value, allocated before the first launch that writes
it, and taken again once nobody reads it any more, so that its memory goes back as early as in the module itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kernelagent.static.own_names import free_name
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.text import fresh_name
from kernelagent.worker.synth.index import contiguous_strides
from kernelagent.worker.synth.ir import Buffer, Op
from kernelagent.worker.synth.lowering.program import dense_order


class Variables:
    """Which names there are, and until which launch each is in use."""

    def __init__(self, taken: Collection[str], launched: Sequence[KernelSource], lasting: Collection[Op]):
        """``lasting``: what is read after the launches too, or by others than them."""
        self._taken = set(taken)
        self._last = {op: position for position, kernel in enumerate(launched) for op in kernel.pointers}
        self._last |= dict.fromkeys(lasting, len(launched))
        self._until: dict[str, dict[str, int]] = {}
        """Wanted name → those that were given out for it, and the last launch that needs each."""

    def fresh(self, wanted: str) -> str:
        """A name that nothing had before."""
        name = free_name(fresh_name(wanted, set()), self._taken)
        self._taken.add(name)
        return name

    def stored(self, op: Op, wanted: str, position: int) -> str:
        """A name for what the launch at ``position`` is the first to write."""
        given = self._until.setdefault(wanted, {})
        name = next((name for name, until in given.items() if until < position), "") or self.fresh(wanted)
        given[name] = self._last[op]
        return name


def allocation(buffer: Buffer, device: str) -> str:
    """The call that makes memory for ``buffer``, laid out as its strides say."""
    tail = f"device={device}, dtype=torch.{buffer.dtype}"
    if tuple(buffer.strides) != contiguous_strides(buffer.shape):
        order = dense_order(buffer.shape, buffer.strides)
        assert order is not None
        stored = ", ".join(to_text(buffer.shape[i]) for i in order)
        back = ", ".join(str(order.index(i)) for i in range(len(order)))
        return f"torch.empty(({stored}), {tail}).permute({back})"
    shape = ", ".join(to_text(s) for s in buffer.shape)
    return f"torch.empty(({shape}{',' if len(buffer.shape) == 1 else ''}), {tail})"
