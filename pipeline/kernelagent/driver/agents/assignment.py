"""What a worker is to write a kernel for: everything that its prompt says of the problem, as text."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelagent.contract.operators import family_of
from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.subgraph import OperatorNode, Subgraph, plain_arguments
from kernelagent.driver.agents.examples import Anchor
from kernelagent.driver.agents.number_types import leading
from kernelagent.driver.agents.told_source import told_source
from kernelagent.driver.agents.value_names import call_names, graph_names, state_arguments, state_names
from kernelagent.driver.devices import DEVICES
from kernelagent.static.kernel_file import entry_function, names_taken
from kernelagent.static.parsing import parse

_MOST_NODES = 200
"""Lines of the graph that are shown; a longer one repeats itself, and the source says how."""


@dataclass(frozen=True)
class Assignment:
    subgraph: str
    problem: Problem
    source: str
    """The file that defines the module; without a graph those that it imports, too."""
    graph: str
    """One line for each operator."""
    arch: tuple[str, ...]
    triton: str
    """Version in the user's interpreter; empty when it is not known."""
    has_module: bool = True
    """The file defines the drop-in class too; a piece of a module has none."""
    anchors: tuple[Anchor, ...] = ()
    """Examples are chosen by them."""
    dtypes: frozenset[str] = frozenset()
    """Of its operators' results."""
    besides: str = ""
    """What else the prompt says: kernels to start from or to beat."""

    @property
    def is_as_run(self) -> bool:
        """Whether it is of a piece with free sizes that its graph does not name: written down while the example ran."""
        free = {size.symbol for size in self.problem.free_sizes}
        return not self.has_module and bool(free) and free.isdisjoint(re.findall(r"\w+", self.graph))

    @property
    def module_name(self) -> str:
        return module_name(self.problem.class_name)

    @property
    def needed(self) -> tuple[str, ...]:
        """Names that the file must define."""
        return ("kernel_function", self.module_name) if self.has_module else ("kernel_function",)

    @property
    def signature(self) -> str:
        names = [*call_names(self.problem.inputs), *state_arguments(self.problem).values()]
        return f"kernel_function({', '.join(names)})"

    def names_told(self, code: str) -> str:
        """Of a kernel's file whose function has not the inputs' names: how it was called."""
        inputs = set(call_names(self.problem.inputs))
        function = entry_function(code)
        if function is None or inputs <= names_taken(function):
            return ""
        given = function.args
        arguments = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        taken = f"kernel_function({', '.join(arguments)})"
        return (
            f"\n- names: {taken} is not {self.signature}, so it was called with all of these by position, in this order"
        )

    @property
    def all_dtypes(self) -> frozenset[str]:
        """Of all that the kernels may meet."""
        return self.dtypes | {spec.dtype for spec in self._specs}

    @property
    def leading_dtype(self) -> str:
        return leading(spec.dtype for spec in self._specs)

    @property
    def _specs(self) -> tuple[TensorSpec, ...]:
        problem = self.problem
        return (*problem.inputs, *problem.outputs, *problem.state)


def assignment(subgraph: str, problem: Problem, graph: Path, *, arch: tuple[str, ...], triton: str) -> Assignment:
    """From what the stage ``load`` left in the run directory."""
    source = told_source(problem)
    if problem.not_exported:
        return Assignment(subgraph, problem, source, f"(there is none: {problem.not_exported})", arch, triton)
    read = json.loads(graph.read_text(encoding="utf-8"))
    dtypes = frozenset(node["dtype"] for node in read["nodes"] if node["dtype"])
    given = {value["name"]: value["dtype"] for value in read["inputs"]}
    anchors = tuple(_anchors(map(_read_operator, read["nodes"]), given))
    return Assignment(
        subgraph, problem, source, "\n".join(_operators(read, problem)), arch, triton, anchors=anchors, dtypes=dtypes
    )


def piece_assignment(subgraph: Subgraph, problem: Problem, *, arch: tuple[str, ...], triton: str) -> Assignment:
    """Of one piece of a module that was cut: its class in ``orchestrator/fused.py`` is the reference."""
    source = Path(problem.text_file or problem.file).read_text(encoding="utf-8")
    return Assignment(
        subgraph.id,
        problem,
        _class_text(source, problem.class_name),
        "\n".join(_described_operator(node) for node in subgraph.nodes[:_MOST_NODES]),
        arch,
        triton,
        has_module=False,
        anchors=tuple(_anchors(subgraph.nodes, {spec.name: spec.dtype for spec in subgraph.inputs})),
        dtypes=frozenset(node.dtype for node in subgraph.nodes if node.dtype),
    )


def _anchors(nodes: Iterable[OperatorNode], given: Mapping[str, str]) -> Iterator[Anchor]:
    """Of ``nodes`` in the order of the graph, the dtypes of whose inputs are ``given``."""
    dtypes = dict(given)
    for node in nodes:
        family = family_of(node.op)
        if family is not None:
            words = re.findall(r"[\w.]+", " ".join(node.arguments.values()))
            operands = [dtype for word in words if (dtype := dtypes.get(word))]
            yield Anchor(family, leading(operands) if operands else "")
        dtypes[node.name] = node.dtype


def module_name(class_name: str) -> str:
    """The drop-in class: ``<Class>Triton``, or KernelBench's name for its ``Model``."""
    name = class_name.rpartition(".")[2]
    return "ModelNew" if name == "Model" else f"{name}Triton"


def described(spec: TensorSpec, name: str = "") -> str:
    """``- x: float32 of shape (8, 32), in general (s0, 32); strides (1, s0), not contiguous``; by another ``name`` than
    its own, if one is given."""
    general = f", in general ({', '.join(spec.dims)})" if any(not dim.isdigit() for dim in spec.dims) else ""
    lies = "" if spec.in_rows or not spec.strides else f"; strides ({', '.join(spec.strides)}), not contiguous"
    filled = f"; in the example {spec.fill}" if spec.fill else ""
    return f"- {name or spec.name}: {spec.dtype} of shape ({', '.join(map(str, spec.shape))}){general}{lies}{filled}"


def returned_lines(problem: Problem) -> list[str]:
    """How the outputs are put together, and what is to be given for the classes of the user's among that."""
    told = problem.returned
    if told is None:
        return []
    lines = [f"forward() returns {told.text}."]
    lines += [
        f"{named} is a named tuple: return one with these fields in this order, of a class that the file defines by "
        "collections.namedtuple or typing.NamedTuple. A plain tuple is refused."
        for named in told.named_tuples
    ]
    lines += [
        f"{data} is a dataclass: return a dictionary with its fields' names as keys, in this order, which passes for "
        "it; a tuple does not."
        for data in told.dataclasses
    ]
    return lines


def target_facts(arch: str, dtypes: Collection[str] = ()) -> str:
    """What is known of the GPU that ``arch`` names, in one line, for kernels that meet ``dtypes``."""
    device = DEVICES.get(arch)
    if device is None:
        return f"- {arch}"
    tf32 = f", {device.tf32 / 1e12:.0f} on TF32" if device.tf32 else ""
    fp64 = f", {device.fp64 / 1e12:.3g} in fp64" if "float64" in dtypes else ""
    return (
        f"- {arch} ({device.name}): {device.bandwidth / 1e12:.2f} TB/s of memory bandwidth; TFLOP/s: "
        f"{device.fp32 / 1e12:.0f} in fp32{fp64}{tf32}, {device.half / 1e12:.0f} on fp16 and bf16; "
        f"{device.memory / 1e9:.0f} GB of memory, {device.shared // 1024} KiB of shared memory for a block, "
        f"{device.processors} multiprocessors"
    )


def _class_text(source: str, class_name: str) -> str:
    """The imports of the file, and the class; all of the file where it is not at its top."""
    tree = parse(source)
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name]
    if not classes:
        return source
    return "\n".join([*imports, "", "", ast.get_source_segment(source, classes[-1]) or ""])


def _described_operator(node: OperatorNode) -> str:
    arguments = ", ".join(f"{name}={value}" for name, value in node.arguments.items())
    line = f"  # line {node.line}: {node.source}" if node.line else ""
    given = [(spec.dtype, spec.dims) for spec in node.results] or [(node.dtype, node.shape)]
    types = [f"{dtype}[{', '.join(shape)}]" for dtype, shape in given]
    told = f"({', '.join(types)})" if node.results else types[0]
    return f"{node.name}: {told} = {node.op}({arguments}){line}"


def _read_operator(node: dict[str, Any], names: Mapping[str, str] | None = None) -> OperatorNode:
    """Of ``graph.json``; ``names`` has other names for values."""
    other = names or {}
    arguments = plain_arguments(node["args"], other)
    place = node.get("line"), node.get("source", "")
    name = other.get(node["name"], node["name"])
    several = zip(node.get("shapes", ()), node.get("dtypes", ()), strict=True)
    results = tuple(TensorSpec(str(i), (), dtype, tuple(shape)) for i, (shape, dtype) in enumerate(several) if dtype)
    return OperatorNode(node["op"], name, tuple(node["shape"]), node["dtype"], *place, arguments, results=results)


def _operators(read: dict[str, Any], problem: Problem) -> Iterator[str]:
    """Of ``graph.json``, and what becomes of the values that are written back."""
    nodes, names, of_state = read["nodes"], graph_names(problem, read), state_names(problem)
    for node in nodes[:_MOST_NODES]:
        yield _described_operator(_read_operator(node, names))
    if len(nodes) > _MOST_NODES:
        yield f"... and {len(nodes) - _MOST_NODES} more"
    for path, name in read["mutations"].items():
        yield f"{of_state.get(path, path)} is updated to {names.get(name, name)}"
