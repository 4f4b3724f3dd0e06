"""Inputs at which a float that a module computes of several elements is just the number that it is held against.

``>=`` written for ``>`` shows there alone: a radius of 2.5 is made by 1.5 and 2, and by no two numbers that are drawn.
So inputs of few round numbers are tried: each by itself, alike along a dimension, one among zeros, the example's own
made coarse; in units that the numbers of the module suggest. What is kept decides something: with that one place
turned round the module's result is another, and it is the same however all that is rounded on the way is rounded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_sizes import SMALL_ELEMENTS, Sizes, elements
from kernelagent.worker.judge.edge_sites import EdgeSites, Site
from kernelagent.worker.judge.exact_arithmetic import RUNS, Shaken
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.sureness import is_short
from kernelagent.worker.judge.ties import listened
from kernelagent.worker.judge.tolerance import near, rms, tolerance_for
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.sizes import fit
from kernelagent.worker.problem.tensors import tensors_in

AT_EDGES: Values = "computed just at edges"
TURNS = 4
"""Cases of it at most."""
_MOST_SECONDS = 2.0
"""Of processor time for the whole search; what a run of it finds rests on their order, and seldom on the time."""
_MOST_SITES = 16
_PALETTES = (
    (0.0, 1.0, 2.0),
    (0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    (0.0, 0.5, 1.0, 1.5),
    (0.0, 1.0, 3.0, 4.0, 5.0, 6.0, 8.0),
    (0.25, 0.5, 0.75, 1.0, 1.25),
)
_MOST_NUMBERS, _LARGEST = 16, 2.0**11
_MOST_UNITS = 10
_ROUNDS = 3
_POWERS = (8, 16, 4, 32)
"""Sizes by which a mean is exact."""


@dataclass(frozen=True)
class Found:
    sizes: Sizes
    specimen: Specimen


@dataclass(frozen=True)
class AtEdges:
    found: tuple[Found, ...] = ()
    left: tuple[Site, ...] = ()
    """Places for which there is none."""

    def specimen(self, turn: int, sizes: Sizes) -> Specimen:
        """Raises ``NoCase`` where the one of that number is of other sizes, or there is none."""
        if turn >= len(self.found) or self.found[turn].sizes != sizes:
            raise NoCase("nothing that it computes is just at an edge")
        return self.found[turn].specimen

    @property
    def told(self) -> list[str]:
        """For the verdict."""
        lines = list(dict.fromkeys(site.told for site in self.left))
        if not lines:
            return []
        more = f"; and {len(lines) - TURNS} more" if len(lines) > TURNS else ""
        return [
            f"Computed values of the module just at an edge, for which no inputs were found: {_joined(lines)}{more}"
        ]


def _joined(lines: list[str]) -> str:
    return "; ".join(lines[:TURNS])


def sizes_for(problem: Problem, base: Sizes, small: Sizes) -> list[Sizes]:
    """At which it is tried: the example's where they are few, and powers of two."""
    first = base if elements(problem, base) <= SMALL_ELEMENTS else small
    turns = (_POWERS[number % len(_POWERS)] for number in range(len(problem.free_sizes)))
    round_ones = {f.symbol: fit(f, size) for f, size in zip(problem.free_sizes, turns, strict=True)}
    is_cheap = elements(problem, round_ones) <= SMALL_ELEMENTS
    return [first, *([round_ones] if is_cheap and round_ones != first else [])]


def at_edges(model: torch.nn.Module, file: str, choices: list[tuple[Sizes, Specimen]], seed: int) -> AtEdges:
    """``choices``: the example's inputs at the sizes of :func:`sizes_for`. ``file``: the module's."""
    search: _Search | None = None
    for sizes, made in choices:
        if not any(_is_meant(leaf) for leaf in tree_leaves((made.args, made.kwargs))):
            continue
        search = search or _Search(model, file, made, seed)
        search.run(sizes, made)
    return AtEdges() if search is None else AtEdges(tuple(search.found[:TURNS]), tuple(search.pending))


class _Search:
    def __init__(self, model: torch.nn.Module, file: str, made: Specimen, seed: int) -> None:
        self._model, self._file, self._seed = model, file, seed
        self._deadline = time.process_time() + _MOST_SECONDS
        self.found: list[Found] = []
        plain = _drawn(made, "each", _PALETTES[0], 1.0, 0, torch.Generator().manual_seed(seed))
        sites = self._sites(plain)
        self.pending: list[Site] = [*sites.met][:_MOST_SITES]
        self._tried = [site for site in self.pending if site not in sites.unreachable and is_short(site.edge)]
        numbers = listened(model, made).numbers if self._tried else {}
        self._own = _own_palette(self._tried, numbers)
        self._units = _units(self._tried, numbers) if self._tried else ()

    def run(self, sizes: Sizes, made: Specimen) -> None:
        generator = torch.Generator().manual_seed(self._seed)
        for specimen in _candidates(made, self._own, self._units, generator):
            asked = [site for site in self._tried if site in self.pending]
            if not asked or time.process_time() > self._deadline:
                return
            met = self._sites(specimen).met
            turned = {site: self._run(specimen, EdgeSites(self._file, site)) for site in asked if met.get(site)}
            plain = self._run(specimen, None) if turned else None
            telling = [site for site, other in turned.items() if other is not None and not _agree(plain, other)]
            if telling and plain is not None and self._is_settled(specimen, plain):
                self.found.append(Found(sizes, specimen))
                self.pending = [site for site in self.pending if site not in telling]

    def _sites(self, specimen: Specimen) -> EdgeSites:
        sites = EdgeSites(self._file)
        self._run(specimen, sites)
        return sites

    def _run(self, specimen: Specimen, mode: Any) -> reference_run.ReferenceRun | None:
        try:
            return reference_run.run(self._model, specimen, mode=mode)
        except Exception:  # noqa: BLE001  the module may raise anything on inputs that it does not take
            return None

    def _is_settled(self, specimen: Specimen, plain: reference_run.ReferenceRun) -> bool:
        if not reference_run.is_finite(plain.outputs):
            return False
        if not all(_agree(plain, self._run(specimen, Shaken(number))) for number in range(RUNS)):
            return False
        try:
            return _agree(plain, reference_run.run_float64(self._model, specimen))
        except Exception:  # noqa: BLE001  a module may not run in float64
            return True


def _agree(one: reference_run.ReferenceRun | None, other: reference_run.ReferenceRun | None) -> bool:
    if one is None or other is None:
        return False
    pairs = [dict(tensors_in((run.outputs, run.state))) for run in (one, other)]
    if pairs[0].keys() != pairs[1].keys():
        return False
    return all(_are_near(tensor, pairs[1][path]) for path, tensor in pairs[0].items())


def _are_near(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape:
        return False
    if not one.is_floating_point():
        return torch.equal(one, other.to(one.dtype))
    wide = one.double()
    return bool(near(other.double(), wide, tolerance_for(one.dtype), rms(wide[wide.isfinite()])).all())


def _units(sites: list[Site], numbers: Mapping[float | int, None]) -> tuple[float, ...]:
    """What the palettes are times: 1, and what of the edges and of the module's numbers may make an edge."""
    edges = [abs(site.edge) for site in sites if site.edge and math.isfinite(site.edge)]
    own = [abs(float(n)) for n in numbers if n and math.isfinite(n) and abs(n) != 1.0]
    made = [1.0]
    for edge in dict.fromkeys(edges):
        made += [edge, edge / 5, edge / 4, math.sqrt(edge), *(edge / n for n in own), *(edge * n for n in own)]
    fitting = [unit for unit in dict.fromkeys(made) if 0 < unit < 2.0**16 and is_short(unit)]
    return tuple(fitting[: _MOST_UNITS + 1])


def _own_palette(sites: list[Site], numbers: Mapping[float | int, None]) -> tuple[float, ...]:
    """The edges and the module's numbers, as far as few digits hold them."""
    own = [abs(float(n)) for n in (*(site.edge for site in sites), *numbers)]
    return tuple(dict.fromkeys([*[n for n in own if n <= _LARGEST and is_short(n)][:_MOST_NUMBERS], 0.0, 1.0]))


def _candidates(
    made: Specimen, own: tuple[float, ...], units: tuple[float, ...], generator: torch.Generator
) -> Iterator[Specimen]:
    dims = max((leaf.dim() for leaf in tree_leaves((made.args, made.kwargs)) if _is_meant(leaf)), default=0)
    for number in range(_ROUNDS):
        yield _drawn(made, "each", own, 1.0, 0, generator)
        for unit in units:
            for palette in _PALETTES:
                yield _drawn(made, "each", palette, unit, 0, generator)
            for along in range(-min(dims, 2), 0):
                for kind in ("alike", "signs", "one"):
                    yield _drawn(made, kind, _PALETTES[(number + 1) % len(_PALETTES)], unit, along, generator)
        for places in (0, 1, 2, -1):
            yield _coarse(made, places - number)


def _drawn(
    made: Specimen, kind: str, palette: tuple[float, ...], unit: float, along: int, generator: torch.Generator
) -> Specimen:
    values = torch.tensor(palette, dtype=torch.float64) * unit

    def change(leaf: Any) -> Any:
        if not _is_meant(leaf):
            return leaf
        shape = list(leaf.shape)
        is_row = kind != "each" and len(shape) >= -along
        if is_row:
            shape[along] = 1
        found = values[torch.randint(len(values), shape, generator=generator)]
        if bool((leaf < 0).any()):
            found = torch.where(torch.rand(shape, generator=generator) < 0.5, -found, found)
        if is_row:
            place = torch.arange(leaf.shape[along]).reshape(-1, *[1] * (-along - 1))
            found = found.expand(leaf.shape)
            if kind == "signs":
                found = torch.where(place % 2 == 0, found, -found if bool((leaf < 0).any()) else found)
            elif kind == "one":
                chosen = torch.randint(leaf.shape[along], shape, generator=generator)
                found = torch.where(place == chosen, found, 0.0)
        return found.to(leaf.dtype).contiguous()

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)


def _coarse(made: Specimen, places: int) -> Specimen:
    """The example's own numbers, with so many binary places more than their usual size has."""

    def change(leaf: Any) -> Any:
        if not _is_meant(leaf):
            return leaf
        size = float(leaf.double().square().mean().sqrt())
        if not 0.0 < size < math.inf:
            return leaf
        step = 2.0 ** (math.floor(math.log2(size)) - places)
        return ((leaf.double() / step).round() * step).to(leaf.dtype)

    args, kwargs = tree_map(change, (made.args, made.kwargs))
    return Specimen(args, kwargs, made.names)


def _is_meant(leaf: Any) -> bool:
    is_float = isinstance(leaf, torch.Tensor) and leaf.is_floating_point() and leaf.layout is torch.strided
    return bool(is_float and leaf.numel() and leaf.dtype.itemsize > 1)
