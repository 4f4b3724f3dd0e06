"""One module through ``torch.export``, with as many of its sizes left free as can be."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Collection

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode
from torch.utils._pytree import tree_map

from kernelagent.worker.capture.batch_norm_shapes import batch_norm_shapes
from kernelagent.worker.capture.clashing_names import decomposed
from kernelagent.worker.capture.decompositions import table
from kernelagent.worker.capture.guards import bound_dimensions, spread_dimensions
from kernelagent.worker.capture.keyword_paths import keyword_paths
from kernelagent.worker.capture.module_state import (
    FirstCallDiffers,
    assigned_attributes,
    made_attributes_gone,
    mutated_constant,
    plain_tensors,
    refuse_made_and_kept,
    registered,
)
from kernelagent.worker.capture.named_keywords import keywords_named
from kernelagent.worker.capture.read_program import user_inputs
from kernelagent.worker.capture.rewrites import Rewrites, symbolic_numbers
from kernelagent.worker.capture.signature import dynamic_shapes
from kernelagent.worker.problem import Specimen, named_tensors

Axes = frozenset[tuple[str, int]]
"""``(path, axis)`` of dimensions of inputs."""


class Tracer:
    def __init__(self, model: torch.nn.Module, paths: list[str], mode: FakeTensorMode | None):
        self.model = model
        self.paths = paths
        self.mode = mode
        self.attributes: list[str] = []
        """Paths of what has become a buffer of ``model`` for the trace."""
        if mode is not None:  # a tensor without values cannot become a constant
            self._register(plain_tensors(model))

    def decomposed(self, specimen: Specimen, whole: Collection[str]) -> torch.export.ExportedProgram:
        """The traced module, taken apart but for the operators named in ``whole``."""
        bound: Axes = frozenset()
        with batch_norm_shapes(), keyword_paths():
            while True:
                program = self.trace(specimen, bound)
                try:
                    found = decomposed(program, table(whole))
                except RuntimeError as exc:
                    constant = mutated_constant(exc)
                    if constant is None or not self._register([constant]):
                        raise
                    continue
                tensors = [t for _, t in user_inputs(found)]
                more = bound | spread_dimensions(zip(self.paths, tensors, strict=True), found.graph)
                if more == bound:
                    return found
                bound = more

    def trace(self, specimen: Specimen, bound: Axes = frozenset()) -> torch.export.ExportedProgram:
        """Every dimension free but ``bound`` and those that the trace's own guards bind. Where the exporter cannot
        solve its guards, or makes a size of 0 or less of one that it asserts to be more, the fewest that it can do
        without.

        Raises what ``torch.export`` raises where it traces the module at no size but the example's, or not at all.
        """
        try:
            return self._with_guards(specimen, bound)
        except GuardOnDataDependentSymNode:
            with symbolic_numbers(self.model):
                return self._with_guards(specimen, bound)
        except FirstCallDiffers:
            raise
        except Exception as failure:
            with contextlib.suppress(Exception):
                return self._with_fewest_bound(specimen, bound)
            raise failure

    def _with_guards(self, specimen: Specimen, bound: Axes) -> torch.export.ExportedProgram:
        program = self._with_state(specimen, bound)
        tensors = [t for _, t in user_inputs(program)]
        more = bound | bound_dimensions(zip(self.paths, tensors, strict=True))
        return self._with_state(specimen, more) if more != bound else program

    def _with_fewest_bound(self, specimen: Specimen, always: Axes) -> torch.export.ExportedProgram:
        """All bound, then one after another but ``always`` set free, and kept so where the module is still traced:
        batches first."""
        every = [(name, axis) for name, tensor in named_tensors(specimen) for axis in range(tensor.dim())]
        axes = [a for a in every if a not in always]
        batch = frozenset(a for a in axes if a[1] == 0)
        bound = frozenset(every)
        program = self._with_guards(specimen, bound)
        for group in [batch, *(frozenset([a]) for a in axes if a not in batch)]:
            with contextlib.suppress(Exception):
                program = self._with_guards(specimen, bound - group)
                bound -= group
        return program

    def _with_state(self, specimen: Specimen, bound: Axes) -> torch.export.ExportedProgram:
        """One trace, with attributes that ``forward`` writes to as buffers."""
        while True:
            program, assigned = _exported(self.model, specimen, bound)
            if not self._register(assigned):
                refuse_made_and_kept(self.model, assigned, lambda twin: _second_call(twin, specimen, bound))
                return program

    def _register(self, paths: list[str]) -> bool:
        new = registered(self.model, paths)
        self.attributes += new
        return bool(new)


def _exported(
    model: torch.nn.Module, specimen: Specimen, bound: Axes
) -> tuple[torch.export.ExportedProgram, list[str]]:
    """A trace, and the attributes that it assigned tensors to."""
    specimen = _without_bases(specimen)
    named = keywords_named(model, specimen)
    with warnings.catch_warnings(record=True) as raised, Rewrites(), made_attributes_gone(model), named:
        warnings.simplefilter("always")
        shapes = dynamic_shapes(model, specimen, bound)
        program = torch.export.export(model, specimen.args, specimen.kwargs, dynamic_shapes=shapes, strict=False)
    return program, assigned_attributes(raised)


def _without_bases(specimen: Specimen) -> Specimen:
    """Inputs with the same memory and strides that are nobody's views: of a view, ``torch.export`` has the base's sizes
    free as well, and guards on them that its own check cannot evaluate."""
    args, kwargs = tree_map(lambda v: v.data if isinstance(v, torch.Tensor) else v, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _second_call(twin: torch.nn.Module, specimen: Specimen, bound: Axes) -> torch.export.ExportedProgram:
    twin(*specimen.args, **specimen.kwargs)
    tracer = Tracer(twin, [], None)
    program, assigned = _exported(twin, specimen, bound)
    return tracer._with_state(specimen, bound) if registered(twin, assigned) else program
