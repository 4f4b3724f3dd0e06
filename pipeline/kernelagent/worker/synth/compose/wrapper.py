"""``kernel_function``: takes the module's arguments and its parameters, allocates, launches, returns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kernelagent.errors import NotExportable
from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.graph import Node
from kernelagent.worker.synth.compose.loops import hand_on, head, name_memory
from kernelagent.worker.synth.compose.parameters import (
    constant_check,
    parameters,
    quoted,
    signature,
    structure_text,
    tensor_texts,
)
from kernelagent.worker.synth.compose.precision import CONSTANT, Precision
from kernelagent.worker.synth.compose.pytorch_calls import ROW_MAJOR, folded, statements
from kernelagent.worker.synth.compose.sizes import size_assignments, size_checks
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.siblings import launches
from kernelagent.worker.synth.emit.text import fresh_name
from kernelagent.worker.synth.index import contiguous_strides, parse_size
from kernelagent.worker.synth.ir import Buffer, Op
from kernelagent.worker.synth.lowering.program import dense_order, memory_order
from kernelagent.worker.synth.lowering.randomness import SEEDS
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.synthesize import Synthesis

if TYPE_CHECKING:
    from kernelagent.worker.synth.compose.kept import Kept, KeptPiece


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
        self.taken = {p.name for p in self.parameters} | {k.name for k in self.launched}
        self.taken |= {f.symbol for f in self.graph.free_sizes} | {loop.loop.step.name for loop in synthesis.plan.loops}

    def lines(self) -> list[str]:
        header = f"def kernel_function({signature(self.parameters)}):"
        if len(header) > 110:
            names = "".join(f"    {part},\n" for part in signature(self.parameters).split(", "))
            header = f"def kernel_function(\n{names}):"
        self._check_constants()
        self._sizes()
        self._check_shapes()
        views = self._input_results()
        self._memory()
        self._loop_variables()
        self._launches()
        self._updates()
        self._returns(views)
        doc = self._docstring()
        return [header, *doc, *("    " + line if line else "" for line in self.out)]

    def _docstring(self) -> list[str]:
        how = _count(len(launches(self.launched)))
        if self.kept is not None and self.kept.pieces:
            how = f"{how} and by PyTorch's operators" if self.launched else "by PyTorch's operators alone"
        title = f'    """What ``{self.graph.class_name}.forward`` computes, in {how}.'
        title = title.replace("computes, in by", "computes, by")
        rows = [title, ""]
        by_name = {g.name: g for g in self.graph.inputs}
        for name, text in self.texts.items():
            given = by_name[name]
            where = f" (``{given.path}``)" if given.kind in ("parameter", "buffer") else ""
            rows.append(f"    {text}: {given.dtype} [{', '.join(given.shape)}]{where}")
        return [*rows, '    """']

    # -- checks and sizes ------------------------------------------------------------------------------------------

    def _check_constants(self) -> None:
        for parameter in self.parameters:
            if parameter.argument is not None:
                self.out += constant_check(parameter.argument, parameter.name)

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

    def _check_shapes(self) -> None:
        by_name = {g.name: g for g in self.graph.inputs}
        for given in (by_name[name] for name in self.texts):
            if given.kind == "constant":
                continue
            shape = ", ".join(to_text(parse_size(s)) for s in given.shape)
            shape = f"({shape},)" if len(given.shape) == 1 else f"({shape})"
            text = self.texts[given.name]
            self.out.append(f'_expect({text}, "{quoted(text)}", {shape}, torch.{given.dtype})')

    # -- memory ----------------------------------------------------------------------------------------------------

    def _input_results(self) -> dict[int, str]:
        """Outputs that are views of inputs, taken before the inputs are made contiguous."""
        views: dict[int, str] = {}
        buffers = {b: n for n, b in self.s.program.buffers.items()}
        for position, result in enumerate(self.s.results):
            if isinstance(result.base, Buffer):
                text = self.texts[buffers[result.base]] + "".join(result.chain.methods)
                views[position] = self._name(f"output_{position}")
                self.out.append(f"{views[position]} = {text}")
        return views

    def _memory(self) -> None:
        read = {op for kernel in self.launched for op in kernel.pointers}
        given = {g.name: g for g in self.graph.inputs}
        updated = {name for name, _ in self.s.updates}
        for name in self.texts:
            buffer = self.s.program.buffers.get(name)
            if buffer is None or buffer not in read:
                continue
            spec, text = given[name], self.texts[name]
            order = memory_order(spec)
            permute = "" if order == tuple(range(len(order))) else f".permute({', '.join(map(str, order))})"
            if spec.kind == "constant":
                variable = self._name(spec.path.strip("_").lower())
                self.out.append(f"{variable} = {text}.to({self._device()})")
            else:
                stays = text.isidentifier() and not permute and name not in updated
                variable = text if stays else self._name(buffer.name)
                self.out.append(f"{variable} = {text}{permute}.contiguous()")
            self.names[buffer] = variable
        for seeds in (op for op in read if isinstance(op, Buffer) and op.kind == SEEDS):
            self.names[seeds] = self._name(seeds.name)
            made = f"torch.empty(({seeds.shape[0]},), device={self._device()}, dtype=torch.int64)"
            self.out.append(f"{self.names[seeds]} = {made}.random_()")
        apart = self._loop_memory() | self._by_pytorch()
        for op, buffer in self.s.plan.storage.items():
            if op in read and op not in apart:
                self.names[op] = self._name(self.s.labels.get(op, "out"))
                self.out.append(f"{self.names[op]} = {self._allocation(buffer)}")

    def _loop_memory(self) -> set[Op]:
        """What loops write: named with the loop (:mod:`~kernelagent.worker.synth.compose.loops`)."""
        found: set[Op] = set()
        for planned in self.s.plan.loops:
            found |= {s.next for s in planned.loop.states} | set(planned.loop.kept) | set(planned.results)
        return found

    def _loop_variables(self) -> None:
        for planned in self.s.plan.loops:
            if self.kept is not None and id(planned.kernels[0]) in self.kept.kernels:
                continue
            self.out += name_memory(planned, self.names, self._name, self._allocation)

    def _device(self) -> str:
        kinds = {g.name: g.kind for g in self.graph.inputs}
        return next(f"{text}.device" for name, text in self.texts.items() if kinds[name] != "constant")

    def _allocation(self, buffer: Buffer) -> str:
        tail = f"device={self._device()}, dtype=torch.{buffer.dtype}"
        if tuple(buffer.strides) != contiguous_strides(buffer.shape):
            order = dense_order(buffer.shape, buffer.strides)
            assert order is not None
            stored = ", ".join(to_text(buffer.shape[i]) for i in order)
            back = ", ".join(str(order.index(i)) for i in range(len(order)))
            return f"torch.empty(({stored}), {tail}).permute({back})"
        shape = ", ".join(to_text(s) for s in buffer.shape)
        return f"torch.empty(({shape}{',' if len(buffer.shape) == 1 else ''}), {tail})"

    def _name(self, wanted: str) -> str:
        name = free_name(fresh_name(wanted, set()), self.taken)
        self.taken.add(name)
        return name

    # -- launches --------------------------------------------------------------------------------------------------

    def _launches(self) -> None:
        bodies = {id(k): planned for planned in self.s.plan.loops for k in planned.kernels}
        launched: set[int] = set()
        for planned, kernel in self._in_order():
            if self.kept is not None and (kept := self.kept.of(planned)) is not None:
                if planned is kept.piece.kernels[-1]:
                    self._leave_to_pytorch(kept)
                continue
            if id(kernel) in launched:
                continue  # it went with a sibling
            if kernel.joined > 1:
                launched.add(id(kernel))
            loop = bodies.get(id(planned))
            if loop is not None and planned is loop.kernels[0]:
                self.out += ["", head(loop)]
            before = len(self.out)
            self._one(kernel)
            if loop is not None:
                self.out[before:] = ["    " + line for line in self.out[before + 1 :]]
                if planned is loop.kernels[-1]:
                    self.out += ["    " + line for line in hand_on(loop, self.names)]

    def _in_order(self) -> list[tuple[Kernel, KernelSource]]:
        """Kernels of the plan with their sources, as they are launched. Those of a subgraph that PyTorch computes come
        together, so that what it reads is made before and what reads it comes after."""
        pairs = list(zip(self.s.plan.kernels, self.s.kernels, strict=True))
        if self.kept is None or not self.kept.pieces:
            return pairs
        unit: dict[int, object] = {id(k): source if source.joined > 1 else k for k, source in pairs}
        for planned in self.s.plan.loops:
            unit |= dict.fromkeys((id(k) for k in planned.kernels), planned)
        for kept in self.kept.pieces:
            unit |= dict.fromkeys((id(k) for k in kept.piece.kernels), kept)
        members: dict[int, list[tuple[Kernel, KernelSource]]] = {}
        for kernel, source in pairs:
            members.setdefault(id(unit[id(kernel)]), []).append((kernel, source))
        home = self.s.plan.home
        waits = {
            one: {id(unit[id(home[op])]) for kernel, _ in group for op in kernel.loads if op in home} - {one}
            for one, group in members.items()
        }
        ordered: list[tuple[Kernel, KernelSource]] = []
        while members:
            following = next((one for one in members if not waits[one] & members.keys()), next(iter(members)))
            ordered += members.pop(following)
        return ordered

    def _by_pytorch(self) -> set[Op]:
        """Values that PyTorch's operators make: memory of their own is not needed."""
        made = [op for one in self.kept.pieces for op in one.piece.stored] if self.kept is not None else []
        for op in made:
            self.names[op] = self._name(self.s.labels.get(op, "out"))
        return set(made)

    def _leave_to_pytorch(self, kept: KeptPiece) -> None:
        """The statements of a subgraph that PyTorch computes."""
        self.out.append("")
        texts: dict[str, str] = {}
        for given in kept.piece.graph.inputs:
            text = self._text_of(kept.piece.sources[given.name])
            if not text.isidentifier():
                local = self._name(given.name)
                self.out.append(f"{local} = {text}")
                text = local
            texts[given.name] = text
        stored = dict(zip(kept.piece.outputs, kept.piece.stored, strict=True))

        def name(node: Node, meaning: str) -> str:
            return self.names[stored[node.name]] if node.name in stored else self._name(meaning)

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
        self.out.append("")
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
            self.counted[wanted] = self._name(wanted)
        return self.counted[wanted]

    def _launch(self, kernel: KernelSource, grid: str, local: dict[str, str], constants: dict[str, str]) -> None:
        arguments = [self.names[p] for p in kernel.pointers]
        arguments += [local[name] for name, _ in kernel.sizes]
        arguments += [f"{name}={text}" for name, text in constants.items()]
        if kernel.num_warps != 4:
            arguments.append(f"num_warps={kernel.num_warps}")
        if kernel.num_stages != 3:
            arguments.append(f"num_stages={kernel.num_stages}")
        one_line = f"{kernel.name}[{grid}]({', '.join(arguments)})"
        if len(one_line) <= 112:
            self.out.append(one_line)
        else:
            self.out += [f"{kernel.name}[{grid}](", *(f"    {a}," for a in arguments), ")"]

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
