"""Attention among the values of a graph: queries with keys, a softmax over the keys, weights with values.

It is found on the IR, so that attention written by hand, ``scaled_dot_product_attention`` and what decomposes to it
look alike::

    product = queries @ keys
    scores  = any pointwise function of product: scale, mask, bias
    weights = softmax of scores over the keys; or the scores themselves (ReLU attention)
    out     = weights @ values
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.factors import multiplied, without_factor
from kernelagent.worker.synth.index import Index, at_sizes, dim, product, ravel, simplify, substitute
from kernelagent.worker.synth.ir import Contract, Map, Op, Operand, Reduce, operands

RESIDENT_FEATURES = {"float16": 256, "bfloat16": 256, "float32": 128, "float64": 64}
"""Widest head, of queries or of values, that a program can hold for a tile of queries: beyond, registers spill, and the
scores had better go through memory."""


@dataclass(frozen=True, eq=False)
class Attention:
    """Operands and indices are over the dimensions of ``out.domain`` and, behind them, ``out.inner`` (the keys); those
    of queries and keys have the dimensions of ``features`` behind these."""

    out: Contract
    product: Contract
    product_at: Index
    """Where ``product`` is read."""
    scores: Operand
    queries: Operand
    keys: Operand
    values: Operand
    features: Index
    """Sizes that ``product`` sums over: the head dimension."""
    product_dtype: str
    """What queries and keys are multiplied as: halves that the graph widens first may stay halves, for their products
    are exact in the float32 that they are summed in."""
    values_dtype: str
    """What weights and values are multiplied as: halves where the result is rounded to halves as well."""
    scale: Any
    """What queries and keys are multiplied by, all of them: the scores are instead. A number, or made of sizes."""
    query_dims: tuple[int, ...]
    value_dims: tuple[int, ...]
    softmax: bool
    zero_where_masked: bool
    """A row of keys that are all masked gives 0, not 0 / 0."""
    within: frozenset[Op]
    """Values that live in the attention's kernel and nowhere else."""

    @property
    def ranges(self) -> dict[Any, Any]:
        sizes = (*self.out.domain, *self.out.inner, *self.features)
        return {dim(i): size for i, size in enumerate(sizes)}


def find_attentions(order: Sequence[Op], outputs: Sequence[Op], hints: Mapping[Any, int]) -> dict[Op, Attention]:
    """Attentions by the product that ends them. ``order`` has all values, producers first."""
    users: dict[Op, set[Op]] = {}
    rank = {op: position for position, op in enumerate(order)}
    for op in order:
        for operand in operands(op):
            users.setdefault(operand.op, set()).add(op)
    candidates = [
        attention
        for op in order
        if isinstance(op, Contract) and dtypes.is_float(op.dtype) and not op.valid
        for attention in [next(_attentions(op, users.get(op, set()), rank), None)]
        if attention is not None and _is_private(attention, users, outputs) and _is_worth(attention, hints)
    ]
    found: dict[Op, Attention] = {}
    taken: set[Op] = set()
    for attention in sorted(candidates, key=lambda a: not a.softmax):
        own = attention.within | {attention.out}
        if not own & taken:
            found[attention.out] = attention
            taken |= own
    return found


def _is_private(attention: Attention, users: Mapping[Op, set[Op]], outputs: Sequence[Op]) -> bool:
    """Whether nobody else needs the scores or the weights."""
    allowed = attention.within | {attention.out}
    return not (attention.within & set(outputs)) and all(users[op] <= allowed for op in attention.within)


def _is_worth(attention: Attention, hints: Mapping[Any, int]) -> bool:
    out = attention.out
    features, values = product(attention.features), product([out.domain[i] for i in attention.value_dims])
    widest = max(at_sizes(features, hints), at_sizes(values, hints))
    if widest > RESIDENT_FEATURES[attention.values_dtype]:
        return False
    if attention.softmax:
        return True
    # other products one after the other are layers as often as not: where the value between them is not the largest,
    # or there are no batches to be programs, each has a kernel of its own
    known = features.is_Integer and values.is_Integer
    return known and at_sizes(product(out.batch), hints) > 1 and at_sizes(product(out.inner), hints) >= widest


def _attentions(out: Contract, users: set[Op], rank: Mapping[Op, int]) -> Iterator[Attention]:
    """With the weights on either side of the last product."""
    rounded = {op.dtype for op in users if isinstance(op, Map) and op.fn == "cast"} if users else set()
    narrow = rounded.pop() if len(rounded) == 1 and all(isinstance(op, Map) and op.fn == "cast" for op in users) else ""
    first = len(out.batch)
    rows = tuple(range(first, first + len(out.rows)))
    columns = tuple(range(first + len(out.rows), len(out.domain)))
    for weights, values, query_dims, value_dims in (
        (out.a, out.b, rows, columns),
        (out.b, out.a, columns, rows),
    ):
        attention = _Match(out, values, query_dims, value_dims, narrow, rank).match(weights)
        if attention is not None:
            yield attention


@dataclass(frozen=True)
class _Softmax:
    scores: Operand
    zero_where_masked: bool


class _Match:
    def __init__(
        self,
        out: Contract,
        values: Operand,
        query_dims: tuple[int, ...],
        value_dims: tuple[int, ...],
        rounded: str,
        rank: Mapping[Op, int],
    ):
        """``rounded``: the dtype that all readers of ``out`` cast it to, or nothing. ``rank``: producers come first."""
        self.out, self.values, self.query_dims, self.value_dims = out, values, query_dims, value_dims
        self.rounded, self.rank = rounded, rank
        self.sizes = (*out.domain, *out.inner)
        self.ranges = {dim(i): size for i, size in enumerate(self.sizes)}
        self.key_dims = tuple(range(len(out.domain), len(self.sizes)))

    def match(self, weights: Operand) -> Attention | None:
        softmax = self._softmax(weights)
        scores = weights if softmax is None else softmax.scores
        products = self._products(scores)
        for made, at in products:
            sides = self._sides(made, at)
            if sides is None or [index for other, index in products if other is made] != [at]:
                continue
            within = self._dependents(weights.op, made)
            if not self._plain(made, scores, within):
                continue
            queries, keys = sides
            (queries, scale), (keys, other_scale) = without_factor(queries), without_factor(keys)
            widened = [without_factor(side, widened=True) for side in (queries, keys)]
            product_dtype = made.operand_dtype
            if len(halves := {side.op.dtype for side, _ in widened}) == 1 and dtypes.is_half(*halves):
                ((queries, more), (keys, other)), product_dtype = widened, widened[0][0].op.dtype
                scale, other_scale = multiplied(scale, more), multiplied(other_scale, other)
            values, values_dtype = self.values, self.out.operand_dtype
            narrow, factor = without_factor(values, widened=True)
            if factor == 1 and dtypes.is_half(narrow.op.dtype) and narrow.op.dtype == self.rounded:
                values, values_dtype = narrow, narrow.op.dtype
            return Attention(
                out=self.out,
                product=made,
                product_at=at,
                scores=scores,
                queries=queries,
                keys=keys,
                values=values,
                features=made.inner,
                product_dtype=product_dtype,
                values_dtype=values_dtype,
                scale=multiplied(scale, other_scale),
                query_dims=self.query_dims,
                value_dims=self.value_dims,
                softmax=softmax is not None,
                zero_where_masked=softmax is not None and softmax.zero_where_masked,
                within=frozenset(within),
            )
        return None

    # -- softmax ---------------------------------------------------------------------------------------------------

    def _softmax(self, weights: Operand) -> _Softmax | None:
        """``exp(scores - peak) / total``, with 0 for a row in which all is masked where that is asked for."""
        weights = self._uncast(weights)
        masked: Operand | None = None
        chosen = _map(weights, "where")
        if chosen is not None and isinstance(chosen.operands[0], Operand) and chosen.operands[1] == 0:
            masked, weights = self._read(weights, 0), self._uncast(self._read(weights, 2))
        if _map(weights, "div") is None:
            return None
        raised, total = self._uncast(self._read(weights, 0)), self._uncast(self._read(weights, 1))
        if _map(raised, "exp") is None or not self._reduces("sum", total, raised):
            return None
        shifted = self._uncast(self._read(raised, 0))
        if _map(shifted, "sub") is None:
            return None
        scores, peak = self._read(shifted, 0), self._peak(self._read(shifted, 1))
        if not self._reduces("max", peak, scores):
            return None
        if masked is not None and not _says_masked(masked.op, scores.op):
            return None
        return _Softmax(scores, masked is not None)

    def _reduces(self, fn: str, reduced: Operand, value: Operand) -> bool:
        """Whether ``reduced`` is ``fn`` of ``value`` over all keys and nothing else."""
        op = reduced.op
        if not isinstance(op, Reduce) or op.fn != fn or op.operand.op is not value.op or op.operand.when:
            return False
        if op.operand.index != tuple(dim(i) if s != 1 else 0 for i, s in enumerate(op.domain)):
            return False
        kept = tuple(e for i, e in enumerate(value.index) if i not in op.axes)
        along = ravel([value.index[a] for a in op.axes], [op.domain[a] for a in op.axes])
        keys = ravel([dim(i) if self.sizes[i] != 1 else 0 for i in self.key_dims], self.out.inner)
        same = kept == tuple(reduced.index) and simplify(along - keys, self.ranges) == 0
        return same and simplify(product([op.domain[a] for a in op.axes]) - product(self.out.inner), {}) == 0

    def _peak(self, peak: Operand) -> Operand:
        """What ``amax`` makes of NaN is what the softmax makes of it: a row of NaN."""
        peak = self._uncast(peak)
        chosen = _map(peak, "where")
        if chosen is None or not isinstance(chosen.operands[1], float) or not math.isnan(chosen.operands[1]):
            return peak
        kept = self._uncast(self._read(peak, 2))
        return kept if isinstance(kept.op, Reduce) and _says_nan(self._read(peak, 0).op, kept.op.operand.op) else peak

    # -- the first product -----------------------------------------------------------------------------------------

    def _products(self, scores: Operand) -> list[tuple[Contract, Index]]:
        """Products that the scores are made of, and where they are read."""
        found: dict[tuple[Contract, Index], None] = {}
        seen: set[tuple[Op, Index]] = set()
        stack = [scores]
        while stack:
            operand = stack.pop()
            key = (operand.op, tuple(operand.index))
            if key in seen:
                continue
            seen.add(key)
            if isinstance(operand.op, Contract) and not operand.when:
                found[operand.op, tuple(operand.index)] = None
            elif isinstance(operand.op, Map):
                inner = [self._read(operand, i) for i, o in enumerate(operand.op.operands) if isinstance(o, Operand)]
                stack.extend(reversed(inner))
        return list(found)

    def _plain(self, made: Contract, scores: Operand, within: set[Op]) -> bool:
        """Whether ``made`` is a plain product, of which the scores are a pointwise function."""
        identity = tuple(dim(i) for i in range(len(made.domain)))
        if made.place != identity or made.valid or self.values.op in within:
            return False
        return all(op is made or isinstance(op, Map) for op in self._dependents(scores.op, made))

    def _sides(self, made: Contract, at: Index) -> tuple[Operand, Operand] | None:
        """The operands that go with the queries and with the keys, over the dimensions of ``out``."""
        mapping = {dim(i): e for i, e in enumerate(at)}
        first = len(self.sizes)
        mapping |= {dim(len(made.domain) + i): dim(first + i) for i in range(len(made.inner))}
        ranges = self.ranges | {dim(first + i): size for i, size in enumerate(made.inner)}
        query_symbols, key_symbols = ({dim(i) for i in dims} for dims in (self.query_dims, self.key_dims))
        value_symbols = {dim(i) for i in self.value_dims}
        sides = []
        for operand in (made.a, made.b):
            index = tuple(substitute(e, mapping, ranges) for e in operand.index)
            if operand.when:
                return None
            sides.append((Operand(operand.op, index), frozenset().union(*(e.free_symbols for e in index))))
        for (queries, of_queries), (keys, of_keys) in (sides, sides[::-1]):
            used = of_queries | of_keys
            if not of_queries & key_symbols and not of_keys & query_symbols and not used & value_symbols:
                return queries, keys
        return None

    def _dependents(self, root: Op, leaf: Op) -> set[Op]:
        """``leaf`` and all on the way from it to ``root``; what comes before ``leaf`` can't depend on it."""
        first = self.rank[leaf]
        depends: dict[Op, bool] = {leaf: True}
        stack: list[tuple[Op, bool]] = [(root, False)]
        while stack:
            op, ready = stack.pop()
            if ready:
                depends[op] = any(depends[o.op] for o in operands(op))
            elif op not in depends:
                depends[op] = False
                if self.rank[op] > first:
                    stack.append((op, True))
                    stack.extend((o.op, False) for o in operands(op))
        return {op for op, does in depends.items() if does}

    # -- operands --------------------------------------------------------------------------------------------------

    def _read(self, operand: Operand, position: int) -> Operand:
        """An operand of a value that is itself read at ``operand.index``."""
        assert isinstance(operand.op, Map)
        inner = operand.op.operands[position]
        if not isinstance(inner, Operand):
            return Operand(operand.op, ())  # a number: no pattern goes on from there
        mapping = {dim(i): e for i, e in enumerate(operand.index)}
        return Operand(inner.op, tuple(substitute(e, mapping, self.ranges) for e in inner.index), inner.when)

    def _uncast(self, operand: Operand) -> Operand:
        while (cast := _map(operand, "cast")) is not None and dtypes.is_float(cast.dtype):
            operand = self._read(operand, 0)
        return operand


def _map(operand: Operand, fn: str) -> Map | None:
    found = isinstance(operand.op, Map) and operand.op.fn == fn and not operand.when and bool(operand.index)
    return operand.op if found and isinstance(operand.op, Map) else None


def _says_nan(test: Op, value: Op) -> bool:
    """Whether ``test`` is true where any of ``value`` is NaN: ``max(value != value) != 0``."""
    unequal = _reduced_test(test, "max")
    return unequal is not None and unequal.fn == "ne" and {o.op for o in operands(unequal)} == {value}


def _says_masked(test: Op, value: Op) -> bool:
    """Whether ``test`` is true where all of ``value`` is minus infinity: ``min(value == -inf) > 0``."""
    equal = _reduced_test(test, "min")
    return equal is not None and equal.fn == "eq" and equal.operands[1] == -math.inf and operands(equal)[0].op is value


def _reduced_test(test: Op, fn: str) -> Map | None:
    """What is tested of each element where ``test`` compares ``fn`` of it, as integers, with 0."""
    chain = [test]
    for kind in (Map, Reduce, Map):
        if not isinstance(chain[-1], kind):
            return None
        chain.append(operands(chain[-1])[0].op)
    reduced, tested = chain[1], chain[-1]
    return tested if isinstance(reduced, Reduce) and reduced.fn == fn and isinstance(tested, Map) else None
