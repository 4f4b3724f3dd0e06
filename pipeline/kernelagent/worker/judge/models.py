"""The user's module with one set of weights after the other, as the cases name them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

import torch

from kernelagent.contract.problem import Problem
from kernelagent.worker.capture.module_state import plain_tensors
from kernelagent.worker.judge import fixed_draws, reference_run, tensorfile
from kernelagent.worker.judge.at_edges import AtEdges, at_edges, sizes_for
from kernelagent.worker.judge.bursts import BURSTS
from kernelagent.worker.judge.cases import starting_sizes
from kernelagent.worker.judge.few_whole_numbers import FEW_WHOLE, Ordered
from kernelagent.worker.judge.from_the_end import from_the_end
from kernelagent.worker.judge.integer_reach import Reach, reach, takes_more
from kernelagent.worker.judge.lone_events import LONE_EVENTS, Carries
from kernelagent.worker.judge.long_ways import LONG_WAYS, Repeats
from kernelagent.worker.judge.loud_and_quiet import LOUD_AND_QUIET, may_be_left
from kernelagent.worker.judge.mapped_models import copied, settle_in_file
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.opposites import NEARLY_OPPOSITE, OPPOSITE, OPPOSITE_ROWS
from kernelagent.worker.judge.pivots import PIVOTS, Factorizes
from kernelagent.worker.judge.placed import Placed
from kernelagent.worker.judge.promised import DRAWS, NOT_NEGATIVE, WITHIN, Promise, kept, promises
from kernelagent.worker.judge.runs_of_values import Sides
from kernelagent.worker.judge.searched import Searched
from kernelagent.worker.judge.shares import Whole, wholes
from kernelagent.worker.judge.signs_and_slopes import SIGNS_AND_SLOPES, Combined
from kernelagent.worker.judge.turns import Turning
from kernelagent.worker.judge.value_kinds import LONE_READINGS, Values
from kernelagent.worker.judge.weights import KINDS, perturb
from kernelagent.worker.problem import Specimen, build_model, make_inputs, saved_tensors
from kernelagent.worker.problem.carried import is_carried
from kernelagent.worker.problem.inputs import total_bytes

_SEED_AT_EDGES = 73
MANY_BYTES = 1 << 26
"""Of the example's inputs, from which on smaller ones are drawn to see what they promise."""


def in_attributes(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Path → tensor in a plain attribute, as a previous call has left it, or the constructor: an argument, too."""
    plain = {path: model.get_submodule(path.rpartition(".")[0]) for path in plain_tensors(model)}
    held = {path: getattr(owner, path.rpartition(".")[2]) for path, owner in plain.items()}
    return {path: tensor.detach() for path, tensor in held.items() if is_carried(tensor.layout, tensor.dtype)}


class Models(Sequence[torch.nn.Module]):
    """The module with each set of weights, made when it is first asked for; the weights are written as ``state<n>``."""

    def __init__(self, problem: Problem, inputs_dir: Path, profile: str) -> None:
        self._problem = problem
        self._inputs_dir = inputs_dir
        self._count = len(KINDS) if problem.state and profile == "full" else 1
        self._made: dict[int, torch.nn.Module] = {}
        self._bits: int | None = None
        self.no_steps = ""
        """Why no integers were found at which results step."""

    def hold(self, bits: int) -> None:
        """From now on the models draw no numbers of their own (``fixed_draws.py``)."""
        self._bits = bits
        for model in self._made.values():
            fixed_draws.hold(model, bits)

    def keep(self, number: int, state: dict[str, torch.Tensor]) -> None:
        """Make the set of weights of that number: the first one, with these entries."""
        model = copied(self[0])
        model.load_state_dict({**model.state_dict(), **state})
        self.put(number, model)

    def put(self, number: int, model: torch.nn.Module) -> None:
        """Let ``model``, which nobody calls any more but in copies, be the one with the set of weights of that
        number."""
        self._made[number] = self._written(model, number)

    @functools.cached_property
    def searched(self) -> Searched:
        """What the module searches in. Raises what it raises on its example."""
        return Searched(self[0], make_inputs(self._problem, starting_sizes(self._problem)[0]))

    @functools.cached_property
    def placed(self) -> Placed:
        """Where the module writes by index."""
        return Placed(self[0], make_inputs(self._problem, starting_sizes(self._problem)[0]))

    @functools.cached_property
    def promises(self) -> tuple[Promise, ...]:
        """What every draw of the example's inputs has in common. Places that are written to are made to come once
        (``placed.py``), and need not rise."""
        draws = self._draws()
        found = promises(draws, from_the_end(self[0], draws))
        is_rising = any(p.what == "rising" for p in found)
        written = Placed(self[0], draws[0]).inputs if is_rising else ()
        return tuple(p for p in found if p.what != "rising" or p.name not in written)

    @functools.cached_property
    def wholes(self) -> tuple[Whole, ...]:
        """Inputs that are shares of a whole in every draw of the example."""
        otherwise = {promise.name for promise in self.promises if promise.what not in (WITHIN, NOT_NEGATIVE)}
        return wholes(self._draws(), otherwise)

    @functools.cached_property
    def integer_reach(self) -> Reach:
        """Up to where the module takes integers, of inputs that promise nothing."""
        return reach(self[0], *self._integers())

    def _integers(self) -> tuple[Specimen, set[str]]:
        promised = {promise.name for promise in self.promises} | {whole.name for whole in self.wholes}
        return make_inputs(self._problem, starting_sizes(self._problem)[1], seed=1), promised

    @property
    def without_steps(self) -> str:
        """Why no case has integers at which results step, where none has: for the verdict. Nothing where the module
        refuses any beyond the example's."""
        if self.no_steps and not self.integer_reach and not takes_more(self[0], *self._integers()):
            return ""
        return self.no_steps

    @functools.cached_property
    def at_edges(self) -> AtEdges:
        """Inputs at which what the module computes of several elements is just at an edge."""
        sizes = sizes_for(self._problem, *starting_sizes(self._problem))
        choices = [(at, self.inputs(at, _SEED_AT_EDGES)) for at in sizes]
        return at_edges(self[0], str(Path(self._problem.file)), choices, _SEED_AT_EDGES)

    def _draws(self) -> list[Specimen]:
        base, small = starting_sizes(self._problem)
        sizes = small if total_bytes(self._problem.inputs) > MANY_BYTES else base
        return [make_inputs(self._problem, sizes, seed) for seed in range(DRAWS)]

    @functools.cached_property
    def rows_without_use(self) -> frozenset[Values]:
        """Kinds of rows that tell nothing of the module, learned from one call."""
        specimen = make_inputs(self._problem, starting_sizes(self._problem)[1], seed=1)
        with contextlib.ExitStack() as listening:
            heard, combined, turning, repeats, factorizes, carries, ordered = (
                listening.enter_context(ear)
                for ear in (Sides(), Combined(), Turning(), Repeats(), Factorizes(), Carries(), Ordered())
            )
            reference_run.run(self[0], specimen)
        goes_by_size = repeats.go_by_size(specimen)
        asks = {
            LOUD_AND_QUIET: may_be_left(heard),
            SIGNS_AND_SLOPES: combined.is_so,
            BURSTS: bool(turning.turns.repeated),
            LONG_WAYS: goes_by_size,
            LONE_EVENTS: goes_by_size or carries.carried,
            LONE_READINGS: goes_by_size or carries.carried,
            PIVOTS: bool(factorizes.matrices),
            FEW_WHOLE: ordered.each_other,
            OPPOSITE: ordered.bounds,
            NEARLY_OPPOSITE: ordered.bounds,
            OPPOSITE_ROWS: ordered.anything,
        }
        return frozenset(values for values, is_asked in asks.items() if not is_asked)

    def inputs(self, sizes: Mapping[str, int], seed: int) -> Specimen:
        """The example's at other sizes, as its draws promise, and such as the module's result is defined for."""
        specimen = kept(make_inputs(self._problem, sizes, seed), self.promises, seed)
        with contextlib.suppress(NoCase):
            self.define(specimen, 0, seed)
        return specimen

    @property
    def leave_open(self) -> bool:
        """Whether there are inputs on which PyTorch leaves the module's result open."""
        return self.placed.writes or self.searched.searches

    def define(self, specimen: Specimen, weights: int, seed: int) -> None:
        """Change inputs, in place, on which PyTorch leaves the result open. Raises ``NoCase`` where that does not
        help."""
        self.placed.put_apart(self[weights], specimen, seed)
        self.searched.put_in_order(self[weights], specimen)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> torch.nn.Module: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[torch.nn.Module]: ...
    def __getitem__(self, number: int | slice) -> torch.nn.Module | Sequence[torch.nn.Module]:
        if isinstance(number, slice):
            return [self[n] for n in range(self._count)[number]]
        if number not in self._made:
            if not 0 <= number < self._count:
                raise IndexError(number)
            self._made[number] = self._make(number)
        return self._made[number]

    def _make(self, number: int) -> torch.nn.Module:
        model = build_model(self._problem, seed=number)
        perturb(model, number, KINDS[number])
        if self._bits is not None:
            fixed_draws.hold(model, self._bits)
        return self._written(model, number)

    def _written(self, model: torch.nn.Module, number: int) -> torch.nn.Module:
        state = saved_tensors(model)
        path = self._inputs_dir / f"state{number}"
        tensorfile.write(path, state)
        settle_in_file(model, path)
        # kernel_function takes buffers that the state_dict leaves out (persistent=False) as arguments too
        unsaved = {k: v for k, v in model.named_buffers() if k not in state}
        tensorfile.write(self._inputs_dir / f"unsaved{number}", unsaved)
        tensorfile.write(self._inputs_dir / f"attributes{number}", in_attributes(model))
        return model
