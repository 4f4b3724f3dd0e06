"""Which values are computed in which kernel, and which go through memory.

A kernel has a domain (sizes it iterates over) and, for a reduction, the axes it reduces; a contraction's domain is its
batch, row and column dimensions. A value is *placed* in a kernel at an index over that domain. Rules:

* attention, from the product of queries with keys to that with values, is one kernel where that pays;
* every other contraction and every scan starts a kernel; a reduction joins one with the same domain and axes when it
  can, else starts one;
* a pointwise value is placed in the latest kernel that it depends on, if it reads that kernel's values exactly where
  they are placed: an epilogue. Otherwise it floats, and each reader computes it on the fly: a prologue;
* floating outputs are placed in a reduction that computes them anyway, else gathered into pointwise kernels by shape;
* a loop's body is planned by itself, and what it reads from outside is stored before the loop;
* what another kernel or the caller reads is stored, everything else lives in registers.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kernelagent.worker.synth.attention import find_attentions
from kernelagent.worker.synth.index import (
    ZERO,
    Index,
    at_sizes,
    contiguous_strides,
    dim,
    product,
    ravel,
    substitute,
    unravel,
)
from kernelagent.worker.synth.ir import (
    Buffer,
    Contract,
    Loop,
    LoopResult,
    Map,
    Op,
    Operand,
    Position,
    Reduce,
    Scan,
    operands,
    topological,
)
from kernelagent.worker.synth.operand_order import copy_operands
from kernelagent.worker.synth.plan import Kernel, LoopPlan, Plan

SERIAL_ROWS, SERIAL_LENGTH = 2, 65536
"""A reduction to fewer rows than this, each longer than that, has too few programs to be given pointwise work as
well."""

MAX_PERMUTED = 4
"""Dimensions of a product for which all orders are tried, to find the one in which a copy has them."""


def fuse(outputs: Sequence[Op], hints: dict[Any, int]) -> Plan:
    """Plan kernels for the given output values. ``hints`` gives each free size its example."""
    return _Planner(outputs, hints).plan()


class _Planner:
    def __init__(self, outputs: Sequence[Op], hints: dict[Any, int], outside: Collection[Op] = (), again: bool = False):
        self.outside = set(outside)
        """Values that lie in memory already."""
        self.outputs = [o for o in dict.fromkeys(outputs) if not isinstance(o, Buffer)]
        self.order = topological(list(self.outputs), self.outside)
        self.bodies: dict[Kernel, Plan] = {}
        """Of each loop."""
        self.hints = hints
        self.attentions = find_attentions(self.order, self.outputs, hints)
        self.inside_attention = {op for found in self.attentions.values() for op in found.within}
        whole = {*self.attentions, *self.inside_attention}
        self.copies = set() if again else copy_operands(self.order, whole, hints)
        """What products read in another order than it is made in. None in the body of a loop, which runs ``again``."""
        self.order = topological(list(self.outputs), self.outside)
        self.kernels: list[Kernel] = []
        self.home: dict[Op, Kernel] = {}
        self.own: set[Op] = set()
        self.needs: dict[Op, set[Kernel]] = {}
        """Kernels that a value's computation reads from, through floating values."""
        self._direct: dict[Kernel, set[Kernel]] = {}

    def plan(self) -> Plan:
        for op in self.order:
            self.needs[op] = set().union(*(self._sources(o.op) for o in operands(op)))
            if op in self.inside_attention:
                continue
            if isinstance(op, Contract):
                self._place_copies(op)
                attention = self.attentions.get(op)
                kind = "contraction" if attention is None else "attention"
                self._start(Kernel(kind, op.domain, valid=op.valid, attention=attention), op, op.place)
            elif isinstance(op, Scan):
                self._start(Kernel("scan", op.shape, (op.axis,)), op, tuple(dim(i) for i in range(len(op.shape))))
            elif isinstance(op, Reduce):
                self._place_reduction(op)
            elif isinstance(op, (Map, Position)):
                self._place_pointwise(op)
            elif isinstance(op, Loop):
                self._place_loop(op)
            elif isinstance(op, LoopResult):
                self._put(op, self.home[op.loop], tuple(dim(i) for i in range(len(op.shape))))
        self._place_floating_outputs()
        return self._with_storage()

    # -- placing ---------------------------------------------------------------------------------------------------

    def _sources(self, op: Op) -> set[Kernel]:
        if op in self.home:
            return {self.home[op]}
        return self.needs.get(op, set())

    def _start(self, kernel: Kernel, op: Op, index: Index) -> None:
        self.kernels.append(kernel)
        kernel.heavies.append(op)
        self._put(op, kernel, index)

    def _put(self, op: Op, kernel: Kernel, index: Index) -> None:
        kernel.placed[op] = tuple(ZERO if s == 1 else i for i, s in zip(index, op.shape, strict=True))
        self.home[op] = kernel
        self._direct.pop(kernel, None)

    def _ancestors(self, *kernels: Kernel) -> set[Kernel]:
        """Kernels that must run before one of ``kernels``."""
        found: set[Kernel] = set()
        stack = list(kernels)
        while stack:
            kernel = stack.pop()
            new = self._needed_by(kernel) - found
            new.discard(kernel)
            found |= new
            stack.extend(new)
        return found

    def _needed_by(self, kernel: Kernel) -> set[Kernel]:
        """What the values in ``kernel`` are read from; kept until one is added: a long network asks at each node."""
        if kernel not in self._direct:
            self._direct[kernel] = {needed for op in kernel.placed for needed in self.needs[op]}
        return self._direct[kernel]

    def _in_memory(self, op: Op) -> bool:
        return isinstance(op, Buffer) or op in self.outside

    def _place_loop(self, op: Loop) -> None:
        """All that a loop reads is stored before it; what it computes is a plan of its own."""
        for operand in operands(op):
            if operand.op not in self.home and not isinstance(operand.op, Buffer):
                self._join_pointwise(operand.op)
        self.needs[op] = set().union(*(self._sources(o.op) for o in operands(op)))
        kernel = Kernel("loop", ())
        self._start(kernel, op, ())
        made = [*(s.next for s in op.states), *op.kept]
        self.bodies[kernel] = _Planner(made, self.hints, op.reads, again=True).plan()

    def _place_copies(self, op: Contract) -> None:
        for copy in topological([o.op for o in (op.a, op.b)]):
            if copy in self.copies and copy not in self.home:
                self._start(
                    Kernel("transposing", tuple(copy.shape)), copy, tuple(dim(i) for i in range(len(copy.shape)))
                )
                self.kernels[-1].heavies.clear()
        self.needs[op] = set().union(*(self._sources(o.op) for o in operands(op)))

    def _merge_reductions(self, op: Op) -> None:
        """Reductions over the same domain that ``op`` needs together become one kernel, where none has to wait for a
        third
        kernel that waits for the other."""
        needed = [k for k in self.kernels if k in self.needs[op] and k.kind == "reduction"]
        for position, into in enumerate(needed):
            for other in needed[position + 1 :]:
                same = into.domain == other.domain and into.axes == other.axes
                if not same or other not in self.kernels or into not in self.kernels:
                    continue
                if not self._between(into, other) and self._read_each_other_in_place(into, other):
                    self._merge(into, other)

    def _between(self, first: Kernel, second: Kernel) -> bool:
        """Whether one of them waits for a third kernel that waits for the other."""
        for late, early in ((second, first), (first, second)):
            above = self._ancestors(late)
            # Whoever waits for one that waits for it has it among its own ancestors: of most pairs neither does.
            if early in above and any(early in self._ancestors(third) for third in above if third is not early):
                return True
        return False

    def _read_each_other_in_place(self, one: Kernel, other: Kernel) -> bool:
        """Whether each reads the other's values only where they are placed: one row's result is no other row's."""
        return all(
            self._reads_fit(op, read, None if isinstance(op, Reduce) else index)
            for reading, read in ((one, other), (other, one))
            for op, index in reading.placed.items()
        )

    def _merge(self, into: Kernel, other: Kernel) -> None:
        into.placed.update(other.placed)
        into.heavies.extend(other.heavies)
        for op in other.placed:
            self.home[op] = into
        self.kernels.remove(other)
        for needed in self.needs.values():
            if other in needed:
                needed.discard(other)
                needed.add(into)
        self._direct.clear()

    def _may_join(self, op: Op, kernel: Kernel) -> bool:
        """Whether no kernel that ``op`` reads from must itself run after ``kernel``."""
        return kernel not in self._ancestors(*(k for k in self.needs[op] if k is not kernel))

    def _place_reduction(self, op: Reduce) -> None:
        kept = tuple(dim(i) for i in range(len(op.domain)) if i not in op.axes)
        self._merge_reductions(op)
        for kernel in reversed(self.kernels):
            if kernel.kind != "reduction" or kernel.domain != op.domain or kernel.axes != op.axes:
                continue
            related = kernel in self.needs[op] or self._shares_memory(op, kernel)
            if related and self._may_join(op, kernel) and self._reads_fit(op, kernel, None):
                kernel.heavies.append(op)
                self._put(op, kernel, kept)
                return
        self._start(Kernel("reduction", op.domain, op.axes), op, kept)

    def _shares_memory(self, op: Op, kernel: Kernel) -> bool:
        mine = {o for o in self._memory_of([op]) if len(o.shape)}
        return bool(mine & set(self._memory_of(kernel.heavies)))

    def _memory_of(self, ops: Sequence[Op]) -> list[Op]:
        """What is read from memory to compute ``ops``: buffers, and values placed in kernels."""
        found: dict[Op, None] = {}
        stack = [o.op for op in ops for o in operands(op)]
        seen: set[Op] = set()
        while stack:
            op = stack.pop()
            if op in seen:
                continue
            seen.add(op)
            if self._in_memory(op) or op in self.home:
                found[op] = None
            else:
                stack.extend(o.op for o in operands(op))
        return list(found)

    def _place_pointwise(self, op: Map | Position) -> None:
        self._merge_reductions(op)
        candidates = [k for k in reversed(self.kernels) if k in self.needs[op]]
        earlier = self._ancestors(*candidates)
        for kernel in candidates:
            if kernel in earlier:
                continue
            for index in self._placements(op, kernel):
                if self._worth(op, kernel, index) and self._reads_fit(op, kernel, index):
                    self._put(op, kernel, index)
                    return

    def _placements(self, op: Op, kernel: Kernel) -> Iterator[Index]:
        """Indices over ``kernel``'s domain at which all of ``op`` would be computed, each element once."""
        shape = tuple(op.shape)
        full = tuple(dim(i) for i in range(len(kernel.domain)))
        if kernel.kind == "loop":
            return
        if kernel.kind in ("contraction", "attention"):
            made = kernel.heavies[0]
            if shape == made.shape:
                yield kernel.placed[made]
            if product(shape) == product(made.shape):
                yield from _reordered(kernel, made, shape)
            return
        if shape == kernel.domain:
            yield full
        elif product(shape) == product(kernel.domain):
            flat = ravel(tuple(ZERO if s == 1 else d for d, s in zip(full, kernel.domain, strict=True)), kernel.domain)
            yield unravel(flat, shape, kernel.ranges)
        if kernel.kind == "reduction":
            kept_shape = tuple(kernel.domain[i] for i in kernel.kept)
            kept = tuple(dim(i) for i in kernel.kept)
            if product(shape) == product(kept_shape):
                ranges = {dim(i): kernel.domain[i] for i in kernel.kept}
                flat = ravel(tuple(ZERO if s == 1 else d for d, s in zip(kept, kept_shape, strict=True)), kept_shape)
                yield unravel(flat, shape, ranges)

    def _worth(self, op: Op, kernel: Kernel, index: Index) -> bool:
        if kernel.kind != "reduction":
            return True
        uses_reduced = any(e.free_symbols & {dim(a) for a in kernel.axes} for e in index)
        rows = self._hint(product([kernel.domain[i] for i in kernel.kept]))
        length = self._hint(product([kernel.domain[i] for i in kernel.axes]))
        return not (uses_reduced and rows < SERIAL_ROWS and length > SERIAL_LENGTH)

    def _hint(self, expression: Any) -> int:
        return at_sizes(expression, self.hints)

    def _reads_fit(self, op: Op, kernel: Kernel, index: Index | None) -> bool:
        """Whether ``op`` at ``index`` reads the kernel's own values only where they are placed, through floating values
        too. ``index`` is ``None`` for a reduction, whose operand is over the whole domain already."""
        mapping = {d: d for d in kernel.ranges} if index is None else {dim(i): e for i, e in enumerate(index)}
        stack = [(o, mapping) for o in operands(op)]
        while stack:
            operand, where = stack.pop()
            at = tuple(substitute(e, where, kernel.ranges) for e in operand.index)
            inner = operand.op
            if inner in kernel.placed:
                if at != kernel.placed[inner]:
                    return False
            elif not self._in_memory(inner) and (inner not in self.home or inner in self.own):
                stack.extend((o, {dim(i): e for i, e in enumerate(at)}) for o in operands(inner))
        return True

    def _place_floating_outputs(self) -> None:
        for op in self.outputs:
            if op in self.home:
                continue
            self.own.add(op)
            if not self._joined_reduction(op):
                self._join_pointwise(op)

    def _joined_reduction(self, op: Op) -> bool:
        """Store a floating output from a reduction that reads the same memory over the same domain."""
        mine = set(self._memory_of([op]))
        for kernel in self.kernels:
            if kernel.kind != "reduction" or not mine <= set(self._memory_of(kernel.heavies)) or not mine:
                continue
            if not self._may_join(op, kernel):
                continue
            for index in self._placements(op, kernel):
                full = len({s for e in index for s in e.free_symbols}) == len([s for s in kernel.domain if s != 1])
                if full and self._worth(op, kernel, index) and self._reads_fit(op, kernel, index):
                    self._put(op, kernel, index)
                    return True
        return False

    def _join_pointwise(self, op: Op) -> None:
        identity = tuple(dim(i) for i in range(len(op.shape)))
        for kernel in self.kernels:
            same = kernel.kind == "pointwise" and kernel.domain == tuple(op.shape)
            if same and self._may_join(op, kernel) and self._reads_fit(op, kernel, identity):
                self._put(op, kernel, identity)
                return
        kernel = Kernel("pointwise", tuple(op.shape))
        self.kernels.append(kernel)
        self._put(op, kernel, identity)

    # -- memory ----------------------------------------------------------------------------------------------------

    def _with_storage(self) -> Plan:
        stored: set[Op] = set(self.outputs)
        for kernel in reversed(self._in_order()):
            roots = [*kernel.heavies, *(op for op in kernel.placed if op in stored)]
            kernel.loads = self._loads(roots, kernel)
            needed = [op for op in kernel.loads if not self._in_memory(op)]
            stored.update(op for op in needed if not self._follows(op, set(kernel.loads)))
        ordered = self._in_order()
        for kernel in ordered:
            kernel.loads = [op for op in kernel.loads if self._in_memory(op) or op in stored]
        storage: dict[Op, Buffer] = {}
        for kernel in ordered:
            kernel.stores = [op for op in kernel.placed if op in stored]
            for op in kernel.stores:
                storage[op] = Buffer("", tuple(op.shape), op.dtype, contiguous_strides(op.shape), "intermediate")
        kept = [k for k in ordered if k.stores]
        return self._unfolded(Plan(kept, storage, self.home, self.own))

    def _follows(self, op: Op, loads: set[Op]) -> bool:
        """Whether a pointwise value can be had from others that are read anyway: it need not go through memory."""
        if not isinstance(op, Map):
            return False
        read = [o.op for o in operands(op)]
        return bool(read) and all(o in loads or (o not in self.own and self._follows(o, loads)) for o in read)

    def _unfolded(self, plan: Plan) -> Plan:
        """The plan with each loop's kernels in the loop's place."""
        kernels: list[Kernel] = []
        for kernel in plan.kernels:
            if kernel.kind != "loop":
                kernels.append(kernel)
                continue
            body = self.bodies[kernel]
            results = [op for op in kernel.stores if isinstance(op, LoopResult)]
            loop = kernel.heavies[0]
            assert isinstance(loop, Loop)
            for inner in body.kernels:
                inner.times = loop.count
            for result in results:
                plan.home[result] = body.home[result.of]
                plan.home[result].results.append(result)
            plan.storage |= body.storage
            plan.home |= body.home
            plan.own |= body.own
            plan.loops.append(LoopPlan(loop, body.kernels, results))
            kernels += body.kernels
        plan.kernels = kernels
        return plan

    def _loads(self, roots: Sequence[Op], kernel: Kernel) -> list[Op]:
        found: dict[Op, None] = {}
        seen: set[Op] = set()
        stack: list[Operand] = [o for r in reversed(roots) for o in reversed(_read_by(kernel, r))]
        while stack:
            op = stack.pop().op
            if op in seen:
                continue
            seen.add(op)
            elsewhere = op in self.home and self.home[op] is not kernel and op not in self.own
            if self._in_memory(op) or elsewhere:
                found[op] = None
            else:
                stack.extend(reversed(_read_by(kernel, op)))
        return list(found)

    def _in_order(self) -> list[Kernel]:
        """Kernels so that each runs after those it reads from; otherwise in the order in which they were started."""
        done: list[Kernel] = []
        depends = {k: self._ancestors(k) for k in self.kernels}
        while len(done) < len(self.kernels):
            done.append(next(k for k in self.kernels if k not in done and depends[k] <= set(done)))
        return done


def _read_by(kernel: Kernel, op: Op) -> Sequence[Operand]:
    """What ``op`` is made of in ``kernel``: an attention reads its operands without what it multiplies the scores by
    instead, and before they are widened."""
    attention = kernel.attention
    if attention is None or op not in (attention.product, attention.out):
        return operands(op)
    if op is attention.product:
        return (attention.queries, attention.keys)
    return (attention.scores, attention.values)


def _reordered(kernel: Kernel, made: Op, shape: Index) -> Iterator[Index]:
    """Where the elements of ``shape`` stand if they are those of ``made`` in the same order, or with its dimensions
    permuted."""
    wide = [i for i, size in enumerate(made.shape) if size != 1]
    placed = kernel.placed[made]
    for order in itertools.permutations(wide) if len(wide) <= MAX_PERMUTED else [tuple(wide)]:
        flat = ravel([placed[i] for i in order], [made.shape[i] for i in order])
        yield unravel(flat, shape, kernel.ranges)
