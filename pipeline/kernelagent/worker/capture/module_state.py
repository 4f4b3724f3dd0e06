"""State that a module keeps in plain attributes: ``self.hidden = torch.tanh(...)`` in ``forward``.

``torch.export`` carries the state of registered buffers only: a plain tensor that ``forward`` writes into is refused,
and one that it replaces is dropped with a warning. So such attributes become buffers of the instance that is traced,
outside of its ``state_dict``, and their new values are results like those of any buffer.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from kernelagent.worker.capture.clashing_names import decomposed
from kernelagent.worker.problem.deep_copy import deep_copy

_MUTATED = re.compile(r"Constant (?P<path>[\w.]+) is mutated in the forward method")
_ASSIGNED = re.compile(r"The tensor attributes? (?P<paths>.+) (?:was|were) assigned during export")


def mutated_constant(failure: Exception) -> str | None:
    """Path of the plain tensor that ``torch.export`` will not let ``forward`` write into."""
    found = _MUTATED.search(str(failure))
    return found["path"] if found else None


def assigned_attributes(raised: Sequence[warnings.WarningMessage]) -> list[str]:
    """Paths of the attributes that a trace replaced by other tensors, by its warnings."""
    texts = [found["paths"] for w in raised if (found := _ASSIGNED.search(str(w.message)))]
    paths = [path.strip().removeprefix("self.") for text in texts for path in text.split(", ")]
    return [path for path in paths if re.fullmatch(r"[\w.]+", path)]


def plain_tensors(model: torch.nn.Module) -> list[str]:
    """Paths of the tensors that are plain attributes."""
    return [
        f"{owner}.{name}" if owner else name
        for owner, module in model.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, torch.Tensor)
    ]


@contextlib.contextmanager
def made_attributes_gone(model: torch.nn.Module) -> Iterator[None]:
    """Afterwards, plain tensors that were no attributes before are none again: ``torch.export`` puts back what
    ``forward`` replaces, and leaves what it makes, which is no state that the module had."""
    before = set(plain_tensors(model))
    try:
        yield
    finally:
        for path in set(plain_tensors(model)) - before:
            owner, _, name = path.rpartition(".")
            vars(model.get_submodule(owner)).pop(name, None)


def registered(model: torch.nn.Module, paths: Sequence[str]) -> list[str]:
    """Make buffers of those of ``paths`` that are plain tensors, and say which were."""
    return [path for path in paths if _register(model, path)]


def _register(model: torch.nn.Module, path: str) -> bool:
    owner, _, name = path.rpartition(".")
    try:
        module = model.get_submodule(owner)
    except AttributeError:
        return False
    value = vars(module).get(name)
    if not isinstance(value, torch.Tensor):
        return False
    delattr(module, name)
    module.register_buffer(name, value.detach(), persistent=False)
    return True


class FirstCallDiffers(Exception):
    """The second call of the module computes something else than the first."""

    hint = "Make it in __init__, as a tensor of its own size; or choose a provider with a language model."

    def __init__(self, path: str):
        super().__init__(f"forward keeps self.{path} from call to call, and the first call makes it.")


def refuse_made_and_kept(
    model: torch.nn.Module, paths: Sequence[str], trace: Callable[[torch.nn.Module], torch.export.ExportedProgram]
) -> None:
    """``paths``: attributes that a trace has assigned tensors to. One that held none before, and that a second call
    reads as well as writes, is state that no single trace shows. ``trace`` calls a module once, then traces it.

    Raises FirstCallDiffers.
    """
    made = [path for path in paths if not isinstance(_value(model, path), torch.Tensor)]
    if not made:
        return
    program = decomposed(trace(deep_copy(model)), {})
    used = {n.target: n for n in program.graph.nodes if n.op == "placeholder" and n.users}
    read = {s.target for s in program.graph_signature.input_specs if s.arg.name in used}
    for path in made:
        if path in read and path in program.graph_signature.buffers_to_mutate.values():
            raise FirstCallDiffers(path)


def _value(model: torch.nn.Module, path: str) -> Any:
    owner, _, name = path.rpartition(".")
    return vars(model.get_submodule(owner)).get(name)
