"""A copy in another order: tiles that are read along one dimension and written along another.

The tile's rows are the last dimension of what is written, its columns all others as one, of which neighbours are read
from neighbouring memory as a rule. What an address takes of divisions is done once a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from kernelagent.worker.synth.emit.body import Body
from kernelagent.worker.synth.emit.kernel_source import KernelSource, assemble
from kernelagent.worker.synth.emit.text import joined
from kernelagent.worker.synth.emit.tile import Scope, Tile
from kernelagent.worker.synth.index import at_sizes, product, unravel

ELEMENTS, ROWS = 2048, 32
"""Of a tile: 16 elements for each thread of 4 warps."""

LAST = sympy.Symbol("last", integer=True, nonnegative=True)
PLACE = sympy.Symbol("places", integer=True, nonnegative=True)


def write_transposing(name: str, body: Body, hints: Mapping[Any, int], comment: Sequence[str]) -> KernelSource:
    *others, length = body.kernel.domain
    ranges = {PLACE: product(others), LAST: length}
    places, lasts = body.size(ranges[PLACE], "n_places"), body.size(length, "n_last")
    block_last, block_places = body.name("BLOCK_LAST"), body.name("BLOCK_PLACES")
    body.taken |= {"pid", "num_last", "places", "last", "place_mask", "last_mask"}
    scope = Scope(frozenset({"place", "last"}), [], 1)
    scope.write("pid = tl.program_id(0).to(tl.int64)")
    scope.write(f"num_last = tl.cdiv({lasts}, {block_last})")
    scope.write(f"places = pid // num_last * {block_places} + tl.arange(0, {block_places})[None, :]")
    scope.write(f"last = pid % num_last * {block_last} + tl.arange(0, {block_last})[:, None]")
    scope.write(f"place_mask = places < {places}")
    scope.write(f"last_mask = last < {lasts}")
    tile = Tile(
        domain=(*unravel(PLACE, others, ranges), LAST),
        ranges=ranges,
        names={PLACE: "places", LAST: "last"},
        axis_of={PLACE: "place", LAST: "last"},
        masks={"place": "place_mask", "last": "last_mask"},
        scopes=[scope],
    )
    for op in body.kernel.stores:
        body.store(op, tile)
    rows = min(ROWS, 1 << max(at_sizes(length, hints) - 1, 0).bit_length())
    constants = [(block_last, str(rows)), (block_places, str(ELEMENTS // rows))]
    grid = [(places, block_places), (lasts, block_last)]
    return assemble(name, body, joined([scope]), constants, grid, comment)
