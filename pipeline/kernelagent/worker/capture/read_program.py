"""Read an ``ExportedProgram`` into a :class:`Graph`: names, schemas, sizes, source lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from typing import Any

import sympy
import torch
from torch.export.graph_signature import InputKind, OutputKind
from torch.utils._pytree import tree_unflatten

from kernelagent.contract.problem import FreeSize, Problem, SizeComparison
from kernelagent.contract.result_structure import renamed_classes
from kernelagent.contract.tensor_paths import root_of
from kernelagent.errors import ConstantModel, NotExportable, RandomModel
from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.comparisons import comparisons
from kernelagent.worker.capture.decompositions import packet_name
from kernelagent.worker.capture.graph import DRAWN, ForwardArgument, Graph, GraphInput, Node
from kernelagent.worker.capture.guards import Guards, example_values
from kernelagent.worker.capture.recurrent_operators import aten_name
from kernelagent.worker.capture.source_lines import assigned_names, called_operator, module_path, source_text, user_line
from kernelagent.worker.problem.result_structure import structured

MAX_CONSTANT_ELEMENTS = 1024


def read_program(
    problem: Problem, program: torch.export.ExportedProgram, forward: tuple[ForwardArgument, ...], training: bool
) -> Graph:
    reader = _Reader(problem, program)
    return reader.graph(forward, training)


class _Reader:
    def __init__(self, problem: Problem, program: torch.export.ExportedProgram) -> None:
        self.problem = problem
        self.program = program
        self.symbols: dict[sympy.Symbol, sympy.Symbol] = {}
        self.free: list[FreeSize] = []
        self.random = False
        """Whether there is an operator that draws numbers."""
        self.scalars: dict[sympy.Symbol, str] = {}
        """Symbol of a number that is read off a tensor → the node that reads it."""
        self.names = assigned_names(source_text(problem.file, problem.text_file))
        self.lines = source_text(problem.file, problem.text_file).split("\n")
        signature = program.graph_signature
        self.taken = {root_of(spec.name) for spec in problem.inputs}
        self.taken |= {*signature.parameters, *signature.buffers}
        """Names that no size may have."""

    def graph(self, forward: tuple[ForwardArgument, ...], training: bool) -> Graph:
        inputs = self._inputs()
        nodes = self._nodes()
        named = (
            {a.name for a in forward} | {g.name for g in inputs} | {n.name for n in nodes} | {n.label for n in nodes}
        )
        outputs, structure, mutations = self._outputs(named)
        self._refuse_constant(inputs, nodes, outputs)
        guards = Guards(tensor for _, tensor in user_inputs(self.program))
        shapes = guards.of_shapes(self.program.graph)
        steps = {renamed.name: guards.step(s) or 1 for s, renamed in self.symbols.items()}
        ends = guards.ranges(self.symbols)
        ranges = {renamed.name: ends[s] for s, renamed in self.symbols.items()}
        free = tuple(_bounded(f, *ranges[f.symbol], steps[f.symbol]) for f in self.free)
        return Graph(
            class_name=self.problem.class_name,
            file=self.problem.file,
            inputs=inputs,
            nodes=nodes,
            outputs=outputs,
            output_structure=structure,
            mutations=mutations,
            forward=forward,
            free_sizes=free,
            training=training,
            random=self.random,
            comparisons=self._comparisons(guards.recurring, shapes, free),
        )

    def _comparisons(
        self, recurring: Iterable[Any], shapes: Iterable[Any], free: tuple[FreeSize, ...]
    ) -> tuple[SizeComparison, ...]:
        of_shapes = comparisons(shapes, self.symbols, free)
        known = {comparison.holds for comparison in of_shapes}
        others = comparisons(recurring, self.symbols, free)
        return (
            *(dataclasses.replace(comparison, of_shapes=True) for comparison in of_shapes),
            *(comparison for comparison in others if comparison.holds not in known),
        )

    # -- sizes -----------------------------------------------------------------------------------------------------

    def _learn_symbols(self, path: str, tensor: torch.Tensor) -> None:
        example = {spec.name: spec.shape for spec in self.problem.inputs}.get(path, ())
        for axis, size in enumerate(tensor.shape):
            if not isinstance(size, torch.SymInt):
                continue
            for symbol in sorted(size.node.expr.free_symbols, key=str):
                if symbol in self.symbols:
                    continue
                name = f"s{len(self.symbols)}"
                while name in self.taken:
                    name = f"{name}_size"
                self.symbols[symbol] = sympy.Symbol(name, integer=True, positive=True)
                plain = size.node.expr == symbol and axis < len(example)
                hint = example[axis] if plain else example_values(size.node.shape_env)[symbol]
                bounds = self.program.range_constraints.get(symbol)
                lower = int(bounds.lower) if bounds is not None else 2
                upper = bounds.upper if bounds is not None else None
                finite = upper is not None and upper.is_number and upper.is_finite and upper < 2**40
                self.free.append(
                    FreeSize(
                        symbol=name,
                        example=int(hint),
                        # export never lets a size be 0 or 1, whatever the module says of it
                        minimum=lower if lower > 2 else 1,
                        maximum=int(upper) if finite and upper is not None else None,
                        where=f"{path}.shape[{axis}]",
                    )
                )

    def _number(self, value: Any) -> dict[str, Any]:
        """A number that the trace keeps symbolic, as an argument: over sizes, and over what is read off tensors."""
        known = {s: name for s, name in self.scalars.items() if s in value.node.expr.free_symbols}
        if not known:
            return {"size": self._size(value)}
        text = str(value.node.expr.xreplace(self.symbols | {s: sympy.Symbol(name) for s, name in known.items()}))
        return {"size": text, "reads": [{"node": name} for name in known.values()]}

    def _size(self, value: Any) -> str:
        """An int, a SymInt or a SymFloat as an expression over the free sizes."""
        if isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool)):
            expression = value.node.expr
            unknown = [s for s in expression.free_symbols if s not in self.symbols]
            if unknown:
                raise NotExportable(
                    f"{self.problem.class_name} makes a tensor whose size depends on the values of its inputs.",
                    file=self.problem.file,
                    line=self.problem.line,
                )
            return str(expression.xreplace(self.symbols))
        return str(int(value))

    def _shape(self, tensor: torch.Tensor) -> tuple[str, ...]:
        return tuple(self._size(s) for s in tensor.shape)

    def _stride(self, tensor: torch.Tensor) -> tuple[str, ...]:
        """Empty where a stride is no expression over the free sizes: a slice of something larger."""
        strides = []
        for stride in tensor.stride():
            if isinstance(stride, torch.SymInt) and not stride.node.expr.free_symbols <= set(self.symbols):
                return ()
            strides.append(self._size(stride))
        return tuple(strides)

    # -- inputs ----------------------------------------------------------------------------------------------------

    def _inputs(self) -> tuple[GraphInput, ...]:
        placeholders = {n.name: n for n in self.program.graph.nodes if n.op == "placeholder"}
        paths = iter(spec.name for spec in self.problem.inputs)
        found: list[GraphInput] = []
        pending: list[tuple[str, str, str, torch.Tensor, Any]] = []
        for spec in self.program.graph_signature.input_specs:
            name = spec.arg.name
            value = placeholders[name].meta.get("val") if name in placeholders else None
            if not isinstance(value, torch.Tensor):
                continue
            if spec.kind is InputKind.USER_INPUT:
                path = next(paths)
                self._learn_symbols(path, value)
                pending.append((name, "input", path, value, None))
            elif spec.kind in (InputKind.PARAMETER, InputKind.BUFFER):
                kind = "parameter" if spec.kind is InputKind.PARAMETER else "buffer"
                pending.append((name, kind, str(spec.target), value, None))
            elif spec.kind is InputKind.CONSTANT_TENSOR:
                constant = self.program.constants[str(spec.target)]
                small = constant.numel() <= MAX_CONSTANT_ELEMENTS
                pending.append((name, "constant", str(spec.target), value, constant.tolist() if small else None))
        for name, kind, path, tensor, constant_value in pending:
            dtype = str(tensor.dtype).removeprefix("torch.")
            shape, stride = self._shape(tensor), self._stride(tensor)
            found.append(GraphInput(name, kind, path, shape, dtype, stride, constant_value))
        return tuple(found)

    # -- operators -------------------------------------------------------------------------------------------------

    def _nodes(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        calls = [n for n in self.program.graph.nodes if n.op == "call_function"]
        last_on_line = {self._line(n): n.name for n in calls if isinstance(n.meta.get("val"), torch.Tensor)}
        for node in calls:
            value = node.meta.get("val")
            target = aten_name(str(node.target))
            if isinstance(node.target, torch._ops.OpOverload):
                self._refuse_random(node)
            if not isinstance(value, torch.Tensor):
                if isinstance(node.args[0], torch.fx.Node) and _reads_number(node):
                    self.scalars[value.node.expr] = node.name
                    nodes.append(self._node(node, target, node.args[0].meta["val"], ""))
                elif isinstance(value, (tuple, list)):
                    nodes.append(self._node(node, target, None, ""))
                continue
            line = self._line(node)
            label = self.names.get(line or 0, "") if last_on_line.get(line) == node.name else ""
            nodes.append(self._node(node, "getitem" if node.target.__name__ == "getitem" else target, value, label))
        return tuple(nodes)

    def _node(self, node: torch.fx.Node, op: str, value: torch.Tensor | None, label: str) -> Node:
        line = self._line(node)
        if op == "getitem":
            args = {"source": {"node": node.args[0].name}, "index": node.args[1]}  # type: ignore[union-attr]
        else:
            args = self._arguments(node)
        several = () if value is not None else _each(node.meta.get("val"))
        return Node(
            name=node.name,
            op=op,
            args=args,
            shape=() if value is None else self._shape(value),
            dtype="" if value is None else str(value.dtype).removeprefix("torch."),
            stride=() if value is None else self._stride(value),
            line=line,
            keywords=self._keyword_only(node),
            shapes=tuple(() if v is None else self._shape(v) for v in several),
            dtypes=tuple("" if v is None else str(v.dtype).removeprefix("torch.") for v in several),
            strides=tuple(() if v is None else self._stride(v) for v in several),
            source=self.lines[line - 1].strip() if line and line <= len(self.lines) else "",
            label=label,
            module=module_path(node),
            **called_operator(node),
        )

    def _keyword_only(self, node: torch.fx.Node) -> tuple[str, ...]:
        schema = getattr(node.target, "_schema", None)
        return () if schema is None else tuple(a.name for a in schema.arguments if a.kwarg_only)

    def _line(self, node: torch.fx.Node) -> int | None:
        return user_line(node.meta.get("stack_trace"), self.problem.file)

    def _arguments(self, node: torch.fx.Node) -> dict[str, Any]:
        schema = getattr(node.target, "_schema", None)
        if schema is None:
            return {str(i): self._argument(a) for i, a in enumerate(node.args)}
        named: dict[str, Any] = {}
        for index, argument in enumerate(schema.arguments):
            if index < len(node.args):
                named[argument.name] = self._argument(node.args[index])
            elif argument.name in node.kwargs:
                named[argument.name] = self._argument(node.kwargs[argument.name])
            elif argument.has_default_value():
                named[argument.name] = self._argument(argument.default_value)
        return named

    def _argument(self, value: Any) -> Any:
        if isinstance(value, torch.fx.Node):
            meta = value.meta.get("val")
            if isinstance(meta, (torch.SymInt, torch.SymFloat, torch.SymBool)):
                return self._number(meta)
            return meta if isinstance(meta, (int, float, bool)) else {"node": value.name}
        if isinstance(value, (torch.SymInt, torch.SymFloat)):
            return self._number(value)
        if isinstance(value, (list, tuple)):
            return [self._argument(v) for v in value]
        if isinstance(value, torch.dtype):
            return {"dtype": str(value).removeprefix("torch.")}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return str(value)

    def _refuse_random(self, node: torch.fx.Node) -> None:
        target = node.target
        arguments = self._arguments(node)
        if arguments.get("dropout") and arguments.get("train") and arguments.get("num_layers", 1) > 1:
            self.random = True  # a recurrence, between its layers
            return
        if torch.Tag.nondeterministic_seeded not in getattr(target, "tags", ()):
            return
        if arguments.get("training", arguments.get("train", True)) is False or arguments.get("dropout_p") == 0.0:
            return
        if packet_name(target) in DRAWN:
            self.random = True
            return
        line = self._line(node)
        raise RandomModel(
            f"{self.problem.class_name} draws random numbers in forward(): {target} on line {line}.",
            file=self.problem.file,
            line=line or self.problem.line,
        )

    # -- outputs ---------------------------------------------------------------------------------------------------

    def _outputs(self, taken: Collection[str]) -> tuple[tuple[str, ...], Any, dict[str, str]]:
        outputs: list[str] = []
        mutations: dict[str, str] = {}
        leaves: list[Any] = []
        for spec in self.program.graph_signature.output_specs:
            if spec.kind is OutputKind.BUFFER_MUTATION:
                mutations[str(spec.target)] = spec.arg.name
            elif spec.kind is OutputKind.USER_OUTPUT:
                if hasattr(spec.arg, "value"):
                    leaves.append(_Leaf({"const": spec.arg.value}))
                elif type(spec.arg).__name__ == "SymIntArgument":
                    raise NotExportable(
                        f"{self.problem.class_name}.forward returns a size, not only tensors.",
                        hint="Return tensors; read sizes off them outside.",
                        file=self.problem.file,
                        line=self.problem.line,
                    )
                else:
                    leaves.append(_Leaf({"output": len(outputs)}))
                    outputs.append(spec.arg.name)
            else:
                raise NotExportable(
                    f"{self.problem.class_name}.forward writes into {spec.target} besides returning its result.",
                    hint="Return the new value instead of writing into an input or a parameter.",
                    file=self.problem.file,
                    line=self.problem.line,
                )
        return (
            tuple(outputs),
            self._structure(tree_unflatten(leaves, self.program.call_spec.out_spec), taken),
            mutations,
        )

    def _structure(self, result: Any, taken: Collection[str]) -> Any:
        """Its named tuples have names that nothing else has in the files that are written of the graph."""
        own = self.problem.class_name.rpartition(".")[2]
        used = {*taken, own, f"{own}Triton", f"{own}Fused", "ModelNew"}
        return renamed_classes(
            structured(result, lambda value: value.told if isinstance(value, _Leaf) else None),
            lambda name, others: free_name(name, used | others),
        )

    def _refuse_constant(self, inputs: Iterable[GraphInput], nodes: Iterable[Node], outputs: tuple[str, ...]) -> None:
        reached = {g.name for g in inputs if g.kind == "input"}
        for node in nodes:
            if any(name in reached for name in _referenced(node.args)):
                reached.add(node.name)
        if not reached.intersection(outputs):
            raise ConstantModel(
                f"No output of {self.problem.class_name}.forward depends on its inputs.",
                file=self.problem.file,
                line=self.problem.line,
            )


def _each(values: Any) -> tuple[torch.Tensor | None, ...]:
    """The results of an operator with several; ``None`` for one that is no tensor."""
    return tuple(v if isinstance(v, torch.Tensor) else None for v in values)


def _reads_number(node: torch.fx.Node) -> bool:
    """Whether it takes the one number out of a tensor, for which the trace then has a symbol of its own."""
    value = node.meta.get("val")
    symbolic = isinstance(value, (torch.SymInt, torch.SymFloat)) and value.node.expr.is_Symbol
    return symbolic and str(node.target).startswith("aten._local_scalar_dense")


def _bounded(free: FreeSize, lowest: int, highest: int | None, step: int) -> FreeSize:
    """What the trace's ranges and its guards say together."""
    ends = [end for end in (free.maximum, highest) if end is not None]
    return dataclasses.replace(
        free, minimum=max(free.minimum, lowest), maximum=min(ends) if ends else None, multiple_of=step
    )


def user_inputs(program: torch.export.ExportedProgram) -> list[tuple[str, torch.Tensor]]:
    """Name and (symbolic) tensor of every tensor that the call passes, in its order."""
    values = {n.name: n.meta.get("val") for n in program.graph.nodes if n.op == "placeholder"}
    specs = [s for s in program.graph_signature.input_specs if s.kind is InputKind.USER_INPUT]
    named = [(s.arg.name, values.get(s.arg.name)) for s in specs]
    return [(name, value) for name, value in named if isinstance(value, torch.Tensor)]


def _referenced(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if "node" in value:
            yield value["node"]
        else:
            for item in value.values():
                yield from _referenced(item)
    elif isinstance(value, list):
        for item in value:
            yield from _referenced(item)


@dataclasses.dataclass(frozen=True)
class _Leaf:
    """Where a tensor or a constant stands in the result."""

    told: dict[str, Any]
