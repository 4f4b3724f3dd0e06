"""The drop-in module class: the user's own ``__init__``, so that constructing and loading work as before, and a
``forward`` that calls the kernels.

The parts of the user's file, and of the project's files that it imports from, that ``__init__`` needs (imports,
constants, helper classes without their ``forward``) are copied, and the class's other methods and properties that do
not compute. What cannot be copied, because it comes from another package than torch and the standard library, or does
what a kernel's file may not (weights read from a file), is replaced by bare parameters under the same names, which hold
no numbers until a ``state_dict`` is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kernelagent.static.scan import scan
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.bare_module import bare_module
from kernelagent.worker.synth.compose.copied_module import copied_module, further_methods
from kernelagent.worker.synth.compose.module_text import ModuleSource
from kernelagent.worker.synth.compose.source_slice import NotCopiable

_BESIDE = """\
import triton


@triton.jit
def least():
    pass


def kernel_function(*given, **named):
    least[(1,)]()"""
"""The least that is a kernel's file."""


def write_module(
    graph: Graph,
    text: str,
    state: Iterable[tuple[str, tuple[int, ...], str]],
    in_use: Collection[str] = (),
    *,
    init_known: bool = True,
) -> ModuleSource:
    """``text`` is the user's file; ``state`` its ``state_dict`` as (key, shape, dtype). What is copied may bind none of
    the names ``in_use``, but by the import that the kernels have too. Of a live module it may not be ``init_known``."""
    if not init_known:
        return bare_module(graph, tuple(state), "It was made from a live module")
    try:
        copied = _allowed(copied_module(graph, text, in_use))
    except NotCopiable as reason:
        return bare_module(graph, tuple(state), str(reason))
    return _with_methods(copied, graph, text, in_use)


def _with_methods(copied: ModuleSource, graph: Graph, text: str, in_use: Collection[str]) -> ModuleSource:
    """With as many of the class's other methods and properties as a kernel's file may have, one more at a time: one
    that computes in PyTorch stays behind."""
    taken: list[str] = []
    left: list[str] = []
    for name in further_methods(graph, text):
        try:
            copied = _allowed(copied_module(graph, text, in_use, [*taken, name]))
            taken.append(name)
        except NotCopiable:
            left.append(name)
    return copied_module(graph, text, in_use, taken, left) if left else copied


def _allowed(copied: ModuleSource) -> ModuleSource:
    """What the judge's static check has nothing against, beside any kernel."""
    parts = ["\n".join(copied.imports), _BESIDE, copied.helpers, copied.body]
    if refused := scan("\n\n\n".join(parts)).findings:
        raise NotCopiable(f"its __init__ {refused[0].what.partition(',')[0]}, which a kernel's file may not")
    return copied
