"""``kernel_function``: takes the module's arguments and its parameters, allocates, launches, returns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kernelagent.contract.result_structure import named_classes
from kernelagent.errors import NotExportable
from kernelagent.worker.capture.graph import GraphInput, Node
from kernelagent.worker.synth.compose.launch_comments import launch_comments
from kernelagent.worker.synth.compose.launch_order import in_order
from kernelagent.worker.synth.compose.loops import hand_on, head, name_memory
from kernelagent.worker.synth.compose.parameters import (
    argument_checks,
    parameters,
    quoted,
    signature,
    structure_text,
    tensor_texts,
)
from kernelagent.worker.synth.compose.precision import CONSTANT, Precision
from kernelagent.worker.synth.compose.pytorch_calls import ROW_MAJOR, folded, statements
from kernelagent.worker.synth.compose.sizes import size_assignments, size_checks
from kernelagent.worker.synth.compose.variables import Variables, allocation
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.siblings import launches
from kernelagent.worker.synth.emit.text import LINE, grouped_call
from kernelagent.worker.synth.index import contiguous_strides
from kernelagent.worker.synth.ir import Buffer, Op
from kernelagent.worker.synth.lowering.program import dense_order, memory_order
from kernelagent.worker.synth.lowering.randomness import SEEDS
from kernelagent.worker.synth.plan import LoopPlan
from kernelagent.worker.synth.size_text import parse_size
from kernelagent.worker.synth.synthesize import Synthesis

if TYPE_CHECKING:
    from kernelagent.worker.synth.compose.kept import Kept, KeptPiece


WIDTH = 112
"""Characters of a line, without its indentation."""
MOST_TOLD = 16
"""Tensors that the docstring lists; of more, the parameters are left to the checks."""


def write_wrapper(synthesis: Synthesis, precision: Precision, kept: Kept | None = None) -> list[str]:
    return _Wrapper(synthesis, precision, kept).lines()


class _Wrapper:
    def __init__(self, synthesis: Synthesis, precision: Precision, kept: Kept | None):
        self.s = synthesis
        self.kept = kept
        """What PyTorch computes instead of kernels."""
        self.launched = synthesis.kernels if kept is None else kept.launched(synthesis)
        self.precision = precision
        self.graph = synthesis.graph
        self.out: list[str] = []
        self.texts = tensor_texts(self.graph)
        self.names: dict[Op, str] = {}
        """Memory → the variable that holds it."""
        self.counted: dict[str, str] = {}
        self.parameters = parameters(self.graph)
        taken = {p.name for p in self.parameters} | {k.name for k in self.launched}
        taken |= {*named_classes(self.graph.output_structure)}
        taken |= {f.symbol for f in self.graph.free_sizes} | {loop.loop.step.name for loop in synthesis.plan.loops}
        self.order = in_order(synthesis, kept)
        self.variables = Variables(taken, [kernel for _, kernel in self.order], self._lasting())

    def lines(self) -> list[str]:
        parts = signature(self.parameters).split(", ")
        arguments = sum(parameter.given is None for parameter in self.parameters)
        header = grouped_call("def kernel_function", [parts[:arguments], parts[arguments:]], LINE, ":")
        self._check_constants()
        self._sizes()
        views = self._inputs()
        self._memory()
        self._launches()
        self._updates()
        self._returns(views)
        doc = self._docstring()
        return [*header, *doc, *("    " + line if line else "" for line in self.out)]

    def _docstring(self) -> list[str]:
        how = _count(len(launches(self.launched)))
        if self.kept is not None and self.kept.pieces:
            how = f"{how} and by PyTorch's operators" if self.launched else "by PyTorch's operators alone"
        title = f'    """What ``{self.graph.class_name}.forward`` computes, in {how}.'
        title = title.replace("computes, in by", "computes, by")
        rows = [title, ""]
        by_name = {g.name: g for g in self.graph.inputs}
        shown = [name for name in self.texts if by_name[name].kind == "input" or len(self.texts) <= MOST_TOLD]
        for name, text in ((name, self.texts[name]) for name in shown):
            given = by_name[name]
            where = f" (``{given.path}``)" if given.kind in ("parameter", "buffer") else ""
            rows.append(f"    {text}: {given.dtype} [{', '.join(given.shape)}]{where}")
        if len(shown) < len(self.texts):
            rows.append("    Parameters and buffers: as they are checked below.")
        return [*rows, '    """']

    # -- checks and sizes ------------------------------------------------------------------------------------------

    def _check_constants(self) -> None:
        for parameter in self.parameters:
            if parameter.argument is not None:
                self.out += argument_checks(parameter.argument, parameter.name)

    def _sizes(self) -> None:
        given = {g.name: g for g in self.graph.inputs}
        tensors = [(self.texts[n], given[n].shape) for n in self.texts if given[n].kind != "constant"]
        lines, known = size_assignments(tensors)
        missing = {parse_size(f.symbol) for f in self.graph.free_sizes} - known
        if missing:
            raise NotExportable(
                f"The size {sorted(map(str, missing))[0]} cannot be read off any input's shape.", file=self.graph.file
            )
        self.out += lines
        self.out += size_checks(self.graph)
        for size, most in dict.fromkeys(limit for kernel in self.launched for limit in kernel.limits):
            text = to_text(size)
            self.out += [f"if {text} > {most}:", f'    raise ValueError("{text} must be at most {most}")']

    def _expected(self, given: GraphInput) -> str:
        """The call that checks a tensor and gives it back."""
        text = self.texts[given.name]
        shape = ", ".join(to_text(parse_size(s)) for s in given.shape)
        shape = f"({shape},)" if len(given.shape) == 1 else f"({shape})"
        return f'_expect({text}, "{quoted(text)}", {shape}, torch.{given.dtype})'

    # -- memory ----------------------------------------------------------------------------------------------------

    def _inputs(self) -> dict[int, str]:
        """Every tensor that is given is checked, and made contiguous where a kernel reads it; outputs that are views of
        inputs are taken between. Gives their variables, by place among the results."""
        given = {g.name: g for g in self.graph.inputs}
        buffers = {buffer: name for name, buffer in self.s.program.buffers.items()}
        viewed = [
            (place, buffers[result.base], "".join(result.chain.methods))
            for place, result in enumerate(self.s.results)
            if isinstance(result.base, Buffer)
        ]
        read = {op for kernel in self.launched for op in kernel.pointers}
        first, then = [], []
        for name, text in self.texts.items():
            spec, buffer = given[name], self.s.program.buffers.get(name)
            source = text if spec.kind == "constant" else self._expected(spec)
            if any(name == looked_at for _, looked_at, _ in viewed):
                first += [source] if spec.kind != "constant" else []
                source = text
            if buffer is None or buffer not in read:
                then += [source] if source != text else []
                continue
            self.names[buffer], made = self._as_read(spec, buffer)
            then.append(f"{self.names[buffer]} = {source}{made}")
        views = {place: self.variables.fresh(f"output_{place}") for place, _, _ in viewed}
        self.out += [*first, *(f"{views[place]} = {self.texts[name]}{chain}" for place, name, chain in viewed), *then]
        return views

    def _as_read(self, spec: GraphInput, buffer: Buffer) -> tuple[str, str]:
        """The variable that kernels are given for a tensor, and what makes it of that tensor."""
        text = self.texts[spec.name]
        if spec.kind == "constant":
            return self.variables.fresh(spec.path.strip("_").lower()), f".to({self._device()})"
        order = memory_order(spec)
        permute = "" if order == tuple(range(len(order))) else f".permute({', '.join(map(str, order))})"
        is_updated = any(name == spec.name for name, _ in self.s.updates)
        stays = text.isidentifier() and not permute and not is_updated
        return (text if stays else self.variables.fresh(buffer.name)), f"{permute}.contiguous()"

    def _memory(self) -> None:
        """Seeds, and names for what PyTorch's operators make; what kernels store is allocated where it is written."""
        read = {op for kernel in self.launched for op in kernel.pointers}
        for seeds in (op for op in read if isinstance(op, Buffer) and op.kind == SEEDS):
            self.names[seeds] = self.variables.fresh(seeds.name)
            made = f"torch.empty(({seeds.shape[0]},), device={self._device()}, dtype=torch.int64)"
            self.out.append(f"{self.names[seeds]} = {made}.random_()")
        self._by_pytorch()

    def _device(self) -> str:
        kinds = {g.name: g.kind for g in self.graph.inputs}
        return next(f"{text}.device" for name, text in self.texts.items() if kinds[name] != "constant")

    def _allocation(self, buffer: Buffer) -> str:
        return allocation(buffer, self._device())

    def _allocate(self, kernel: KernelSource, position: int) -> None:
        """Memory for what this launch is the first to write."""
        for op in kernel.pointers:
            if op not in self.names:
                self.names[op] = self.variables.stored(op, self.s.labels.get(op, "out"), position)
                self.out.append(f"{self.names[op]} = {self._allocation(self.s.plan.storage[op])}")

    def _lasting(self) -> set[Op]:
        """What is read after the launches, or by others than them: all, where PyTorch computes some of it."""
        found = {result.base for result in (*self.s.results, *(result for _, result in self.s.updates))}
        for planned in self.s.plan.loops:
            found |= {state.first for state in planned.loop.states} | {part.of for part in planned.loop.slices}
            found |= {op for kernel in planned.kernels for op in (*kernel.loads, *kernel.stores)}
        return found | set(self.s.plan.storage) if self.kept is not None and self.kept.pieces else found

    # -- launches --------------------------------------------------------------------------------------------------

    def _launches(self) -> None:
        bodies = {id(k): planned for planned in self.s.plan.loops for k in planned.kernels}
        lines = launch_comments(self.graph, self.s.plan, self.order)
        launched: set[int] = set()
        for position, (planned, kernel) in enumerate(self.order):
            if self.kept is not None and (kept := self.kept.of(planned)) is not None:
                if planned is kept.piece.kernels[-1]:
                    self._leave_to_pytorch(kept)
                continue
            if id(kernel) in launched:
                continue  # it went with a sibling
            if kernel.joined > 1:
                launched.add(id(kernel))
            loop = bodies.get(id(planned))
            if loop is None:
                self.out += ["", *lines[id(kernel)]]
                self._allocate(kernel, position)
                self._one(kernel)
                continue
            if planned is loop.kernels[0]:
                self._begin(loop, position)
            before = len(self.out)
            self.out += lines[id(kernel)]
            self._one(kernel)
            self.out[before:] = ["    " + line for line in self.out[before:]]
            if planned is loop.kernels[-1]:
                self.out += ["    " + line for line in hand_on(loop, self.names)]

    def _begin(self, planned: LoopPlan, position: int) -> None:
        """Memory for what a loop's kernels write, and its head."""
        self.out.append("")
        self.out += name_memory(planned, self.names, self.variables.fresh, self._allocation)
        for kernel, source in self.order:
            if any(kernel is one for one in planned.kernels):
                self._allocate(source, position)
        self.out.append(head(planned))

    def _by_pytorch(self) -> None:
        """Values that PyTorch's operators make: memory of their own is not needed."""
        for op in [op for one in self.kept.pieces for op in one.piece.stored] if self.kept is not None else []:
            self.names[op] = self.variables.fresh(self.s.labels.get(op, "out"))

    def _leave_to_pytorch(self, kept: KeptPiece) -> None:
        """The statements of a subgraph that PyTorch computes."""
        self.out.append("")
        texts: dict[str, str] = {}
        for given in kept.piece.graph.inputs:
            text = self._text_of(kept.piece.sources[given.name])
            if not text.isidentifier():
                local = self.variables.fresh(given.name)
                self.out.append(f"{local} = {text}")
                text = local
            texts[given.name] = text
        stored = dict(zip(kept.piece.outputs, kept.piece.stored, strict=True))

        def name(node: Node, meaning: str) -> str:
            return self.names[stored[node.name]] if node.name in stored else self.variables.fresh(meaning)

        for line, operator in statements(kept.nodes, texts, name, self._device()):
            self.out += [line] if operator is None else folded(line)
        read = {op for kernel in self.launched for op in kernel.pointers}
        read |= {result.base for result in self.s.results}
        kinds = {node.name: node.op.partition(".")[2].partition(".")[0] for node in kept.nodes if node.name in stored}
        for node, op in stored.items():
            variable, made = self.names[op], texts[node]
            if (
                op in read and kinds[node] not in ROW_MAJOR
            ):  # kernels and callers take it for laid out as a kernel would
                made += self._laid_out(self.s.plan.storage[op])
            if made != variable:
                self.out.append(f"{variable} = {made}")

    def _text_of(self, node: str) -> str:
        """The variable that holds a value or an input of the graph."""
        if node in self.texts:
            return self.texts[node]
        return self.names[self.s.program.values[node].op]

    def _laid_out(self, buffer: Buffer) -> str:
        if tuple(buffer.strides) == contiguous_strides(buffer.shape):
            return ".contiguous()"
        order = dense_order(buffer.shape, buffer.strides)
        assert order is not None
        back = ", ".join(str(order.index(i)) for i in range(len(order)))
        return f".permute({', '.join(map(str, order))}).contiguous().permute({back})"

    def _one(self, kernel: KernelSource) -> None:
        local = {name: to_text(expression) for name, expression in kernel.sizes}
        constants = self._constants(kernel)
        factors = [_factor(size, block, local, constants) for size, block in kernel.grid]
        grid = " * ".join(f for f in factors if f != "1") or "1"
        grid = f"({grid}, {kernel.joined})" if kernel.joined > 1 else f"({grid},)"
        if len(grid) > 62:
            variable = self._counted("grid")
            self.out.append(f"{variable} = {grid}")
            grid = variable
        self._launch(kernel, grid, local, constants)

    def _constants(self, kernel: KernelSource) -> dict[str, str]:
        """What each ``constexpr`` is given; one that is computed from a free size is computed once, before the
        launch."""
        found: dict[str, str] = {}
        for name, text in kernel.constants:
            found[name] = self.precision.argument if text == CONSTANT else text
            if "(" in text:
                found[name] = self._counted(name.lower())
                self.out.append(f"{found[name]} = {text}")
        return found

    def _counted(self, wanted: str) -> str:
        """The variable of a number that a launch is given; the next launch may use it for its own."""
        if wanted not in self.counted:
            self.counted[wanted] = self.variables.fresh(wanted)
        return self.counted[wanted]

    def _launch(self, kernel: KernelSource, grid: str, local: dict[str, str], constants: dict[str, str]) -> None:
        pointers = [self.names[p] for p in kernel.pointers]
        sizes = [local[name] for name, _ in kernel.sizes]
        keywords = [f"{name}={text}" for name, text in constants.items()]
        if kernel.num_warps != 4:
            keywords.append(f"num_warps={kernel.num_warps}")
        if kernel.num_stages != 3:
            keywords.append(f"num_stages={kernel.num_stages}")
        self.out += grouped_call(f"{kernel.name}[{grid}]", [pointers, sizes, keywords], WIDTH)

    def _updates(self) -> None:
        """The module's buffers get their new values after the last kernel that reads the old ones."""
        if self.s.updates:
            self.out.append("")
        for name, result in self.s.updates:
            base = self.names[result.base] if result.base in self.names else self._input_text(result.base)
            self.out.append(f"{self.texts[name]}.copy_({base}{''.join(result.chain.methods)})")

    def _input_text(self, buffer: Op) -> str:
        return next(self.texts[n] for n, b in self.s.program.buffers.items() if b is buffer)

    # -- results ---------------------------------------------------------------------------------------------------

    def _returns(self, views: dict[int, str]) -> None:
        texts = []
        for position, result in enumerate(self.s.results):
            chain = "".join(result.chain.methods)
            texts.append(views[position] if position in views else self.names[result.base] + chain)
        self.out += ["", f"return {structure_text(self.graph.output_structure, texts)}"]


def _factor(size: str, block: str | None, sizes: dict[str, str], constants: dict[str, str]) -> str:
    """One factor of a launch grid; a number where both are."""
    text = sizes.get(size, size)
    if block is None:
        return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
    width = constants[block]
    if text.isdecimal() and width.isdecimal():
        return str(-(-int(text) // int(width)))
    return f"triton.cdiv({text}, {width})"


def _count(number: int) -> str:
    return "one kernel" if number == 1 else f"{number} kernels"
