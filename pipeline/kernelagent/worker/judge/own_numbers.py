"""Inputs that hold the numbers which the module looks for: a token that is left out, a value that stands for none.

Random values hardly ever meet them, large integers least of all. Integers are put at the numbers that the module
compares integers with, hands to an operator beside them (the label that a loss leaves out), or computes them with, and
beside them; floats at those that it compares an input with, as it was given or moved about, so that no rounding can
turn what comes of it. The same with numbers that only the kernel has, which ought to go no other way there.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Container, Mapping
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.promised import NOT_NEGATIVE, WITHIN
from kernelagent.worker.judge.ties import Heard, listened
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.inputs import named_tensors

MOST_NUMBERS = 8
ASKING_S = 2.0
"""For asking the module which integers it takes; what was not asked by then is not tried."""
_SHARE = 0.3
_BESIDE = 1 / 64
"""Of a number, how far what lies beside it is away."""
_NARROWER = (1 << 8, 1 << 16, 1 << 32)

Chosen = dict[int, tuple[float, ...]]
"""Place of a tensor among the inputs → what is put into it."""


def with_integers(model: torch.nn.Module, specimen: Specimen, seed: int) -> Specimen:
    """Integer inputs with the module's own integers in some places, those of them that it takes. Raises ``NoCase``
    where there are none."""
    numbers = _integers(listened(model, specimen))
    deadline = time.monotonic() + ASKING_S
    chosen: Chosen = {}
    for place, tensor in enumerate(_tensors(specimen)):
        if _is_integer(tensor) and tensor.numel():
            chosen[place] = tuple(n for n in _fitting(numbers, tensor) if _takes(model, specimen, place, n, deadline))
    return _planted(specimen, chosen, seed, rows=False)


def with_congruent(model: torch.nn.Module, specimen: Specimen, seed: int) -> Specimen:
    """As :func:`with_integers`, where there are any, and some elements 2⁸, 2¹⁶ or 2³² larger, as far as their type and
    the module take it: cast to a narrower integer they are what they were. Raises ``NoCase`` where none is taken."""
    with contextlib.suppress(NoCase):
        specimen = with_integers(model, specimen, seed)
    generator = torch.Generator().manual_seed(seed)
    deadline = time.monotonic() + ASKING_S
    steps: dict[int, list[int]] = {}
    for place, tensor in enumerate(_tensors(specimen)):
        if _is_integer(tensor) and tensor.numel():
            most = int(tensor.max())
            fits = [step for step in _NARROWER if most + step <= torch.iinfo(tensor.dtype).max]
            steps[place] = [step for step in fits if _takes(model, specimen, place, most + step, deadline)]
    if not any(steps.values()):
        raise NoCase("it takes no integers that are so much larger")

    def moving(steps: list[int]) -> Callable[[torch.Tensor], torch.Tensor]:
        def put(tensor: torch.Tensor) -> torch.Tensor:
            drawn = torch.tensor(steps)[torch.randint(len(steps), tensor.shape, generator=generator)]
            moved = torch.rand(tensor.shape, generator=generator) < 1 / 2
            return torch.where(moved, tensor + drawn.to(tensor.dtype), tensor)

        return put

    return _changed(specimen, {place: moving(fitting) for place, fitting in steps.items() if fitting})


def with_exceptions(model: torch.nn.Module, specimen: Specimen, names: Container[str], seed: int) -> Specimen:
    """Integer inputs of ``names`` with those of the module's own numbers in some places that it takes though it refuses
    a neighbour: a label of 255 beside ten classes is past every index, and no promise of what the inputs are."""
    own = _looked_for(listened(model, specimen))
    deadline = time.monotonic() + ASKING_S
    meant = [id(tensor) for name, tensor in named_tensors(specimen) if name in names]
    chosen: Chosen = {}
    for place, tensor in enumerate(_tensors(specimen)):
        if id(tensor) in meant and _is_integer(tensor) and tensor.numel():
            chosen[place] = tuple(
                n
                for n in _fitting(own, tensor)
                if _takes(model, specimen, place, n, deadline)
                and not all(_takes(model, specimen, place, n + step, deadline) for step in (1, -1))
                and time.monotonic() <= deadline
            )
    return _planted(specimen, chosen, seed, rows=False) if any(chosen.values()) else specimen


def with_nothing_but(model: torch.nn.Module, specimen: Specimen, promised: Mapping[str, str], turn: int) -> Specimen:
    """Whole integer inputs of one number that the module looks for, the one of number ``turn`` among those that it
    takes: every label is one to leave out, every token one of padding. First come those that it takes though it refuses
    one beside them: then only such inputs are, and a result that is not finite (a mean of nothing) is asked.
    ``promised``: names of inputs → what they promise. Raises ``NoCase`` where there is no such number."""
    deadline = time.monotonic() + ASKING_S
    names = {id(tensor): name for name, tensor in named_tensors(specimen)}
    tensors = [(place, t) for place, t in enumerate(_tensors(specimen)) if _is_integer(t) and t.numel()]
    chosen: list[tuple[int, list[int], bool]] = []
    for number in _looked_for(listened(model, specimen)):
        taking: list[int] = []
        except_for: list[int] = []
        for place, tensor in tensors:
            what = promised.get(names.get(id(tensor), ""), "")
            bounded = what in (WITHIN, NOT_NEGATIVE)
            if not _fitting([number], tensor) or (what and not bounded):
                continue
            if _takes(model, specimen, place, number, deadline):
                beside = [_takes(model, specimen, place, number + step, deadline) for step in (1, -1)]
                except_for += [] if all(beside) else [place]
                taking += [] if bounded else [place]
        if time.monotonic() <= deadline and (taking or except_for):
            chosen.append((number, except_for or taking, bool(except_for)))
    if len(chosen) <= turn:
        raise NoCase("it looks for no such number")
    number, places, is_asked = sorted(chosen, key=lambda one: not one[2])[turn]
    found = _changed(specimen, dict.fromkeys(places, lambda tensor: torch.full_like(tensor, number)))
    if not is_asked and not reference_run.is_finite(reference_run.run(model, found).outputs):
        raise NoCase("the module's own result is not finite on it")
    return found


def with_floats(model: torch.nn.Module, specimen: Specimen, seed: int, rows: bool) -> Specimen:
    """Float inputs with the numbers that they are compared with in some places; ``rows``: and all over the first slice
    along each dimension. Raises ``NoCase`` where there are none, or another order of operations may turn what is
    decided of them."""
    numbers = tuple(float(n) for n in listened(model, specimen).compared if n)[:MOST_NUMBERS]
    floats = [place for place, t in enumerate(_tensors(specimen)) if t.is_floating_point() and t.numel()]
    planted = _planted(specimen, dict.fromkeys(floats, numbers), seed, rows)
    if listened(model, planted).is_near:
        raise NoCase("what is decided may turn with the order of operations")
    return planted


def with_the_kernel_s(model: torch.nn.Module, specimen: Specimen, compared: tuple[float, ...], seed: int) -> Specimen:
    """Numbers that a kernel compares something with in some places, what lies beside each, and what lies between two;
    of integers those that the module takes. Raises ``NoCase`` where another order of operations may turn what the
    module decides of them."""
    between = [(low + high) / 2 for low, high in itertools.pairwise(sorted(compared))]
    beside = [number * (1 + step) for step in (_BESIDE, -_BESIDE) for number in compared]
    whole = [int(number) for number in compared if number.is_integer()]
    deadline = time.monotonic() + ASKING_S
    chosen: Chosen = {}
    for place, tensor in enumerate(_tensors(specimen)):
        if tensor.is_floating_point() and tensor.numel():
            chosen[place] = (*compared, *between, *beside)
        elif _is_integer(tensor) and tensor.numel():
            near = list(dict.fromkeys(n + step for step in (0, -1, 1) for n in whole))
            chosen[place] = tuple(n for n in _fitting(near, tensor) if _takes(model, specimen, place, n, deadline))
    planted = _planted(specimen, chosen, seed, rows=False)
    if listened(model, planted).is_near:
        raise NoCase("what is decided may turn with the order of operations")
    return planted


def _integers(heard: Heard) -> list[int]:
    """Those that something is compared with come first, each with its neighbours."""
    own = list(dict.fromkeys([*_looked_for(heard), *heard.counts]))[:MOST_NUMBERS]
    return list(dict.fromkeys(n + step for step in (0, -1, 1) for n in own))


def _looked_for(heard: Heard) -> list[int]:
    whole = [int(n) for n in heard.compared if float(n).is_integer()]
    return list(dict.fromkeys([*heard.labels, *whole]))[:MOST_NUMBERS]


def _fitting(numbers: list[int], tensor: torch.Tensor) -> list[int]:
    limits = torch.iinfo(tensor.dtype)
    return [n for n in numbers if limits.min <= n <= limits.max]


def _takes(model: torch.nn.Module, specimen: Specimen, place: int, number: int, deadline: float) -> bool:
    if time.monotonic() > deadline:
        return False

    def put(tensor: torch.Tensor) -> torch.Tensor:
        found = tensor.clone()
        found.reshape(-1)[-1:] = number
        return found

    try:
        reference_run.run(model, _changed(specimen, {place: put}))
    except Exception:  # noqa: BLE001  the module may refuse it in any way
        return False
    return True


def _planted(specimen: Specimen, chosen: Chosen, seed: int, rows: bool) -> Specimen:
    if not any(chosen.values()):
        raise NoCase("it looks for no number")
    generator = torch.Generator().manual_seed(seed)

    def planting(numbers: tuple[float, ...]) -> Callable[[torch.Tensor], torch.Tensor]:
        def put(tensor: torch.Tensor) -> torch.Tensor:
            drawn = torch.randint(len(numbers), tensor.shape, generator=generator)
            there = torch.rand(tensor.shape, generator=generator) < _SHARE
            there.reshape(-1)[: len(numbers)] = True
            drawn.reshape(-1)[: len(numbers)] = torch.arange(min(len(numbers), tensor.numel()))
            for dim in range(tensor.dim() if rows and tensor.dim() > 1 else 0):
                if tensor.shape[dim] > 1:
                    there.select(dim, 0).fill_(True)
            values = torch.tensor(numbers, dtype=torch.float64 if tensor.is_floating_point() else torch.int64)
            return torch.where(there, values[drawn].to(tensor.dtype), tensor)

        return put

    return _changed(specimen, {place: planting(numbers) for place, numbers in chosen.items() if numbers})


def _changed(specimen: Specimen, changes: dict[int, Callable[[torch.Tensor], torch.Tensor]]) -> Specimen:
    place = -1

    def change(leaf: Any) -> Any:
        nonlocal place
        if not isinstance(leaf, torch.Tensor):
            return leaf
        place += 1
        return changes[place](leaf) if place in changes else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _tensors(specimen: Specimen) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    tree_map(
        lambda leaf: found.append(leaf) if isinstance(leaf, torch.Tensor) else None, (specimen.args, specimen.kwargs)
    )
    return found


def _is_integer(tensor: torch.Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)
