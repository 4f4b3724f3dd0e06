"""Integers of the module's own: lengths of its chunks, steps at which it does something else, windows of positions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import Problem
from kernelagent.static.coefficients import coefficients
from kernelagent.static.walk import walk
from kernelagent.worker.judge.case_sizes import Sizes
from kernelagent.worker.judge.computed_sizes import computed_sizes
from kernelagent.worker.judge.converted_places import sizes_of_converted_places
from kernelagent.worker.judge.held_values import HeldValues
from kernelagent.worker.judge.integer_sums import sizes_of_large_sums
from kernelagent.worker.judge.measured import LARGEST, Measure, measures_of
from kernelagent.worker.judge.positions_met import positions_met
from kernelagent.worker.judge.rounded_places import Resizes, sizes_of_rounded_places
from kernelagent.worker.judge.rounded_products import sizes_of_rounded_products
from kernelagent.worker.judge.runs_of_values import Sides, run_lengths
from kernelagent.worker.judge.ties import Heard
from kernelagent.worker.problem import Specimen, make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy

T = TypeVar("T")

MOST_OF_A_REASON = 200
"""Characters."""


@dataclass(frozen=True)
class OwnNumbers:
    in_file: tuple[int, ...] = ()
    """Those in its text, but for its example inputs, and for coefficients of floats (``static/coefficients.py``)."""
    counted: tuple[int, ...] = ()
    """Those that integers are compared with, or computed with, while it runs, without their signs: positions with the
    width of a window. Not those that are measured."""
    measured: tuple[Measure, ...] = ()
    """Those that it measures along free sizes (``measured.py``), that positions along them meet (``positions_met.py``),
    and up to which what it makes of a size stays the same (``computed_sizes.py``)."""
    given: tuple[int, ...] = ()
    """Those that the example passes to ``forward``, without their signs."""
    rounding: tuple[Sizes, ...] = ()
    """Sizes at which it computes places that float32 rounds (``rounded_places.py``, ``converted_places.py``)."""
    products: tuple[int, ...] = ()
    """Sizes whose product with one of its floats rounds otherwise than the exact one (``rounded_products.py``)."""
    sums: tuple[Measure, ...] = ()
    """Sizes up to which integers that it adds up stay below what float32 counts to (``integer_sums.py``)."""
    runs: tuple[int, ...] = ()
    """Those that it may compare the lengths of runs with, the largest first (``runs_of_values.py``)."""
    unseen: tuple[str, ...] = ()
    """What could not be looked for, as the verdict says it."""


NO_NUMBERS = OwnNumbers()


def own_numbers_of(problem: Problem, model: torch.nn.Module, sizes: Sizes) -> OwnNumbers:
    """From 2 to ``LARGEST``, ascending. ``sizes``: at which it is run to hear of them."""
    in_file, products = tuple(_in_file(problem)), sizes_of_rounded_products(problem)
    try:
        specimen = make_inputs(problem, sizes, seed=1)
        resizes, sides = Resizes(), Sides()
        with resizes, sides:
            counted, of_values = _counted(model, specimen)
    except Exception:  # noqa: BLE001  what is wrong with the example is said when it is made
        return OwnNumbers(in_file, products=products)
    in_file = tuple(number for number in in_file if number not in of_values)
    leaves = tree_leaves((specimen.args, specimen.kwargs))
    given = sorted({abs(leaf) for leaf in leaves if type(leaf) is int and 2 <= abs(leaf) <= LARGEST})
    run = _Run()
    measured = run.found("Lengths that it compares with numbers", measures_of, problem, model, sizes, specimen)
    counted = [number for number in counted if all(number != measure.number for measure in measured)]
    met = run.found("Numbers that its positions meet", positions_met, problem, model, sizes, specimen)
    measured += [measure for measure in met if measure.number not in counted]
    measured += run.found("Numbers up to which what it makes of a size stays the same", computed_sizes, problem)
    rounding = run.found(
        "Sizes at which float32 rounds its places", sizes_of_rounded_places, problem, model, sizes, resizes.found
    )
    rounding += run.found("Sizes at which its places of floats round", sizes_of_converted_places, problem, model, sizes)
    return OwnNumbers(
        in_file,
        tuple(counted),
        tuple(measured),
        tuple(given),
        tuple(rounding),
        products,
        tuple(run.found("Sums of integers past what float32 counts to", sizes_of_large_sums, problem, model, sizes)),
        run_lengths(problem, sides),
        tuple(run.failures),
    )


class _Run:
    """The module run on what shows its numbers: values that are followed, large integers. It may raise on them."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def found(self, what: str, find: Callable[..., Iterable[T]], *given: object) -> list[T]:
        try:
            return list(find(*given))
        except Exception as exc:  # noqa: BLE001  a module may raise anything, and the verdict tells it
            reason = (str(exc).strip().splitlines() or [""])[0][:MOST_OF_A_REASON]
            self.failures.append(f"{what}: where it was run to see them, it raised {type(exc).__name__}: {reason}")
            return []


def _counted(model: torch.nn.Module, specimen: Specimen) -> tuple[list[int], frozenset[int]]:
    """And large ones that are held against values alone."""
    leaves = tree_leaves((specimen.args, specimen.kwargs))
    with Heard() as heard, HeldValues(leaves) as held, torch.no_grad():
        deep_copy(model)(*specimen.args, **specimen.kwargs)
    counted = {abs(number) for number in heard.counts if 2 <= abs(number) <= LARGEST}
    return sorted(counted - held.numbers), held.numbers


def _in_file(problem: Problem) -> list[int]:
    tree = ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))
    parts = [node for node in tree.body if getattr(node, "name", "") != "get_inputs"]
    nodes = [node for part in parts for node in walk(part)]
    floats = [spec.name for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))]
    beside_floats = coefficients(nodes, floats)
    found = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and type(node.value) is int and 2 <= node.value <= LARGEST
        if node not in beside_floats
    }
    return sorted(found)
