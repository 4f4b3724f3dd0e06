"""An attention kernel: a tile of queries to a program, one block of keys after another, and no scores in memory.

The softmax is taken as the keys go by (M. Milakov and N. Gimelshein, Online normalizer calculation for softmax, 2018;
T. Dao and others, FlashAttention, 2022): where a later block raises a row's peak, what has been summed is scaled down.
Sums are float32, float64 for float64. Masks that are comparisons of positions bound the loop over the keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.attention import Attention
from kernelagent.worker.synth.emit.attention_tiles import AttentionTiles, attention_tiles
from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.dot_operand import TENSOR_CORES, Side, dot_operand, shaped, tile_product
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.key_bounds import key_bounds
from kernelagent.worker.synth.emit.pointwise import number
from kernelagent.worker.synth.emit.tile import Scope, Tile, Var
from kernelagent.worker.synth.index import Index, dim, product, substitute, unravel
from kernelagent.worker.synth.ir import Condition
from kernelagent.worker.synth.machine import Machine
from kernelagent.worker.synth.masked_keys import seen_where

BATCH = sympy.Symbol("pid_b", integer=True, nonnegative=True)
QUERY = sympy.Symbol("offs_m", integer=True, nonnegative=True)
KEY = sympy.Symbol("offs_n", integer=True, nonnegative=True)
FEATURE = sympy.Symbol("offs_d", integer=True, nonnegative=True)
VALUE = sympy.Symbol("offs_v", integer=True, nonnegative=True)
AXES = {QUERY: "m", KEY: "n", FEATURE: "d", VALUE: "v"}


def write_attention(
    name: str, body: Body, attention: Attention, hints: Mapping[Any, int], machine: Machine, comment: Sequence[str]
) -> KernelSource:
    return _Writer(name, body, attention, hints, machine, comment).write()


class _Writer:
    def __init__(
        self,
        name: str,
        body: Body,
        attention: Attention,
        hints: Mapping[Any, int],
        machine: Machine,
        comment: Sequence[str],
    ):
        self.name, self.body, self.attention, self.comment = name, body, attention, comment
        out = attention.out
        self.sizes = {
            BATCH: product(out.batch),
            QUERY: product([out.domain[i] for i in attention.query_dims]),
            KEY: product(out.inner),
            FEATURE: product(attention.features),
            VALUE: product([out.domain[i] for i in attention.value_dims]),
        }
        self.dtype = dtypes.register(out.dtype)
        """Of scores, sums and results."""
        width, values = self.sizes[FEATURE], self.sizes[VALUE]
        self.tiles: AttentionTiles = attention_tiles(attention.values_dtype, width, values, hints, machine)
        self.domain = self._domain()
        seen = seen_where(attention.scores, attention.ranges) if attention.softmax else ()
        at_tile = [Condition(_over(c.expression, self.domain, self.sizes), c.low, c.high) for c in seen]
        self.bounds = key_bounds(at_tile, QUERY, KEY)

    def _domain(self) -> Index:
        """For each dimension of ``out.domain``, of its inner ones and of the features its value over the tile
        variables."""
        attention, out = self.attention, self.attention.out
        where = dict(enumerate(unravel(BATCH, out.batch, self.sizes)))
        for symbol, dims in ((QUERY, attention.query_dims), (VALUE, attention.value_dims)):
            where |= zip(dims, unravel(symbol, [out.domain[i] for i in dims], self.sizes), strict=True)
        keys = unravel(KEY, out.inner, self.sizes)
        features = unravel(FEATURE, attention.features, self.sizes)
        return (*(where[i] for i in range(len(out.domain))), *keys, *features)

    # -- text ------------------------------------------------------------------------------------------------------

    def write(self) -> KernelSource:
        body = self.body
        self.block_m, self.block_n, self.block_d = (body.name(f"BLOCK_{d}") for d in "MND")
        same = self.sizes[FEATURE] == self.sizes[VALUE]
        self.block_v = self.block_d if same else body.name("BLOCK_V")
        kinds = {self.attention.values_dtype, self.attention.product_dtype}
        self.precision = body.name("PRECISION") if "float32" in kinds else ""
        self.bfloat16 = body.name("OPERAND") if "bfloat16" in kinds else ""
        body.taken |= {"pid_b", "pid_m", "num_m", "first", "stop", "n", "peak", "total", "acc", "scores", "weights"}
        body.taken |= {"highest", "shift", "kept", *(f"offs_{a}" for a in "mndv"), *(f"{a}_mask" for a in "mndv")}
        counts = {s: body.size(self.sizes[s], n) for s, n in ((QUERY, "M"), (KEY, "N"), (FEATURE, "D"), (VALUE, "D_V"))}
        batched = self.sizes[BATCH] != 1
        batches = body.size(self.sizes[BATCH], "n_batch") if batched else "1"
        outer = Scope(frozenset({"m", "d", "v"}), [], 1)
        self._positions(outer, counts, batched)
        loop = self._loop(outer, counts)
        self._scores(outer, loop)
        if self.attention.softmax:
            self._take_softmax(loop)
        self._add_values(outer, loop)
        outer.lines += loop.lines
        self._finish(outer, counts[KEY] if self.sizes[KEY] != self.sizes[QUERY] else "")
        tiles, names = self.tiles, (self.block_m, self.block_n, self.block_d, self.block_v)
        constants = tiles.constants(names, self.sizes[QUERY], self.sizes[KEY])
        grid: list[tuple[str, str | None]] = [(counts[QUERY], self.block_m)]
        if batched:
            grid.append((batches, None))
        if self.precision:
            constants.append((self.precision, "FP32_PRECISION"))
        if self.bfloat16:
            constants.append((self.bfloat16, "BF16_OPERAND"))
        return assemble(
            self.name,
            body,
            outer.lines,
            constants,
            grid,
            [*self.comment, tiles.reason()],
            tiles.warps,
            tiles.stages,
            tiles.limits(),
        )

    def _positions(self, outer: Scope, counts: Mapping[Any, str], batched: bool) -> None:
        outer.write(f"num_m = tl.cdiv({counts[QUERY]}, {self.block_m})")
        tile = "tl.program_id(0) % num_m" if batched else "tl.program_id(0)"
        if self.bounds.grows:
            tile = f"num_m - 1 - {tile}"
            outer.write("# later queries see more keys: the longest programs start first")
        outer.write(f"pid_m = {tile}")
        if batched:
            outer.write("pid_b = (tl.program_id(0) // num_m).to(tl.int64)")
        outer.write(f"offs_m = pid_m.to(tl.int64) * {self.block_m} + tl.arange(0, {self.block_m})")
        outer.write(f"offs_d = tl.arange(0, {self.block_d})")
        if self.block_v == self.block_d:
            self.value_name = "offs_d"
        else:
            self.value_name = "offs_v"
            outer.write(f"offs_v = tl.arange(0, {self.block_v})")
        self.masked = {AXES[symbol] for symbol, fits in self._fitting().items() if not fits}
        for symbol in (QUERY, FEATURE, *([] if self.value_name == "offs_d" else [VALUE])):
            if AXES[symbol] in self.masked:
                outer.write(f"{AXES[symbol]}_mask = offs_{AXES[symbol]} < {counts[symbol]}")

    def _fitting(self) -> dict[Any, bool]:
        """Axes along which blocks never reach beyond the end."""
        blocks = {QUERY: self.tiles.queries, KEY: self.tiles.keys}
        found = {s: self.sizes[s].is_Integer and int(self.sizes[s]) % block == 0 for s, block in blocks.items()}
        return found | {s: self.sizes[s].is_Integer and _is_power(int(self.sizes[s])) for s in (FEATURE, VALUE)}

    def _tile(self, scopes: list[Scope], **lifts: str) -> Tile:
        """A tile along the named axes, each with the ``[...]`` that lifts it."""
        symbols = {axis: symbol for symbol, axis in AXES.items()}
        text = {a: self.value_name if a == "v" else f"offs_{a}" for a in lifts}
        mask = {a: "d" if a == "v" and self.value_name == "offs_d" else a for a in lifts}
        return Tile(
            self.domain,
            self.sizes,
            {BATCH: "pid_b", **{symbols[a]: f"{text[a]}{lift}" for a, lift in lifts.items()}},
            {symbols[a]: a for a in lifts},
            {a: f"{mask[a]}_mask{lift}" for a, lift in lifts.items() if a in self.masked},
            scopes,
        )

    def _loop(self, outer: Scope, counts: Mapping[Any, str]) -> Scope:
        attention = self.attention
        query_tile = self._tile([outer], m="[:, None]", d="[None, :]")
        side = self._side("md", f"{self.block_m}, {self.block_d}", "d", "[None, :]")
        self.query = dot_operand(
            self.body, attention.queries, query_tile, side, attention.product_dtype, self._half(attention.product_dtype)
        )
        if not self.query.isidentifier():
            outer.write(f"q = {self.query}")
            self.query = "q"
        outer.memo = {}
        kind = dtypes.triton_name(self.dtype)
        if attention.softmax:
            outer.write(f'peak = tl.full(({self.block_m}, 1), float("-inf"), dtype={kind})')
            outer.write(f"total = tl.zeros(({self.block_m}, 1), dtype={kind})")
        outer.write(f"acc = tl.zeros(({self.block_m}, {self.block_v}), dtype={kind})")
        first, stop = self.bounds.write(outer, counts[KEY], self.block_m, self.block_n, self.body)
        loop = Scope(frozenset({"m", "n", "d", "v"}), [], 2)
        loop.lines.append(f"    for n in range({first}, {stop}, {self.block_n}):")
        loop.write(f"offs_n = n + tl.arange(0, {self.block_n}).to(tl.int64)")
        if "n" in self.masked:
            loop.write(f"n_mask = offs_n < {counts[KEY]}")
        return loop

    def _scores(self, outer: Scope, loop: Scope) -> None:
        """The scores of a tile of queries and a block of keys."""
        body, attention = self.body, self.attention
        made = attention.product
        side = self._side("dn", f"{self.block_d}, {self.block_n}", "d", "[:, None]")
        key_tile = self._tile([outer, loop], d="[:, None]", n="[None, :]")
        dtype = attention.product_dtype
        key = dot_operand(body, attention.keys, key_tile, side, dtype, self._half(dtype))
        loop.memo, outer.memo = {}, {}
        if dtype in TENSOR_CORES:
            precision = f", input_precision={self.precision}" if dtype == "float32" else ""
            loop.write(f"scores = tl.dot({self.query}, {key}{precision})")
        else:
            loop.write(f"scores = tl.sum({self.query}[:, :, None] * {key}[None, :, :], axis=1)")
        tile = self._tile([outer, loop], m="[:, None]", n="[None, :]")
        if attention.scale != 1:
            loop.write(f"scores = scores * {self._scale(tile)}")
        body.values[made] = Var("scores", frozenset("mn"), self.dtype)
        index = tuple(_over(e, self.domain, self.sizes) for e in attention.scores.index)
        var = body.evaluate(attention.scores.op, index, tile, attention.scores.when)
        text = body.cast(var, self.dtype)
        if "n" in self.masked:
            rest = 'float("-inf")' if attention.softmax else "0.0"
            text = f"tl.where(n_mask[None, :], {text}, {rest})"
        self.scores = Var(text, frozenset("mn"), self.dtype)

    def _scale(self, tile: Tile) -> str:
        """A literal, or a variable that is computed before the loop."""
        scale = self.attention.scale
        if scale.is_number:
            return number(float(scale), self.dtype)
        text = self.body.real(scale, tile)
        if self.dtype != "float64":
            text = f"{text}.to({dtypes.triton_name(self.dtype)})"
        return self.body.assign("scale", text, frozenset(), self.dtype, tile).text

    def _take_softmax(self, loop: Scope) -> None:
        if self.scores.text != "scores":
            loop.write(f"scores = {self.scores.text}")
        loop.write("highest = tl.maximum(peak, tl.max(scores, axis=1, keep_dims=True))")
        loop.write("# a row that has seen no key yet has no peak to take off")
        loop.write('shift = tl.where(highest == float("-inf"), 0.0, highest)')
        loop.write("weights = tl.exp(scores - shift)")
        loop.write("kept = tl.exp(peak - shift)")
        loop.write("total = total * kept + tl.sum(weights, axis=1, keep_dims=True)")
        loop.write("acc = acc * kept")
        loop.write("peak = highest")
        self.scores = Var("weights", frozenset("mn"), self.dtype)

    def _add_values(self, outer: Scope, loop: Scope) -> None:
        body, attention = self.body, self.attention
        dtype = attention.values_dtype
        loop.memo = {}
        weights = shaped(self.scores, self._side("mn", "", "n", ""), dtype, self._half(dtype))
        tile = self._tile([outer, loop], n="[:, None]", v="[None, :]")
        side = self._side("nv", f"{self.block_n}, {self.block_v}", "n", "[:, None]")
        values = dot_operand(body, attention.values, tile, side, dtype, self._half(dtype))
        loop.write(tile_product(weights, values, "acc", dtype, self.precision if dtype == "float32" else ""))

    def _finish(self, outer: Scope, keys: str) -> None:
        """``keys``: how many there are, where it may be none while there are queries."""
        body, attention = self.body, self.attention
        text = "acc"
        if attention.softmax:
            text = "acc / total"
            if keys and not keys.isdecimal() and not attention.zero_where_masked:
                outer.write(f"total = tl.where({keys} > 0, total, 1.0)  # a sum over no keys is zero")
            if attention.zero_where_masked:
                outer.write("# a query that sees no key at all gets zeros")
                text = f"tl.where(total == 0.0, 0.0, {text})"
        tile = self._tile([outer], m="[:, None]", v="[None, :]")
        outer.memo = {}
        wanted = body.labels.get(attention.out, "out")
        body.values[attention.out] = body.assign(wanted, text, frozenset("mv"), self.dtype, tile)
        for stored in body.kernel.stores:
            body.store(stored, tile)

    def _side(self, axes: str, shape: str, inner: str, lift: str) -> Side:
        return Side(
            frozenset(axes), f"({shape})", inner, f"{inner}_mask{lift}" if lift and inner in self.masked else ""
        )

    def _half(self, dtype: str) -> str:
        return self.bfloat16 if dtype == "bfloat16" else ""


def _over(expression: Any, domain: Index, sizes: Mapping[Any, Any]) -> Any:
    return substitute(expression, {dim(i): e for i, e in enumerate(domain)}, sizes)


def _is_power(size: int) -> bool:
    return size >= 16 and size & (size - 1) == 0
