"""From a :class:`Problem` to live objects: the user's class, an instance of it, and inputs at any sizes."""

from kernelagent.worker.problem.build import build_model, saved_tensors
from kernelagent.worker.problem.inputs import Specimen, make_inputs, named_tensors
from kernelagent.worker.problem.load import load_class, namespace_of
from kernelagent.worker.problem.sizes import base_sizes

__all__ = [
    "Specimen",
    "base_sizes",
    "build_model",
    "load_class",
    "make_inputs",
    "named_tensors",
    "namespace_of",
    "saved_tensors",
]
