"""The composed file: kernels, ``kernel_function``, the module, a self-check; it imports only torch and triton."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from kernelagent.contract.problem import FreeSize, Problem, TensorSpec
from kernelagent.contract.result_structure import IMPORT, definition_lines
from kernelagent.static.kernel_file import RUN_ME
from kernelagent.static.own_names import names_in_use
from kernelagent.worker.capture.graph import Graph, GraphInput
from kernelagent.worker.synth.compose.kept import NOTHING, Kept, declaration_lines
from kernelagent.worker.synth.compose.module_source import write_module
from kernelagent.worker.synth.compose.module_text import ModuleSource
from kernelagent.worker.synth.compose.parameters import constant_name
from kernelagent.worker.synth.compose.precision import AS_FLOAT32, CONSTANT, Precision
from kernelagent.worker.synth.compose.reference import argument_text
from kernelagent.worker.synth.compose.self_check import self_check_lines
from kernelagent.worker.synth.compose.wrapper import write_wrapper
from kernelagent.worker.synth.emit.device_functions import SOURCES, with_dependencies
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.kernels import kernel_origins
from kernelagent.worker.synth.emit.share import distinct
from kernelagent.worker.synth.synthesize import Synthesis


@dataclass(frozen=True)
class ComposedFile:
    text: str
    function: str
    module: str | None
    kernels: tuple[str, ...]


def compose_file(
    synthesis: Synthesis,
    problem: Problem,
    source: str | None,
    precision: Precision = AS_FLOAT32,
    kept: Kept = NOTHING,
) -> ComposedFile:
    """``source`` is the text of the user's file; ``None`` leaves the module class out (a subgraph has none). What is
    ``kept`` is left to PyTorch's operators."""
    graph = synthesis.graph
    launched = kept.launched(synthesis)
    named = definition_lines(graph.output_structure)
    parts = [
        *_constants(graph.inputs),
        *(["\n".join(declared)] if (declared := declaration_lines(kept)) else []),
        *(SOURCES[name].strip("\n") for name in _device_functions(launched)),
        *(kernel.text.rstrip("\n") for kernel in distinct(launched)),
        _EXPECT,
        *(["\n".join(named)] if named else []),
        "\n".join(write_wrapper(synthesis, precision, kept)),
    ]
    check = "\n".join(self_check_lines(graph, checked_specs(graph, problem)))
    module: ModuleSource | None = None
    if source is not None:
        known = problem.live is None or problem.live.init_given
        state = [(s.name, s.shape, s.dtype) for s in problem.state]
        module = write_module(graph, source, state, names_in_use("\n".join([*parts, check])), init_known=known)
    if module is not None:
        parts += [p for p in (module.helpers, module.body.rstrip("\n")) if p]
    parts.append(check)
    extra = {*(module.imports if module is not None else ()), *([IMPORT] if named else [])}
    parts = [_docstring(synthesis, kept) + "\n\n" + _imports(launched, extra, precision, "\n".join(parts)), *parts]
    text = "\n\n\n".join(p.rstrip() for p in parts) + "\n"
    names = tuple(k.name for k in distinct(launched))
    return ComposedFile(text, "kernel_function", module.name if module is not None else None, names)


_EXPECT = '''def _expect(tensor, name, shape, dtype):
    """``tensor``, if it has the shape and the dtype that the kernels were made for: they are right for no others."""
    if tuple(tensor.shape) != shape or tensor.dtype != dtype:
        got = f"{tensor.dtype} {tuple(tensor.shape)}"
        raise ValueError(f"{name} must be {dtype} {shape}, got {got}")
    return tensor'''


def _docstring(synthesis: Synthesis, kept: Kept) -> str:
    graph = synthesis.graph
    launched = kept.launched(synthesis)
    how = "as Triton kernels" + (" and PyTorch's operators" if kept.pieces else "")
    lines = [f'"""{graph.class_name} {how if launched else "by the operators of PyTorch"}.', ""]
    width = max(len(name) for name in [*(k.name for k in launched), *(k.piece.id for k in kept.pieces)])
    lines_of: dict[str, set[int]] = {}
    for source, kernel in zip(synthesis.kernels, synthesis.plan.kernels, strict=True):
        origins = kernel_origins(kernel, synthesis.plan)
        if (by_pytorch := kept.of(kernel)) is not None:
            lines_of.setdefault(f"{by_pytorch.piece.id} (PyTorch)", set()).update(o.line for o in origins if o.line)
            continue
        lines_of.setdefault(source.name, set()).update(o.line for o in origins if o.line)
    for name, numbers in lines_of.items():
        where = f"  line{'s' if len(numbers) > 1 else ''} {ranges(sorted(numbers))}" if numbers else ""
        lines.append(f"    {name:<{width}}{where}".rstrip())
    if graph.free_sizes:
        lines += ["", free_sizes_told(graph)]
    fixed = [
        f"{given.path}.shape[{axis}] = {size}"
        for given in graph.inputs
        if given.kind == "input"
        for axis, size in enumerate(given.shape)
        if size.isdecimal()
    ]
    if fixed:
        lines += ["", "Made for " + ", ".join(fixed) + "."]
    if graph.decides_by_mode:
        made, other = ("training", "evaluation") if graph.training else ("evaluation", "training")
        lines += ["", f"Made for {made} mode; in {other} mode the module does something else."]
    lines += ["", RUN_ME, '"""']
    return "\n".join(lines)


def free_sizes_told(graph: Graph) -> str:
    """One sentence of the file's docstring."""
    free = ", ".join(f"{f.symbol} ({f.where}, {f.example} in the example{_limits(f)})" for f in graph.free_sizes)
    where = " and ".join(comparison.holds for comparison in graph.comparisons)
    return f"Right for every size of {free}{', where ' if where else ''}{where}."


def _limits(free: FreeSize) -> str:
    parts = [f"at least {free.minimum}"] if free.minimum > 1 else []
    parts += [f"at most {free.maximum}"] if free.maximum is not None else []
    parts += [f"a multiple of {free.multiple_of}"] if free.multiple_of > 1 else []
    return "".join(f"; {p}" for p in parts)


def ranges(numbers: Sequence[int]) -> str:
    """``3, 5-7``"""
    out: list[list[int]] = []
    for n in numbers:
        if out and n == out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def _imports(launched: Sequence[KernelSource], extra: Set[str], precision: Precision, body: str) -> str:
    standard = ({"import os"} if launched or "os." in body else set()) | ({"import math"} if "math." in body else set())
    plain = {i for i in extra if not _is_torch(i)}
    torch_imports = sorted({i for i in extra if _is_torch(i)} - {"import torch"})
    lines = [*sorted(standard | plain), "", "import torch", *torch_imports]
    if not launched:
        return "\n".join(lines).lstrip("\n")
    lines += [
        "",
        'if __name__ == "__main__" and not torch.cuda.is_available():',
        '    os.environ["TRITON_INTERPRET"] = "1"  # has to be set before Triton is imported',
        "",
        "import triton",
        "import triton.language as tl",
    ]
    if any(text == CONSTANT for k in launched for _, text in k.constants):
        lines += ["", *precision.lines()]
    if any("BF16_OPERAND" in text for k in launched for _, text in k.constants):
        lines += [
            "",
            "BF16_OPERAND = tl.bfloat16",
            'if __name__ == "__main__" and not torch.cuda.is_available():',
            "    BF16_OPERAND = tl.float32  # Triton's interpreter multiplies the bits of bfloat16, not its values",
        ]
    return "\n".join(lines)


def _is_torch(line: str) -> bool:
    return line.split()[1].partition(".")[0] in ("torch", "triton")


def _constants(inputs: Sequence[GraphInput]) -> list[str]:
    lines = [
        f"{constant_name(g)} = torch.tensor({argument_text(g.value, {})}, dtype=torch.{g.dtype})"
        for g in inputs
        if g.kind == "constant" and g.shape
    ]
    return ["\n".join(lines)] if lines else []


def _device_functions(launched: Sequence[KernelSource]) -> list[str]:
    used: set[str] = set()
    for kernel in launched:
        used |= kernel.used
    return with_dependencies(used)


def checked_specs(graph: Graph, problem: Problem) -> dict[str, TensorSpec]:
    """Graph input name → how the self-check fills it."""
    by_path = {s.name: s for s in (*problem.inputs, *problem.state)}
    found = {}
    for given in graph.inputs:
        spec = by_path.get(given.path)
        found[given.name] = TensorSpec(given.path, (), given.dtype, given.shape, spec.fill if spec else "")
    return found
